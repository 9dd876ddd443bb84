"""Chapter 10: a posterior that bends, the best Gaussian with independent coordinates, and a flow, with their gaps."""

from __future__ import annotations

import math

import torch
from matplotlib.patches import Ellipse
from torch import Tensor, nn
from torch.distributions import Normal

from vae_course import models, nets, objectives
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures.style import plt
from vae_course.weights import load_weights

WEIGHTS = "posterior-shapes"
"""Name of the shipped weights."""

NOISE = 0.2  # standard deviation of x around z_2 + curvature z_1^2
RANGES = {"x": [-1.0, 2.0], "curvature": [0.0, 1.5], "z1": [-3.0, 3.0], "z2": [-3.5, 2.5]}
START = {"x": 1.0, "curvature": 1.0}
MEASURED = [(1.0, 0.0), (-1.0, 1.0), (1.0, 0.5), (1.0, 1.0), (1.0, 1.5), (2.0, 1.5)]  # for the recipe
STRATA = 20  # 20 x 20 draws, one in each cell of equal probability
COLOURS = {"gaussian": "#332288", "flow": "#CC6677"}


def shapes_flow() -> models.FlowVAE:
    """The flow that the page runs: one for every observation and curvature, which its encoder sees as (x, c)."""
    context = 6
    encoder = nets.GaussianEncoder(2, [32], 2 + context)
    plane = nn.Identity()
    plane.latent_dim = 2  # the joint density is `log_joint`, so that nothing is decoded
    return models.FlowVAE(encoder, plane, models.Gaussian(NOISE), flows=4, context_dim=context, hidden=16)


def log_joint(z: Tensor, settings: Tensor) -> Tensor:
    """log p(x, z) in nats: z_1, z_2 ~ N(0, 1) and x ~ N(z_2 + c z_1^2, 0.2^2).

    Args:
        z: codes, (..., 2).
        settings: pairs (x, c) of observation and curvature, (..., 2).
    """
    return Normal(0.0, 1.0).log_prob(z).sum(-1) + _log_likelihood(z, settings)


def _log_likelihood(z: Tensor, settings: Tensor) -> Tensor:
    x, curvature = settings.unbind(-1)
    return Normal(z[..., 1] + curvature * z[..., 0] ** 2, NOISE).log_prob(x)


def shapes_bound(model: models.FlowVAE, settings: Tensor) -> objectives.Bound:
    """The ELBO of the flow for pairs (x, c), (batch, 2), by one draw each."""
    q = model.q_z(settings)
    z = q.rsample()
    kl = q.log_prob(z) - Normal(0.0, 1.0).log_prob(z).sum(-1)
    return objectives.Bound({"reconstruction": _log_likelihood(z, settings), "kl": kl})


def evidence(x: float, curvature: float) -> float:
    """log p(x) in nats: z_2 integrated in closed form, z_1 by quadrature.

    Args:
        x: the observation.
        curvature: of the parabola.
    """
    z1 = torch.linspace(-8, 8, 1601, dtype=torch.float64)
    of_x = Normal(curvature * z1**2, math.sqrt(1 + NOISE**2)).log_prob(z1.new_tensor(x))
    return (Normal(0.0, 1.0).log_prob(z1) + of_x).logsumexp(0).item() + math.log(0.01)


def gaussian_bound(x: float, curvature: float, mean: Tensor, deviation: Tensor) -> Tensor:
    """The exact ELBO (...) of q = N(mean, diag deviation^2): the mean of a parabola's square is a polynomial.

    Args:
        x: the observation.
        curvature: of the parabola.
        mean: (..., 2).
        deviation: (..., 2).
    """
    variance = deviation**2
    (m1, m2), (v1, v2) = mean.unbind(-1), variance.unbind(-1)
    residual = (x - m2 - curvature * (m1**2 + v1)) ** 2 + v2 + curvature**2 * (2 * v1**2 + 4 * m1**2 * v1)
    log_likelihood = -0.5 * (residual / NOISE**2 + math.log(2 * math.pi * NOISE**2))
    return log_likelihood - 0.5 * (mean**2 + variance - 1 - variance.log()).sum(-1)


