"""Train VAEs of sprites that differ in their prior, at a given rate, and measure what each prior does to the code.

    python -m vae_course.recipes.sprite_priors                          all priors and seeds, ten minutes on one core
    python -m vae_course.recipes.sprite_priors --prior slab --seed 1    one of them; those that are there are skipped
    python -m vae_course.recipes.sprite_priors --prior round slab --seed 0 --steps 6000    thrice as long

Network and recipe are those of `vae_course.recipes.sprites`. The multiplier of chapter 6 holds the mean KL, so that
no prior is better off by telling more. The round prior is there twice: with the rate of the sparse ones, and with as
much information about the sprites as the spike-and-slab keeps. Figures are gathered in
vae_course/weights/sweeps/sprites-priors.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_course.data.sprites.half import draw_half_size
from vae_course.files import write_whole
from vae_course.models import VAE, SparseLaplace, SpikeAndSlab, StandardNormal
from vae_course.recipes.sprite_parts import DRAWS, parts
from vae_course.recipes.sprites import RECIPE, ROOT, RUNS, TRAIN, classes, train

LATENT_DIM = 10
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


def run(name: str, seed: int, steps: int = RECIPE["steps"]) -> Path:
    """Train a model and measure it unless it is there; returns the path of its figures."""
    longer = "" if steps == RECIPE["steps"] else f"-{steps}"
    path = RUNS / f"prior-{name}-{seed}{longer}.json"
    if not path.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        checkpoint = path.with_suffix(".checkpoint")
        model, recipe = train("delta", RATES[name], seed, checkpoint, steps, prior=PRIORS[name]())
        train_classes, test_classes = classes()
        x = torch.cat([draw_half_size(c) for c in train_classes.split(5000)])
        for part, value in parts(model.eval(), x).items():
            recipe["figures"] |= {part: value.mean, f"{part}_error": value.standard_error}
        recipe["figures"] |= activity(model, draw_half_size(test_classes))
        torch.save(model.state_dict(), path.with_suffix(".pt"))
        recipe |= {"prior": name, "steps": steps}
        write_whole({path: json.dumps(recipe, indent=1) + "\n"})
        checkpoint.unlink(missing_ok=True)
    return path


def collect() -> Path:
    """Gather the figures of all trained models in one file of results."""
    found = [json.loads(path.read_text()) for path in RUNS.glob("prior-*.json")]
    found.sort(key=lambda r: (r["steps"], list(PRIORS).index(r["prior"]), r["seed"]))
    content = {
        "made by": "tools/sprite_priors.py",
        "device": found[0]["device"],
        "budget": f"{found[0]['budget']}; where steps differ, as many as stand with the model",
        "data": found[0]["data"],
        "rate": "mean KL held at its limit by a learned multiplier",
        "parts": f"{TRAIN:,} training sprites make up q(z), codes of {DRAWS} of them",
        "slab": f"each dimension N(0, 1) with probability {SLAB:g}, else N(0, {SPIKE:g}^2)",
        "torch": torch.__version__.partition("+")[0],
        "models": [
            {"prior": recipe["prior"], "limit": recipe["weight"], "steps": recipe["steps"]}
            | {key: recipe[key] for key in ("seed", "seconds", "figures")}
            for recipe in found
        ],
    }
    path = ROOT / "vae_course" / "weights" / "sweeps" / "sprites-priors.json"
    write_whole({path: json.dumps(content, indent=1) + "\n"})
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prior", nargs="+", choices=PRIORS, default=list(PRIORS))
    parser.add_argument("--seed", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--steps", type=int, default=RECIPE["steps"])
    options = parser.parse_args(arguments)
    for seed in options.seed:
        for name in options.prior:
            figures = json.loads(run(name, seed, options.steps).read_text())["figures"]
            shown = {k: round(v, 3) for k, v in figures.items() if isinstance(v, (int, float))}
            print(name, seed, shown, figures["away"], figures["counts"], flush=True)
    collect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
