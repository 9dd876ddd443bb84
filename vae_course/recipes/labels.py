"""Test error against the number of labels, for a figure of chapter 5.

    python -m vae_course.recipes.labels          4,000 images: M2, M1+M2, a network that sees labelled images alone
    python -m vae_course.recipes.labels --full   all 55,000 training images of MNIST and 100 labels

Every run is written as soon as it is done; started again, the sweep goes on. The test digits are MNIST's 10,000,
so VAE_COURSE_DATA has to name a folder with MNIST, or pooch downloads it.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from vae_course import models, nets, objectives, training
from vae_course.data import Split, binarize, jitter, keep_labels, load_digits
from vae_course.files import write_whole

FILE = Path(__file__).resolve().parents[1] / "weights" / "sweeps" / "labels.json"
SEEDS = {50: 3, 100: 4, 300: 2, 1000: 2, 3000: 2}
"""Choices of labelled images, by their number: the fewer there are, the more it matters which."""
HIDDEN, LATENT = 128, 5
CODES, M1_STEPS = 32, 2000
STEPS, FULL_STEPS, STACK_STEPS = 1500, 5000, 800
WEIGHT, STACK_WEIGHT = 100.0, 50.0

Rows = dict[str, Tensor]


@dataclass(frozen=True)
class Job:
    """One training: a model, on how many images, how many of them labelled, and which (`seed`)."""

    model: str
    images: int
    labels: int
    seed: int


def partly_labelled(split: Split, count: int, seed: int) -> Rows:
    """All images, the labelled ones repeated until they are a fifth of the rows, as in the chapter."""
    kept = keep_labels(split.labels, count, seed)
    known = (kept != objectives.UNLABELLED).nonzero().squeeze(1)
    rows = torch.cat([torch.arange(len(kept)), known.repeat(max(0, len(kept) // 4 // count - 1))])
    return {"x": split.images[rows], "y": kept[rows]}


def prepare(images: Tensor, generator: torch.Generator) -> Tensor:
    return binarize(jitter(images, generator), generator)


def new_m2(data_dim: int, hidden: int, likelihood: nn.Module) -> models.M2:
    return models.M2(
        nets.Encoder(data_dim, [hidden], 10),
        nets.GaussianEncoder(data_dim + 10, [hidden], LATENT),
        nets.Decoder(LATENT + 10, [hidden], data_dim),
        likelihood,
        classes=10,
    )


def train_m2(split: Split, job: Job, steps: int) -> Callable[[Tensor], Tensor]:
    """M2 on pixels; returns its classifier."""
    torch.manual_seed(job.seed)
    model = new_m2(784, HIDDEN, models.Bernoulli())
    training.fit(
        model,
        lambda m, batch: objectives.semi_supervised(m, batch, classification=WEIGHT),
        partly_labelled(split, job.labels, job.seed),
        steps=steps,
        batch_size=100,
        lr=3e-3,
        seed=job.seed,
        prepare=lambda batch, random: {"x": prepare(batch["x"], random), "y": batch["y"]},
    )
    return lambda x: model.q_y(x).logits


def train_m1(split: Split, steps: int) -> models.VAE:
    """The VAE whose codes M1+M2 classifies; it sees no label."""
    torch.manual_seed(0)
    encoder, decoder = nets.GaussianEncoder(784, [500], CODES), nets.Decoder(CODES, [500], 784)
    m1 = models.VAE(encoder, decoder, models.Bernoulli())
    training.fit(m1, objectives.elbo, split.images, steps=steps, batch_size=128, lr=3e-3, prepare=prepare)
    return m1


def train_stack(m1: models.VAE, split: Split, job: Job, steps: int) -> Callable[[Tensor], Tensor]:
    """M2 on the codes of m1; returns the classifier of the pair."""
    torch.manual_seed(job.seed)
    stack = models.M1M2(m1, new_m2(CODES, HIDDEN // 2, models.Gaussian(1.0)))
    training.fit(
        stack.m2,
        lambda m, batch: objectives.semi_supervised(m, batch, classification=STACK_WEIGHT),
        partly_labelled(split, job.labels, job.seed),
        steps=steps,
        batch_size=100,
        lr=2e-3,
        seed=job.seed,
        prepare=lambda batch, random: {"x": stack.features(prepare(batch["x"], random)), "y": batch["y"]},
    )
    return lambda x: stack.q_y(x).logits


def train_supervised(split: Split, job: Job, steps: int) -> Callable[[Tensor], Tensor]:
    """M2's classifier network, trained on the labelled images alone."""
    kept = keep_labels(split.labels, job.labels, job.seed)
    known = kept != objectives.UNLABELLED
    torch.manual_seed(job.seed)
    net = nets.mlp([784, HIDDEN, 10])

    def log_likelihood(net: nn.Module, batch: Rows) -> objectives.Bound:
        chosen = net(batch["x"]).log_softmax(1).gather(1, batch["y"][:, None])
        return objectives.Bound({"reconstruction of the label": chosen.squeeze(1)})

    training.fit(
        net,
        log_likelihood,
        {"x": split.images[known], "y": kept[known]},
        steps=steps,
        batch_size=min(100, job.labels),
        lr=3e-3,
        weight_decay=0.01,
        seed=job.seed,
        prepare=lambda batch, random: {"x": prepare(batch["x"], random), "y": batch["y"]},
    )
    return net


