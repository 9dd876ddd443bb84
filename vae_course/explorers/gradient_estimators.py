"""Chapter 3: three estimates of one gradient, drawn many times over, beside their variances in closed form."""

from __future__ import annotations

import math

import torch

from vae_course.explorers.explorer import Explorer, png
from vae_course.figures.style import plt

START = {"mu": 1.0, "sigma": 0.5, "K": 1}
RANGES = {"mu": [-2.0, 2.0], "sigma": [0.05, 2.0], "K": [1, 64], "gradient": [-12.0, 12.0]}
REPEATS = 2000
COLOURS = {"score function": "#332288", "with the best baseline": "#CC6677", "pathwise": "#117733"}


def gradient_estimators() -> Explorer:
    """The explorer of chapter 3: move q = N(mu, sigma^2) and K, and watch estimates of the gradient of E[z^2] by mu."""
    return Explorer(
        kind="gradient-estimators",
        label="Three estimates of the gradient of the mean of z squared by μ",
        settings={"start": START, "ranges": RANGES, "repeats": REPEATS, "colours": COLOURS},
        picture=_picture(),
        alt="Three histograms around the same true gradient, wide for the score function, less wide with a "
        "baseline, narrow for the pathwise estimate, each with a bar of one standard deviation",
    )


def exact_variances(mu: float, sigma: float, K: int) -> dict[str, float]:
    """Variances of the mean of K draws of each estimate, by the formulas of chapter 3.

    Args:
        mu: mean of q.
        sigma: standard deviation of q.
        K: number of draws.
    """
    return {
        "score function": (mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2) / K,
        "with the best baseline": (8 * mu**2 + 6 * sigma**2) / K,
        "pathwise": 4 * sigma**2 / K,
    }


def _picture() -> bytes:
    """What the page shows at first, with draws of its own."""
    mu, sigma = START["mu"], START["sigma"]
    noise = torch.randn(REPEATS, generator=torch.Generator().manual_seed(0))
    z = mu + sigma * noise
    best = mu**2 + 3 * sigma**2
    draws = {
        "score function": z**2 * noise / sigma,
        "with the best baseline": (z**2 - best) * noise / sigma,
        "pathwise": 2 * z,
    }
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.6), sharex=True)
    for ax, (name, variance) in zip(axes, exact_variances(**START).items(), strict=True):
        counts, _, _ = ax.hist(
            draws[name].tolist(), bins=96, range=RANGES["gradient"], color=COLOURS[name], alpha=0.8
        )
        low, deviation = -0.12 * counts.max(), math.sqrt(variance)
        ax.plot([2 * mu - deviation, 2 * mu + deviation], [low, low], color=COLOURS[name], linewidth=4)
        ax.axvline(2 * mu, color="0.2", linewidth=1)
        ax.set(yticks=[], xlim=RANGES["gradient"])
        ax.set_title(f"{name}: variance {variance:.3g}", loc="left")
        ax.spines["left"].set_visible(False)
    axes[-1].set_xlabel(f"estimate of the gradient, {2 * mu:g} in truth")
    return png(figure)