def best_gaussian(x: float, curvature: float) -> tuple[Tensor, Tensor, float]:
    """Mean (2,), standard deviations (2,) and ELBO of the best Gaussian with independent coordinates.

    Given the first coordinate, the second is in closed form; the first is searched on a grid that is made finer
    around its best point. Of two that are equally good, the one with the larger mean is taken.

    Args:
        x: the observation.
        curvature: of the parabola.
    """
    centre, reach = torch.tensor([1.2, -1.0], dtype=torch.float64), torch.tensor([1.2, 1.5]).double()
    steps = torch.linspace(-1, 1, 25, dtype=torch.float64)
    for _ in range(12):
        m1 = (centre[0] + reach[0] * steps).clamp(min=0)
        v1 = (2 * (centre[1] + reach[1] * steps)).exp()
        m1, v1 = torch.meshgrid(m1, v1, indexing="ij")
        m2 = (x - curvature * (m1**2 + v1)) / (1 + NOISE**2)
        mean = torch.stack([m1, m2], -1)
        deviation = torch.stack([v1, torch.full_like(v1, NOISE**2 / (1 + NOISE**2))], -1).sqrt()
        bounds = gaussian_bound(x, curvature, mean, deviation)
        best = bounds.argmax()
        mean, deviation = mean.view(-1, 2)[best], deviation.view(-1, 2)[best]
        centre, reach = torch.stack([mean[0], deviation[0].log()]), reach / 4
    return mean, deviation, bounds.max().item()


@torch.no_grad()
def gaps(flow: models.FlowVAE, x: float, curvature: float, draws: int = 20_000) -> dict[str, float]:
    """log p(x) less the ELBO of the best Gaussian, and of the flow by draws with a seed of their own.

    Args:
        flow: as `shapes_flow` makes it.
        x: the observation.
        curvature: of the parabola.
        draws: how many.
    """
    settings = torch.tensor([[x, curvature]])
    noise = torch.randn(draws, 1, 2, generator=torch.Generator().manual_seed(0))
    z, log_q = _push(flow, settings, noise)
    exact = evidence(x, curvature)
    return {
        "gaussian": exact - best_gaussian(x, curvature)[2],
        "flow": exact - (log_joint(z, settings) - log_q).mean().item(),
    }


def exported_flow(flow: models.FlowVAE) -> tuple[Exported, ...]:
    """Encoder and steps as they travel, the error measured on settings and codes that occur.

    Args:
        flow: as `shapes_flow` makes it.
    """
    generator = torch.Generator().manual_seed(0)
    settings = uniform_settings(500, generator)
    exported = [export("posterior-shapes-encoder", flow.encoder, settings)]
    with torch.no_grad():
        mean, logvar = flow.encoder(settings)
        z = mean[:, :2] + torch.exp(logvar[:, :2] / 2) * torch.randn(500, 2, generator=generator)
        for i, net in enumerate(flow.flows):
            seen = torch.cat([z, mean[:, 2:]], -1)
            exported.append(export(f"posterior-shapes-step-{i + 1}", _merged(net), seen, tolerance=0.5))
            z = models.InverseAutoregressiveFlow(net, mean[:, 2:])(z)
    return tuple(exported)


def uniform_settings(count: int, generator: torch.Generator) -> Tensor:
    """Pairs (x, c), (count, 2), spread evenly over what the sliders reach."""
    low, high = torch.tensor([RANGES["x"], RANGES["curvature"]]).unbind(-1)
    return low + (high - low) * torch.rand(count, 2, generator=generator)


@torch.no_grad()
def posterior_shapes() -> Explorer:
    """The explorer of chapter 10, with the shipped flow: move the observation and the curvature, and watch the gaps.

    Raises WeightsError if the weights are not there.
    """
    flow = load_weights(WEIGHTS, shapes_flow())
    return Explorer(
        kind="posterior-shapes",
        label="A curved posterior, the best Gaussian with independent coordinates, and a flow",
        settings={"noise": NOISE, "ranges": RANGES, "start": START, "strata": STRATA, "colours": COLOURS},
        picture=_picture(flow),
        alt="Two planes with the same grey crescent. Left, draws of a Gaussian cover its top, right, draws of a flow "
        "run along its arms. Below, two bars, the gap of the Gaussian several times that of the flow",
        models=exported_flow(flow),
    )


