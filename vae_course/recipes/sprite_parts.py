"""The three parts of the KL of VAEs of sprites, exactly: with all training sprites in q(z).

A minibatch cannot measure these parts (chapter 7): the codes of two sprites hardly overlap, so that q(z) at a code
needs all the examples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from vae_course.evaluation import Estimate
from vae_course.models import VAE
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Sweep
from vae_course.recipes.sprites import classes, drawing, sizes, train
from vae_course.training import seeded

DRAWS = 500
"""Codes at which the densities are compared, each of another training sprite."""

MEASURED = {
    ("beta", 1.0): (0, 1, 2),
    ("beta", 4.0): (0,),
    ("beta", 8.0): (0, 1, 2),
    ("tc", 8.0): (0, 1),
    ("tc", 16.0): (0, 1),
    ("factor", 8.0): (0,),
    ("factor", 30.0): (0, 1),
}
"""Objective and weight of the models that chapter 7 compares, and their seeds."""


@torch.no_grad()
def parts(model: VAE, x: Tensor, draws: int = DRAWS, seed: int = 0) -> dict[str, Estimate]:
    """Index-code mutual information, total correlation and dimension-wise KL, in nats.

    Args:
        model: a VAE with a diagonal encoder and a prior with independent dimensions.
        x: the whole data set, (N, 1024); its N posteriors make up q(z).
        draws: how many of its examples to draw a code of.
        seed: of the examples and the draws.
    """
    encoded = [model.encoder(part) for part in x.split(5000)]
    mean, logvar = (torch.cat(both) for both in zip(*encoded, strict=True))
    with seeded(seed, x.device):
        rows = torch.randperm(len(x))[:draws]
        z = mean[rows] + (logvar[rows] / 2).exp() * torch.randn_like(mean[rows])
    found = []
    for row, code in zip(rows, z, strict=True):
        log_q = -((code - mean) ** 2 / logvar.exp() + logvar + math.log(2 * math.pi)) / 2  # (N, M)
        log_qz = torch.logsumexp(log_q.sum(1), 0) - math.log(len(x))
        log_product = (torch.logsumexp(log_q, 0) - math.log(len(x))).sum()
        log_p = model.p_z().log_prob(code)
        found.append(torch.stack([log_q[row].sum() - log_qz, log_qz - log_product, log_product - log_p]))
    names = ("information", "total_correlation", "dimension_wise")
    return {name: Estimate.of(values) for name, values in zip(names, torch.stack(found).T, strict=True)}


def figures_of_parts(bench: Bench, model: VAE) -> dict[str, float]:
    """`parts` of a model with all training sprites in q(z), and their standard errors."""
    draw = drawing(bench)
    x = torch.cat([draw(part) for part in classes(bench)[0].split(5000)])
    figures = {}
    for part, value in parts(model.eval(), x).items():
        figures |= {part: value.mean, f"{part}_error": value.standard_error}
    return figures


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """The models of MEASURED with one of the seeds."""
    jobs = [
        {"objective": name, "weight": weight, "seed": seed}
        for (name, weight), measured in MEASURED.items()
        for seed in measured
        if seed in seeds
    ]
    return bench.run.choose(smoke=[jobs[0], jobs[-1]], reader=jobs, full=jobs)


def measure(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """All figures of a model, the parts of its KL among them."""
    bench = bench.at(job["seed"])
    model, done, figures = train(bench, job["objective"], job["weight"])
    figures |= figures_of_parts(bench, model)
    if "total_correlation" in done.terms:  # what training itself believed, averaged over its last steps
        figures["estimated_total_correlation"] = done.terms["total_correlation"]
    return {"seconds": done.seconds, "figures": figures}


def about(bench: Bench) -> dict[str, Any]:
    """On what the figures were measured."""
    train_count, _ = sizes(bench)
    return {
        "data": f"{train_count:,} training sprites make up q(z), codes of {DRAWS:,} of them; all other figures on"
        " sprites that were not trained on"
    }


SWEEPS = (Sweep("sweeps/sprites-parts", 7, plan, measure, about, (0, 1, 2)),)
