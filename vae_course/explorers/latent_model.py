"""Chapter 1: codes drawn from a proposal, what each contributes to p(x), and how far their mean lies from the truth."""

from __future__ import annotations

import base64
import copy
import math

import torch
from matplotlib.patches import Ellipse
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures.digits import show_tiles
from vae_course.figures.style import plt
from vae_course.models import LinearGaussian

SIDE = 28
LIMIT = 3.5  # the plane of codes goes from -3.5 to 3.5 in both directions
REPEATS = 200  # estimates in the histogram
START = {"z1": 0.0, "z2": 0.0, "width": 0.0, "doublings": 6}  # the prior, and 2^6 codes
RANGES = {"width": [-1.3, 0.0], "doublings": [2, 8], "decades": [-6.0, 2.0]}
COLOURS = {"proposal": "#332288", "posterior": "#117733", "codes": "#CC6677"}


@torch.no_grad()
def latent_model(model: LinearGaussian, x: Tensor) -> Explorer:
    """The explorer of chapter 1: move a proposal over the plane of codes, and watch K draws estimate p(x).

    Args:
        model: with two latent dimensions and orthogonal columns of W, as `maximum_likelihood` makes it.
        x: digits to choose from, (N, 784) in [0, 1].

    Raises ValueError for another model.
    """
    model, x = copy.deepcopy(model).double().cpu(), x.double().cpu()
    W = model.W
    gram = W.T @ W
    if gram.shape != (2, 2) or gram[0, 1].abs() > 1e-6 * gram.trace():
        raise ValueError("two latent dimensions with orthogonal columns of W, please")
    r = x - model.b
    # Twelve digits: the last ones differ between machines.
    return Explorer(
        kind="latent-model",
        label="Codes of a linear model of digits, and the estimate of p(x) that they make",
        settings={
            "limit": LIMIT,
            "start": START,
            "ranges": RANGES,
            "repeats": REPEATS,
            "colours": COLOURS,
            "dimensions": len(W),
            "noise": _short(model.sigma),
            "gram": [_short(value) for value in gram.diagonal()],
            "squares": [_short(value) for value in r.square().sum(1)],
            "projections": [[_short(value) for value in row] for row in r @ W],
            "digits": base64.b64encode((x * 255).round().byte().numpy().tobytes()).decode(),
        },
        picture=_picture(model, x[:1]),
        alt="Left, the plane of codes with draws from the prior as points, of which few lie in the small ellipse of "
        "the posterior. Right, a digit and the mean image. Below, a wide histogram of estimates of p(x), most too low",
        models=(exported_decoder(model),),
    )


def exported_decoder(model: LinearGaussian) -> Exported:
    """The linear decoder as it travels, the error measured on draws from the prior.

    Args:
        model: with two latent dimensions.
    """
    decoder = nn.Linear(*reversed(model.W.shape))
    with torch.no_grad():
        decoder.weight.copy_(model.W)
        decoder.bias.copy_(model.b)
    z = torch.randn(1000, model.W.shape[1], generator=torch.Generator().manual_seed(0))
    return export("latent-model-decoder", decoder, z)


def proposal_deviations(posterior: Tensor, width: float) -> Tensor:
    """Standard deviations (2,) of the proposal: the prior's, 1, at width 0 and the posterior's at width -1.

    Args:
        posterior: its standard deviations, (2,).
        width: the exponent, with its sign turned.
    """
    return posterior**-width


def relative_variance(shift: Tensor, posterior: Tensor, proposal: Tensor) -> float:
    """kappa - 1, the relative variance of one importance weight, infinite where the integral diverges.

    Args:
        shift: from the proposal's mean to the posterior's, (2,).
        posterior: its standard deviations, (2,).
        proposal: its standard deviations, (2,).
    """
    rest = 2 * proposal**2 - posterior**2
    if (rest <= 0).any():
        return math.inf
    log_kappa = 2 * proposal.log() - posterior.log() - rest.log() / 2 + shift**2 / rest
    return log_kappa.sum().expm1().item()


@torch.no_grad()
def log_weights(model: LinearGaussian, x: Tensor, z: Tensor, mean: Tensor, deviations: Tensor) -> Tensor:
    """log p(x, z) / q(z) for codes from N(mean, diag deviations^2), (...,).

    Args:
        model: with two latent dimensions.
        x: one digit, (1, 784).
        z: codes, (..., 2).
        mean: of the proposal, (2,).
        deviations: of the proposal, (2,).
    """
    W, variance, r = model.W, model.sigma**2, (x - model.b)[0]
    squares = (
        r @ r - 2 * z @ (W.T @ r) + ((z @ (W.T @ W)) * z).sum(-1)
    )  # |r - W z|^2 without 784 numbers a code
    log_likelihood = -0.5 * (squares / variance + len(r) * torch.log(2 * math.pi * variance))
    q = Independent(Normal(mean, deviations), 1)
    return log_likelihood + model.p_z().log_prob(z) - q.log_prob(z)


def _short(value: Tensor) -> float:
    return float(f"{value.item():.12g}")


def _picture(model: LinearGaussian, x: Tensor) -> bytes:
    """What the page shows at first, with draws of its own."""
    q = model.posterior(x)
    mean, deviations = q.mean[0], q.stddev.reshape(-1, 2)[0]
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(REPEATS, 2 ** START["doublings"], 2, generator=generator, dtype=x.dtype)
    log_w = log_weights(model, x, z, torch.zeros_like(mean), torch.ones_like(mean))
    estimates = log_w.logsumexp(1) - math.log(log_w.shape[1]) - model.log_prob(x)
    figure = plt.figure(figsize=(7, 6.2))
    grid = figure.add_gridspec(3, 2, width_ratios=[3, 1], height_ratios=[1, 1, 0.9])
    plane = figure.add_subplot(grid[:2, 0])
    shares = log_w[0].softmax(0)
    plane.scatter(
        *z[0].T.tolist(), s=(3 + 900 * shares).tolist(), color=COLOURS["codes"], alpha=0.6, linewidths=0
    )
    for name, centre, spread in (
        ("proposal", (0, 0), (1, 1)),
        ("posterior", mean.tolist(), deviations.tolist()),
    ):
        size = [2 * s for s in spread]
        plane.add_patch(Ellipse(centre, *size, fill=False, edgecolor=COLOURS[name], linewidth=2, label=name))
    plane.set_aspect("equal", adjustable="box")
    plane.set(xlabel="$z_1$", ylabel="$z_2$", xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT))
    plane.legend(loc="upper left")
    for row, (title, image) in enumerate({"digit x": x, "decoded": model.p_x(mean * 0).mean[None]}.items()):
        axes = figure.add_subplot(grid[row, 1])
        show_tiles(axes, image.clamp(0, 1), 1)
        axes.set_title(title)
    below = figure.add_subplot(grid[2, :])
    low, high = RANGES["decades"]
    decades = (estimates / math.log(10)).clamp(low, high)
    below.hist(decades.tolist(), bins=64, range=(low, high), color=COLOURS["codes"])
    below.axvline(0, color="0.2")
    below.set(xlabel="estimate / exact p(x), powers of ten", ylabel=f"of {REPEATS}", xlim=(low, high))
    return png(figure)