def _merged(net: nets.AutoregressiveNet) -> nn.Sequential:
    """The same network as plain layers of (z, context): cut connections are zeros."""
    layers = []
    with torch.no_grad():
        first = torch.cat([net.first.mask * net.first.weight, net.context.weight], -1)
        for weight, bias in [
            (first, net.first.bias),
            (net.second.mask * net.second.weight, net.second.bias),
            (net.last.mask * net.last.weight, net.last.bias),
        ]:
            layer = nn.Linear(*reversed(weight.shape))
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
            layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _push(flow: models.FlowVAE, settings: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Noise (N, 1, 2) through the flow: draws (N, 1, 2) and their log q (N, 1)."""
    q = flow.q_z(settings)
    z = q.base_dist.mean + q.base_dist.stddev * noise
    log_q = q.base_dist.log_prob(z)
    for step in q.transforms:
        y = step(z)
        log_q = log_q - step.log_abs_det_jacobian(z, y)
        z = y
    return z, log_q


def stratified_noise(generator: torch.Generator) -> Tensor:
    """400 standard normal pairs, (400, 2), one from each of 400 cells of equal probability."""
    cell = torch.arange(STRATA)
    cell = torch.stack(torch.meshgrid(cell, cell, indexing="ij"), -1).view(-1, 2)
    u, v = ((cell + torch.rand(len(cell), 2, generator=generator)) / STRATA).unbind(-1)
    radius, angle = (-2 * torch.log1p(-u)).sqrt(), 2 * math.pi * v
    return torch.stack([radius * angle.cos(), radius * angle.sin()], -1)


def _picture(flow: models.FlowVAE) -> bytes:
    """What the page shows at first, with draws of its own."""
    x, curvature = START["x"], START["curvature"]
    settings = torch.tensor([[x, curvature]])
    noise = stratified_noise(torch.Generator().manual_seed(0))
    mean, deviation, bound = best_gaussian(x, curvature)
    bent, log_q = _push(flow, settings, noise.unsqueeze(1))
    exact = evidence(x, curvature)
    lost = {
        "gaussian": exact - bound,
        "flow": exact - (log_joint(bent, settings) - log_q).mean().item(),
    }
    draws = {"gaussian": mean + deviation * noise, "flow": bent.squeeze(1)}
    titles = {"gaussian": "Gaussian", "flow": "flow"}
    figure = plt.figure(figsize=(7, 5))
    grid = figure.add_gridspec(2, 2, height_ratios=[4, 1])
    z1, z2 = (torch.linspace(*RANGES[name], 301) for name in ("z1", "z2"))
    plane = torch.stack(torch.meshgrid(z1, z2, indexing="xy"), -1)
    density = log_joint(plane, settings)
    density = (density - density.max()).exp()
    for column, name in enumerate(draws):
        axes = figure.add_subplot(grid[0, column])
        axes.contourf(z1, z2, density, levels=[0.02, 0.1, 0.3, 0.6, 1], colors=["0.9", "0.8", "0.7", "0.6"])
        axes.plot(*draws[name].T.tolist(), ".", markersize=3, color=COLOURS[name])
        if name == "gaussian":
            size = (4 * deviation).tolist()
            axes.add_patch(Ellipse(mean.tolist(), *size, fill=False, edgecolor=COLOURS[name], linewidth=2))
        axes.set(title=titles[name], xlabel="$z_1$", ylabel="$z_2$", xlim=RANGES["z1"], ylim=RANGES["z2"])
        axes.set_aspect("equal")
    below = figure.add_subplot(grid[1, :])
    below.barh(list(titles.values()), list(lost.values()), color=[COLOURS[name] for name in lost])
    below.invert_yaxis()
    below.set(xlabel="gap [nats]", xlim=(0, 2))
    return png(figure)