@torch.no_grad()
def error(logits: Callable[[Tensor], Tensor], test: Split) -> float:
    x = binarize(test.images, torch.Generator().manual_seed(0))
    return (logits(x).argmax(1) != test.labels).double().mean().item()


def jobs(images: int, seeds: dict[int, int], names: Sequence[str]) -> Iterator[Job]:
    """One seed after the other, so that an unfinished sweep has something for each number of labels."""
    for seed in range(max(seeds.values())):
        for name in names:
            yield from (Job(name, images, labels, seed) for labels, count in seeds.items() if seed < count)


def planned(images: int, *, full: bool = False) -> list[Job]:
    """All trainings of the sweep; the stack, which gains nothing here, on the first choice of labels only."""
    pair = ["M2", "labelled images alone"]
    if full:
        return list(jobs(images, {100: 1}, pair))
    return [*jobs(images, SEEDS, pair), *jobs(images, dict.fromkeys(SEEDS, 1), ["M1+M2"])]


def sweep(split: Split, test: Split, todo: Sequence[Job], steps: int, m1_steps: int, file: Path) -> None:
    """Do what is not done yet, and write it to the file, run by run."""
    content = json.loads(file.read_text()) if file.exists() else {"runs": []}
    done = {Job(**{key: run[key] for key in Job.__dataclass_fields__}) for run in content["runs"]}
    m1 = cache(lambda: train_m1(split, m1_steps))
    trainings = {
        "M2": lambda job: train_m2(split, job, steps),
        "M1+M2": lambda job: train_stack(m1(), split, job, min(steps, STACK_STEPS)),
        "labelled images alone": lambda job: train_supervised(split, job, steps),
    }
    for job in (job for job in todo if job not in done):
        start = time.perf_counter()
        found = error(trainings[job.model](job), test)
        content["runs"].append(asdict(job) | {"error": found, "seconds": round(time.perf_counter() - start)})
        content["recipe"] = recipe(len(test))
        write_whole({file: json.dumps(content, indent=1) + "\n"})
        print(f"{job}: {found:.2%}", flush=True)


def recipe(tested: int) -> dict[str, object]:
    return {
        "hidden": HIDDEN,
        "latent": LATENT,
        "codes of M1": CODES,
        "classification": {"M2": WEIGHT, "M1+M2": STACK_WEIGHT},
        "steps": {"4,000 images": STEPS, "M1": M1_STEPS, "M1+M2": STACK_STEPS, "55,000 images": FULL_STEPS},
        "test digits": tested,
        "device": "cpu",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all training images of MNIST, 100 labels")
    full = parser.parse_args(arguments).full
    mnist = load_digits("full")
    split = mnist.train if full else load_digits().train
    todo = planned(len(split), full=full)
    sweep(split, mnist.test, todo, FULL_STEPS if full else STEPS, M1_STEPS, FILE)


if __name__ == "__main__":
    main()
