"""log p(x) of MNIST's digits after training on bounds of 1 and 50 samples, for a table of chapter 3.

The networks are those of two published figures. Every image is made binary once; log p(x) is that of the 10,000 test
images. VAE_COURSE_DATA has to name a folder with MNIST, or pooch downloads it; a smoke run takes the embedded digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vae_course import evaluation, models, nets, objectives
from vae_course.data import Split, binarize, load_digits
from vae_course.objectives import Bound
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Sweep
from vae_course.training import EarlyStop, seeded


@dataclass(frozen=True)
class Setting:
    """What is trained: so many samples in the bound, and layers data-hidden-latent and back.

    Attributes:
        samples: K, the draws per image.
        hidden, latent_dim: of the network.
        activation: between its layers, a key of `ACTIVATIONS`.
        steps, batch_size: at the reader's budget; a step costs as much as its decodings.
    """

    samples: int
    hidden: tuple[int, ...]
    latent_dim: int
    activation: str
    steps: int
    batch_size: int


ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU}
SETTINGS = (
    # sizes and steps of Rezende & Mohamed (2015)
    Setting(1, (400,), 40, "silu", 500_000, 100),
    # sizes of Burda et al. (2016), with one layer of latents
    Setting(1, (200, 200), 50, "relu", 150_000, 100),
    Setting(50, (200, 200), 50, "relu", 80_000, 32),
)

RATE, AVERAGE = 1e-3, 0.999
DRAWS = 200
"""Importance samples behind log p(x)."""


def binary_digits(bench: Bench) -> dict[str, Tensor]:
    """Training, validation and test images, bool (N, 784), made binary once and for all."""
    digits = load_digits() if bench.run.budget == "smoke" else load_digits("full")

    def once(split: Split, seed: int) -> Tensor:
        return binarize(split.images, torch.Generator().manual_seed(seed)).bool()

    return {name: once(getattr(digits, name), k) for k, name in enumerate(("train", "val", "test"))}


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """One model for each setting."""
    jobs = [asdict(setting) | {"seed": seed} for seed in seeds for setting in SETTINGS]
    jobs = [job | {"hidden": list(job["hidden"]), "steps": length(bench, job["steps"])} for job in jobs]
    return bench.run.choose(smoke=jobs[1:], reader=jobs, full=jobs)


def length(bench: Bench, steps: int) -> int:
    """Steps at the bench's budget."""
    return bench.run.choose(smoke=2, reader=steps, full=4 * steps)


def measure(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """Bound and log p(x) of one model on the test images; the weights are those that validation images like best."""
    bench, samples, steps = bench.at(job["seed"]), job["samples"], job["steps"]
    images = binary_digits(bench)
    watched = images["val"][:1000].float().to(bench.run.device)

    def bound(model: models.VAE, x: Tensor) -> Bound:
        if samples == 1:
            return objectives.elbo(model, x)
        return objectives.importance_weighted(model, x, samples)

    def validation(model: models.VAE) -> dict[str, float]:
        with torch.no_grad():
            return {"validation": objectives.importance_bound(model, watched, max(samples, 5)).mean().item()}

    torch.manual_seed(bench.run.seed)
    hidden, latent_dim, activation = job["hidden"], job["latent_dim"], ACTIVATIONS[job["activation"]]
    encoder = nets.GaussianEncoder(784, hidden, latent_dim, activation)
    decoder = nets.Decoder(latent_dim, hidden[::-1], 784, activation)
    model = models.VAE(encoder, decoder, models.Bernoulli())
    done = bench.fit(
        f"digits/likelihood-{samples}",
        model,
        bound,
        images["train"],
        prepare=lambda rows, generator: rows.float(),
        also={"samples": samples, "activation": job["activation"]},
        steps=steps,
        batch_size=job["batch_size"],
        lr=RATE,
        average=AVERAGE,
        monitor=validation,
        early_stop=EarlyStop("validation", patience=steps),  # never early: only the best weights are wanted
        interval=max(1, steps // 100),
        precision="bf16",
        compile=samples == 1,  # many short steps
    )
    test = images["test"].float()
    draws = bench.run.choose(smoke=2, reader=DRAWS, full=DRAWS)
    with seeded(bench.run.seed, test.device):
        elbo = evaluation.evaluate(model, test, num_samples=1)["elbo"]
    log_p = evaluation.log_likelihood(model, test, draws)
    return {
        "seconds": done.seconds,
        "figures": {
            "elbo": elbo.mean,
            "log_likelihood": log_p.mean,
            "log_likelihood_error": log_p.standard_error,
        },
    }


def about(bench: Bench) -> dict[str, Any]:
    """Data and budget of all models."""
    return {
        "budget": f"Adam from {RATE} to 0, weights averaged at {AVERAGE}, networks in bf16",
        "data": bench.run.choose(
            smoke="embedded digits, made binary once",
            reader="55,000 training images of MNIST, made binary once; figures on the 10,000 test images",
            full="55,000 training images of MNIST, made binary once; figures on the 10,000 test images",
        ),
    }


SWEEPS = (Sweep("sweeps/digits-likelihood", 3, plan, measure, about, (0,)),)
