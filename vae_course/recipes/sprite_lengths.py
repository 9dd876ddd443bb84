"""Ten times the steps: what a longer training makes of the objectives of chapter 7, seed by seed.

Network, data and batch are those of `vae_course.recipes.sprites`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from vae_course.evaluation.disentanglement import mig
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Sweep
from vae_course.recipes.sprite_parts import DRAWS, figures_of_parts
from vae_course.recipes.sprites import classes, drawing, in_words, sizes, steps_of, train

TIMES = 10
COMPARED = (("beta", 1.0), ("beta", 2.0), ("beta", 4.0), ("tc", 3.0), ("tc", 6.0))
"""Objectives and weights."""

SEEDS = (0, 1, 2, 3, 4)


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Every objective with every seed; one seed after the other, so that an unfinished sweep is a fair one."""
    steps = steps_of(bench, TIMES)
    jobs = [
        {"objective": name, "weight": weight, "steps": steps, "seed": seed}
        for seed in seeds
        for name, weight in COMPARED
    ]
    return bench.run.choose(smoke=jobs[-1:], reader=jobs, full=jobs)


def measure(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """All figures of a model, the parts of its KL and the MIG without the shape among them."""
    bench = bench.at(job["seed"])
    model, done, figures = train(bench, job["objective"], job["weight"], times=TIMES)
    figures |= figures_of_parts(bench, model)
    unseen = classes(bench)[1]
    with torch.no_grad():
        means = model.q_z(drawing(bench)(unseen)).mean
    figures["mig_without_shape"] = mig(means, unseen[:, 2:])
    return {"seconds": done.seconds, "figures": figures}


def about(bench: Bench) -> dict[str, Any]:
    """What all models share."""
    return {
        **in_words(bench, TIMES),
        "parts": f"{sizes(bench)[0]:,} training sprites make up q(z), codes of {DRAWS} of them",
    }


SWEEPS = (Sweep("sweeps/sprites-lengths", 7, plan, measure, about, SEEDS),)
