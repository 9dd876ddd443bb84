"""Chapter 2: a Gaussian q beside the exact posterior, and ELBO plus gap, which is always log p(x)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from vae_course.explorers.explorer import Explorer, png
from vae_course.figures.style import plt
from vae_course.models import LinearGaussian

START = {"mean": -0.5, "logvar": 0.5}
RANGES = {"mean": [-3.0, 3.0], "logvar": [-5.0, 2.0], "nats": [-12.0, 0.0]}
COLOURS = {"elbo": "#332288", "gap": "#CC6677", "posterior": "#117733"}


def elbo_picture(model: LinearGaussian, x: Tensor) -> Explorer:
    """The explorer of chapter 2: move the mean and the log-variance of q, and watch ELBO, gap and log p(x).

    Args:
        model: with one latent and one observed dimension.
        x: one data point, (1, 1).

    Raises ValueError for other sizes.
    """
    if model.W.shape != (1, 1) or x.shape != (1, 1):
        raise ValueError(
            f"one latent and one observed dimension, please, not W {tuple(model.W.shape)} and x {tuple(x.shape)}"
        )
    values = {"w": model.W, "b": model.b, "sigma": model.sigma, "x": x}
    # Twelve digits: the last ones of an exp or a log differ between machines.
    settings = {name: float(f"{value.item():.12g}") for name, value in values.items()}
    return Explorer(
        kind="elbo-picture",
        label="The exact ELBO of a model with one latent dimension",
        settings={**settings, "start": START, "ranges": RANGES},
        picture=_picture(model, x),
        alt="Above, a wide q left of the narrow exact posterior. Below, a bar of ELBO plus gap that ends where "
        "the bar of log p(x) ends",
    )


@torch.no_grad()
def exact_terms(model: LinearGaussian, x: Tensor, mean: float, logvar: float) -> dict[str, float]:
    """ELBO, gap and log p(x) in nats for q = N(mean, exp(logvar)), by the library's closed forms.

    Args:
        model: with one latent dimension.
        x: one data point, (1, x_dim).
        mean: of q.
        logvar: of q, log sigma^2.
    """
    q = MultivariateNormal(x.new_tensor([mean]), x.new_tensor([[math.exp(logvar)]]))
    elbo = model.expected_log_likelihood(x, q) - kl_divergence(q, model.p_z())
    gap = kl_divergence(q, model.posterior(x))
    return {"elbo": elbo.item(), "gap": gap.item(), "evidence": model.log_prob(x).item()}


@torch.no_grad()
def _picture(model: LinearGaussian, x: Tensor) -> bytes:
    """What the page shows at first."""
    terms = exact_terms(model, x, **START)
    posterior = model.posterior(x)
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 4.2), gridspec_kw={"height_ratios": [2.4, 1]})
    z = torch.linspace(-3.5, 3.5, 400, dtype=x.dtype)
    log_2pi = math.log(2 * math.pi)

    def density(mean: float, variance: float) -> Tensor:
        return (-0.5 * (log_2pi + math.log(variance) + (z - mean) ** 2 / variance)).exp()

    exact = density(posterior.mean.item(), posterior.variance.item())
    above.fill_between(z, exact, color=COLOURS["posterior"], alpha=0.2)
    above.plot(z, exact, color=COLOURS["posterior"], label="p(z | x)")
    above.plot(z, density(START["mean"], math.exp(START["logvar"])), color=COLOURS["elbo"], label="q(z)")
    above.plot(z, density(0, 1), color="0.5", linestyle="--", label="prior p(z)")
    above.set(xlabel="z", ylabel="density", ylim=(0, None))
    above.legend(loc="upper left")
    low = RANGES["nats"][0]
    below.barh(1, terms["elbo"] - low, left=low, color=COLOURS["elbo"], label="ELBO")
    below.barh(1, terms["gap"], left=terms["elbo"], color=COLOURS["gap"], label="gap")
    below.barh(0, terms["evidence"] - low, left=low, color="0.6")
    below.set(yticks=[1, 0], yticklabels=["ELBO + gap", "log p(x)"], xlabel="nats", xlim=RANGES["nats"])
    below.set_title(
        f"ELBO {terms['elbo']:.3f} + gap {terms['gap']:.3f} = log p(x) = {terms['evidence']:.3f} nats",
        loc="left",
    )
    return png(figure)
