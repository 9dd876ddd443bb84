"""VAEs of sprites that differ in their prior, at a given rate, and what each prior does to the code.

Network and recipe are those of `vae_course.recipes.sprites`. The multiplier of chapter 6 holds the mean KL, so that no
prior is better off by telling more. The round prior is there twice: with the rate of the sparse ones, and with as
much information about the sprites as the spike-and-slab keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from vae_course.models import VAE, SparseLaplace, SpikeAndSlab, StandardNormal
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Sweep
from vae_course.recipes.sprite_parts import DRAWS, figures_of_parts
from vae_course.recipes.sprites import LATENT_DIM, classes, drawing, in_words, sizes, steps_of, train

SLAB, SPIKE = 0.2, 0.05
PRIORS = {
    "round": lambda: StandardNormal(LATENT_DIM),
    "laplace": lambda: SparseLaplace(LATENT_DIM),
    "slab": lambda: SpikeAndSlab(LATENT_DIM, SLAB, SPIKE),
    "fewer": lambda: StandardNormal(LATENT_DIM),
}
RATES = {"round": 10.0, "laplace": 10.0, "slab": 10.0, "fewer": 6.5}
"""Limits of the mean KL in nats; 10 is a little less than what an ordinary VAE of this size takes."""

SEEDS = (0, 1, 2)
LONGER = 3
"""How many times as long "round" and "slab" are trained once more, with the first seed."""


@torch.no_grad()
def activity(model: VAE, x: Tensor) -> dict[str, Any]:
    """Which coordinates are away from zero: those whose posterior mean is more than two of its deviations from 0.

    Args:
        model: a VAE with a diagonal encoder.
        x: sprites, (N, 1024).

    Returns:
        `away`: for each coordinate the share of the sprites for which it is, in descending order; `counts`: the share
        of the sprites with 0, 1, ... coordinates away from zero; `at_work`: the mean of that number.
    """
    q = model.q_z(x)
    away = q.mean.abs() > 2 * q.stddev  # (N, latent_dim)
    count = away.sum(1)
    share = torch.bincount(count, minlength=away.shape[1] + 1) / len(x)
    return {
        "away": [round(v, 4) for v in away.float().mean(0).sort(descending=True).values.tolist()],
        "counts": [round(v, 4) for v in share.tolist()],
        "at_work": count.float().mean().item(),
    }


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Every prior with every seed, and two that are trained longer."""

    def job(prior: str, seed: int, times: int = 1) -> dict[str, Any]:
        return {"prior": prior, "limit": RATES[prior], "steps": steps_of(bench, times), "seed": seed}

    jobs = [job(prior, seed) for prior in PRIORS for seed in seeds]
    longer = [job(prior, 0, LONGER) for prior in ("round", "slab") if 0 in seeds]
    return bench.run.choose(smoke=[job("slab", seeds[0])], reader=[*jobs, *longer], full=[*jobs, *longer])


def measure(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """All figures of a model, the parts of its KL and the activity of its coordinates among them."""
    bench = bench.at(job["seed"])
    times = job["steps"] // steps_of(bench)
    prior, also = PRIORS[job["prior"]](), {"prior": job["prior"], "slab": [SLAB, SPIKE]}
    model, done, figures = train(bench, "delta", job["limit"], prior=prior, also=also, times=times)
    figures |= figures_of_parts(bench, model) | activity(model, drawing(bench)(classes(bench)[1]))
    return {"seconds": done.seconds, "figures": figures}


def about(bench: Bench) -> dict[str, Any]:
    """What all models share."""
    words = in_words(bench)
    return {
        "budget": f"{words['budget']}; where steps differ, as many as stand with the model",
        "data": words["data"],
        "rate": "mean KL held at its limit by a learned multiplier",
        "parts": f"{sizes(bench)[0]:,} training sprites make up q(z), codes of {DRAWS} of them",
        "slab": f"each dimension N(0, 1) with probability {SLAB:g}, else N(0, {SPIKE:g}^2)",
    }


SWEEPS = (Sweep("sweeps/sprites-priors", 7, plan, measure, about, SEEDS),)
