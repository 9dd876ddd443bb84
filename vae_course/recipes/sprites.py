"""The VAEs of sprites that chapters 6 and 7 compare: one network, one recipe, only the objective differs.

Reader's size is half the sprites' size, 32 x 32 pixels, and a fully connected network: a minute on one core each. Full
size is 64 x 64 pixels and convolutions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vae_course import evaluation
from vae_course.data.sprites import COUNT, Sprites, classes_of
from vae_course.data.sprites.half import draw_half_size
from vae_course.evaluation.disentanglement import disentanglement
from vae_course.models import VAE, Bernoulli
from vae_course.models.sprites import sprite_vae
from vae_course.nets import ConvDecoder, ConvGaussianEncoder
from vae_course.nets.mlp import mlp
from vae_course.objectives import Bound, FactorVAE, KLConstraint, decomposition, elbo
from vae_course.recipes.bench import Bench, Fitted
from vae_course.recipes.recipe import Recipe, Sweep, Trained
from vae_course.training import seeded

BATCH, RATE = 128, 2e-3
LATENT_DIM = 10


def sizes(bench: Bench) -> tuple[int, int]:
    """How many different sprites to train on and to measure with."""
    return bench.run.choose(smoke=(600, 200), reader=(100_000, 5_000), full=(700_000, 10_000))


def classes(bench: Bench) -> tuple[Tensor, Tensor]:
    """Classes of the sprites to train on and of those to measure with, (N, 6) each; none is in both."""
    train, test = sizes(bench)
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    return classes_of(order[:train]), classes_of(order[train : train + test])


def large_sprite_vae() -> VAE:
    """A VAE of sprites at their own size, (batch, 4096) binary pixels, for a prior N(0, I)."""
    shape, widths = (1, 64, 64), (32, 32, 64, 64)
    return VAE(
        ConvGaussianEncoder(shape, widths, [256], LATENT_DIM),
        ConvDecoder(LATENT_DIM, [256], widths[::-1], shape),
        Bernoulli(),
    )


def draw_whole(classes: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """The sprites of these classes (N, 6) at their own size, float (N, 4096); nothing here is random."""
    return Sprites.of(classes).images.flatten(1).float()


def drawing(bench: Bench) -> Callable[..., Tensor]:
    """What draws sprites for the network: classes (N, 6) -> pixels (N, 1024), or (N, 4096) at full size."""
    return bench.run.choose(smoke=draw_half_size, reader=draw_half_size, full=draw_whole)


def objective(bench: Bench, name: str, weight: float) -> Callable[[nn.Module, Tensor], Bound]:
    """What is maximised, by its name and its one number.

    Args:
        bench: the total correlation is estimated for its number of sprites.
        name: "beta" (weight of the KL), "tc" or "factor" (weight of the total correlation), "delta" (limit of the KL).
        weight: that number.

    Raises KeyError for another name.
    """
    train, _ = sizes(bench)
    return {
        "beta": lambda: lambda model, x: elbo(model, x).weighted({"kl": weight}),
        "tc": lambda: lambda model, x: decomposition(model, x, train).weighted({"total_correlation": weight}),
        "factor": lambda: FactorVAE(mlp([LATENT_DIM, 256, 256, 1]), weight),
        "delta": lambda: KLConstraint(weight),
    }[name]()


def steps_of(bench: Bench, times: int = 1) -> int:
    """Steps of a training, or of one that is so many times as long."""
    return times * bench.run.choose(smoke=3, reader=2000, full=50_000)


def train(
    bench: Bench,
    name: str,
    weight: float,
    *,
    prior: nn.Module | None = None,
    also: dict[str, Any] | None = None,
    times: int = 1,
) -> tuple[VAE, Fitted, dict[str, Any]]:
    """Train one model with the common recipe, and measure it on sprites that it has not seen.

    Args:
        bench: with the seed of the start, of the order of the sprites and of all noise.
        name, weight: see `objective`.
        prior: another one than N(0, I), over as many dimensions.
        also: what says which prior, as plain values.
        times: how often as long as the others.

    Returns the model, in half precision on the way (its weights are shipped so), what is known of its training, and
    its figures.
    """
    train_classes, test_classes = classes(bench)
    torch.manual_seed(bench.run.seed)
    model = bench.run.choose(smoke=sprite_vae, reader=sprite_vae, full=large_sprite_vae)()
    if prior is not None:
        model.prior = prior
    goal = objective(bench, name, weight)
    done = bench.fit(
        f"sprites/{name}-{weight:g}",
        model,
        goal,
        train_classes,
        prepare=drawing(bench),
        also=also,
        steps=steps_of(bench, times),
        batch_size=BATCH,
        lr=RATE,
        interval=250,
    )
    model.half().float()  # round the weights as they will be stored, then measure
    with seeded(bench.run.seed, torch.device("cpu")):
        figures = measure(model, drawing(bench)(test_classes), test_classes)
    if isinstance(goal, KLConstraint):
        figures["multiplier"] = goal.beta.item()
    return model, done, figures


def measure(model: VAE, x: Tensor, classes: Tensor) -> dict[str, float]:
    """Rate, distortion, units in use, and the five measures of disentanglement, on the means of q(z | x).

    Args:
        model: a VAE with a diagonal encoder.
        x, classes: sprites (N, ...) and their factors (N, 6).
    """
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
        **{name: float(value) for name, value in disentanglement(means, classes).items()},
    }


def in_words(bench: Bench, times: int = 1) -> dict[str, str]:
    """Budget and data of every model of sprites, or of one that is trained so many times as long."""
    train, test = sizes(bench)
    size = bench.run.choose(
        smoke="at half size (32 x 32)", reader="at half size (32 x 32)", full="of 64 x 64 pixels"
    )
    return {
        "budget": f"{steps_of(bench, times)} steps of {BATCH} sprites, Adam from {RATE} to 0",
        "data": f"{train:,} sprites {size}, figures on {test:,} others",
    }


# --- the weights that come with the library


def shipped(name: str, weight: float, times: int = 1) -> Callable[[Bench], Trained]:
    """The recipe of one of them; see `train`."""

    def recipe(bench: Bench) -> Trained:
        model, done, figures = train(bench, name, weight, times=times)
        more = {"objective": name, "weight": weight}
        words = in_words(bench, times)
        return Trained(model.half(), seconds=done.seconds, figures=figures, more=more, **words)

    return recipe


RECIPES = (
    Recipe("sprites-beta-1", 6, shipped("beta", 1.0), sprite_vae),
    Recipe("sprites-beta-8", 6, shipped("beta", 8.0), sprite_vae, seed=1),
    # the same but for the seed: its coordinates mix x and y
    Recipe("sprites-beta-8-turned", 6, shipped("beta", 8.0), sprite_vae),
    Recipe("sprites-tc-8", 7, shipped("tc", 8.0), sprite_vae),
    # the highest MIG of the 25 models of sweeps/sprites-lengths
    Recipe("sprites-beta-4-long", 7, shipped("beta", 4.0, times=10), sprite_vae, seed=3),
)


# --- many of them


def sweep(name: str, weights: Sequence[float], seeds: Sequence[int]) -> Sweep:
    """One objective, for several weights or limits and seeds."""

    def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
        some = bench.run.choose(smoke=weights[:1], reader=weights, full=weights)
        return [{"weight": weight, "seed": seed} for seed in seeds for weight in some]

    def run(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
        _, done, figures = train(bench.at(job["seed"]), name, job["weight"])
        return {"seconds": done.seconds, "figures": figures}

    def about(bench: Bench) -> dict[str, Any]:
        return {"objective": name, **in_words(bench)}

    return Sweep(f"sweeps/sprites-{name}", 6, plan, run, about, tuple(seeds))


SWEEPS = (
    sweep("beta", (1.0, 2.0, 4.0, 8.0, 16.0), (0, 1, 2)),
    sweep("delta", (4.0, 8.0, 100.0, 1000.0), (0,)),
)
