"""Train the VAEs of sprites that chapters 6 and 7 compare: one network, one recipe, only the objective differs.

    python -m vae_course.recipes.sprites beta 8 --seed 0           train one model and measure it, a minute on one core
    python -m vae_course.recipes.sprites beta 1 2 4 --seed 0 1     one after the other; those that are there are skipped
    python -m vae_course.recipes.sprites --collect beta            gather their figures in vae_course/weights/sweeps

Models and figures lie in `.runs/sprites/`. Interrupted, a training goes on where it stopped when it is started again.
`vae-course train` ships the ones in SHIPPED.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vae_course import evaluation
from vae_course.data.sprites import COUNT, classes_of
from vae_course.data.sprites.half import draw_half_size
from vae_course.evaluation.disentanglement import disentanglement
from vae_course.files import write_whole
from vae_course.models import VAE
from vae_course.models.sprites import sprite_vae
from vae_course.nets.mlp import mlp
from vae_course.objectives import Bound, FactorVAE, KLConstraint, decomposition, elbo
from vae_course.training import fit

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".runs" / "sprites"
OBJECTIVES = ("beta", "tc", "factor", "delta")

RECIPE = {"steps": 2000, "batch_size": 128, "lr": 2e-3}
TRAIN, TEST = 100_000, 5_000
"""Different sprites, drawn from all 737,280 by a fixed permutation; none is in both."""

SHIPPED: dict[str, tuple[str, float, int]] = {
    "sprites-beta-1": ("beta", 1.0, 0),
    "sprites-beta-8": ("beta", 8.0, 1),
    "sprites-beta-8-turned": ("beta", 8.0, 0),  # the same but for the seed: its coordinates mix x and y
    "sprites-tc-8": ("tc", 8.0, 0),
}
"""The weights that come with the library: name -> objective, weight, seed."""


def classes() -> tuple[Tensor, Tensor]:
    """Classes of the sprites to train on and of those to measure with: (100000, 6) and (5000, 6)."""
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    return classes_of(order[:TRAIN]), classes_of(order[TRAIN : TRAIN + TEST])


def objective(name: str, weight: float, latent_dim: int) -> Callable[[nn.Module, Tensor], Bound]:
    """What is maximised, by its name and its one number.

    Args:
        name: "beta" (weight of the KL), "tc" or "factor" (weight of the total correlation), "delta" (limit of the KL).
        weight: that number.
        latent_dim: size of z, for the discriminator of "factor".

    Raises KeyError for another name.
    """
    return {
        "beta": lambda: lambda model, x: elbo(model, x).weighted({"kl": weight}),
        "tc": lambda: lambda model, x: decomposition(model, x, TRAIN).weighted({"total_correlation": weight}),
        "factor": lambda: FactorVAE(mlp([latent_dim, 256, 256, 1]), weight),
        "delta": lambda: KLConstraint(weight),
    }[name]()


def train(
    name: str,
    weight: float,
    seed: int,
    checkpoint: Path | None = None,
    steps: int = RECIPE["steps"],
    *,
    prior: nn.Module | None = None,
) -> tuple[VAE, dict[str, Any]]:
    """Train one model with the common recipe and measure it on sprites that it has not seen.

    Args:
        name, weight: see `objective`.
        seed: of the start, the order of the sprites and all noise.
        checkpoint: where an interrupted training goes on.
        steps: fewer for a test.
        prior: another one than N(0, I), over as many dimensions.

    Returns the model, in half precision on the way (its weights are shipped so), and its recipe with figures.
    """
    began = time.process_time()
    train_classes, test_classes = classes()
    torch.manual_seed(seed)
    model = sprite_vae()
    if prior is not None:
        model.prior = prior
    goal = objective(name, weight, model.decoder.latent_dim)
    settings = RECIPE | {"steps": steps}
    history = fit(
        model,
        goal,
        train_classes,
        seed=seed,
        prepare=draw_half_size,
        checkpoint=checkpoint,
        interval=250,
        **settings,
    )
    model.half().float()  # round the weights as they will be stored, then measure
    figures = measure(model, test_classes)
    if isinstance(goal, KLConstraint):
        figures["multiplier"] = goal.beta.item()
    return model, {
        "objective": name,
        "weight": weight,
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of {settings['batch_size']} sprites, Adam from {settings['lr']} to 0",
        "data": f"{TRAIN:,} sprites at half size (32 x 32), figures on {TEST:,} others",
        "seconds": round(time.process_time() - began, 1),
        "figures": figures,
        "history": {
            "step": history.steps,
            **{k: [round(v, 3) for v in vs] for k, vs in history.terms.items()},
        },
    }


def measure(model: VAE, test_classes: Tensor) -> dict[str, float]:
    """Rate, distortion, units in use, and the five measures of disentanglement, on the means of q(z | x)."""
    x = draw_half_size(test_classes)
    place = evaluation.rate_distortion(model, x, num_samples=4)
    with torch.no_grad():
        means = model.q_z(x).mean
    return {
        "distortion": place.distortion.mean,
        "distortion_error": place.distortion.standard_error,
        "rate": place.rate.mean,
        "rate_error": place.rate.standard_error,
        "elbo": -place.rate.mean - place.distortion.mean,
        "active_units": int(evaluation.active_units(model, x).sum()),
        **{name: float(value) for name, value in disentanglement(means, test_classes).items()},
    }


def run(name: str, weight: float, seed: int) -> Path:
    """Train a model unless it is there; returns the path of its figures, beside which lie its weights."""
    stem = RUNS / f"{name}-{weight:g}-{seed}"
    if not stem.with_name(stem.name + ".json").exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        checkpoint = stem.with_name(stem.name + ".checkpoint")
        model, recipe = train(name, weight, seed, checkpoint)
        torch.save(model.state_dict(), stem.with_name(stem.name + ".pt"))
        write_whole({stem.with_name(stem.name + ".json"): json.dumps(recipe, indent=1) + "\n"})
        checkpoint.unlink(missing_ok=True)
    return stem.with_name(stem.name + ".json")


def collect(name: str) -> Path:
    """Gather the figures of all trained models of an objective in one file of results."""
    found = [json.loads(path.read_text()) for path in RUNS.glob(f"{name}-*.json")]
    found.sort(key=lambda recipe: (recipe["weight"], recipe["seed"]))
    common = {key: found[0][key] for key in ("objective", "device", "budget", "data")}
    common["torch"] = torch.__version__.partition("+")[0]
    models = [{key: recipe[key] for key in ("weight", "seed", "seconds", "figures")} for recipe in found]
    path = ROOT / "vae_course" / "weights" / "sweeps" / f"sprites-{name}.json"
    content = {"made by": f"tools/sprite_models.py, then --collect {name}", **common, "models": models}
    write_whole({path: json.dumps(content, indent=1) + "\n"})
    return path


def shipped(name: str) -> Callable[[Path], tuple[nn.Module, dict[str, Any]]]:
    """The training of one of SHIPPED, as `vae-course train` takes it."""

    def training(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
        model, recipe = train(*SHIPPED[name], checkpoint)
        del recipe["history"]
        return model.half(), recipe

    return training


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("objective", nargs="?", choices=OBJECTIVES)
    parser.add_argument("weights", nargs="*", type=float)
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--collect", choices=OBJECTIVES)
    options = parser.parse_args(arguments)
    for seed in options.seed:
        for weight in options.weights:
            path = run(options.objective, weight, seed)
            recipe = json.loads(path.read_text())
            shown = {key: round(value, 3) for key, value in recipe["figures"].items()}
            print(path.stem, f"{recipe['seconds']} s", shown, flush=True)
    if options.collect:
        print(f"wrote {collect(options.collect).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
