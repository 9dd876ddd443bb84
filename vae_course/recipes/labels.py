"""Test error against the number of labels, for a figure of chapter 5: M2, M1+M2, and labelled images alone.

One sweep has 4,000 images and many numbers of labels, the other all 55,000 training images, 100 labels, and longer
trainings. The test digits are MNIST's 10,000, so VAE_COURSE_DATA has to name a folder with MNIST, or pooch downloads
it. Full size trains ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from vae_course import models, nets, objectives
from vae_course.data import Split, binarize, keep_labels, load_digits
from vae_course.recipes.bench import Bench, Fitted
from vae_course.recipes.digits import CLASSIFICATION, moved_and_binary, partly_labelled
from vae_course.recipes.recipe import Sweep

SEEDS = {50: 3, 100: 4, 300: 2, 1000: 2, 3000: 2}
"""Choices of labelled images, by their number: the fewer there are, the more it matters which."""
CODES, M1_STEPS, STACK_HIDDEN, STACK_STEPS = 32, 2000, 64, 800
STACK_CLASSIFICATION = 50.0


@dataclass(frozen=True)
class Setting:
    """M2 on the pixels of so many images, and its classifier alone.

    Attributes:
        hidden, latent: sizes of the networks.
        steps: at the reader's budget.
        lr: of M2.
        precision: of M2, as for `fit`.
        seeds: choices of the labelled images, by their number.
    """

    hidden: int
    latent: int
    steps: int
    lr: float
    precision: str
    seeds: dict[int, int]


SETTINGS = {
    4_000: Setting(128, 5, 1500, 3e-3, "float32", SEEDS),
    55_000: Setting(256, 10, 30_000, 2e-3, "bf16", {100: 4}),
}

Rows = dict[str, Tensor]
Logits = Callable[[Tensor], Tensor]


def digits_of(bench: Bench, images: int) -> tuple[Split, Split]:
    """So many training images, and the digits to test on; a smoke run tests on 500 of the embedded ones."""
    embedded = load_digits()
    if bench.run.budget == "smoke":
        return embedded.train, embedded.test
    mnist = load_digits("full")
    return embedded.train if images == len(embedded.train) else mnist.train, mnist.test


def plan(images: int, bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """One seed after the other, so that an unfinished sweep has something for each number of labels.

    The stack, which gains nothing here, is trained on 4,000 images and on the first choice of labels only.
    """
    jobs = []
    for seed in seeds:
        for model in ("M2", "M1+M2", "labelled images alone"):
            for labels, count in SETTINGS[images].seeds.items():
                if seed < count and (model != "M1+M2" or (seed == 0 and images == 4_000)):
                    jobs.append({"model": model, "images": images, "labels": labels, "seed": seed})
    some = jobs[4:12:3] if images == 4_000 else jobs[:2]
    return bench.run.choose(smoke=some, reader=jobs, full=jobs)


def measure(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """The error of one model on the test digits."""
    split, test = digits_of(bench, job["images"])
    bench = bench.at(job["seed"])
    train = {"M2": train_m2, "M1+M2": train_stack, "labelled images alone": train_supervised}[job["model"]]
    logits, done = train(bench, split, job["labels"])
    x = binarize(test.images, torch.Generator().manual_seed(0))
    with torch.no_grad():
        error = (logits(x).argmax(1) != test.labels).double().mean().item()
    return {"error": error, "seconds": round(done.seconds)}


def length(bench: Bench, steps: int) -> int:
    """Steps at the bench's budget."""
    return bench.run.choose(smoke=2, reader=steps, full=10 * steps)


def new_m2(data_dim: int, hidden: int, latent: int, likelihood: nn.Module) -> models.M2:
    """An untrained M2 of pixels, or of the codes of another model.

    Args:
        data_dim: size of x.
        hidden: width of its three networks.
        latent: dimensions of the style.
        likelihood: of x.
    """
    return models.M2(
        nets.Encoder(data_dim, [hidden], 10),
        nets.GaussianEncoder(data_dim + 10, [hidden], latent),
        nets.Decoder(latent + 10, [hidden], data_dim),
        likelihood,
        classes=10,
    )


def train_m2(bench: Bench, split: Split, labels: int) -> tuple[Logits, Fitted]:
    """M2 on pixels; returns its classifier."""
    setting = SETTINGS[len(split)]
    torch.manual_seed(bench.run.seed)
    model = new_m2(784, setting.hidden, setting.latent, models.Bernoulli())
    done = bench.fit(
        "labels/M2",
        model,
        lambda m, batch: objectives.semi_supervised(m, batch, classification=CLASSIFICATION),
        partly_labelled(split, labels, bench.run.seed),
        prepare=lambda batch, random: {"x": moved_and_binary(batch["x"], random), "y": batch["y"]},
        also={"classification": CLASSIFICATION},
        steps=length(bench, setting.steps),
        batch_size=100,
        lr=setting.lr,
        precision=setting.precision,
    )
    return lambda x: model.q_y(x).logits, done


def train_m1(bench: Bench, split: Split) -> models.VAE:
    """The VAE whose codes M1+M2 classifies; it sees no label."""
    torch.manual_seed(0)
    encoder, decoder = nets.GaussianEncoder(784, [500], CODES), nets.Decoder(CODES, [500], 784)
    m1 = models.VAE(encoder, decoder, models.Bernoulli())
    settings = {"steps": length(bench, M1_STEPS), "batch_size": 128, "lr": 3e-3, "seed": 0}
    bench.fit("labels/M1", m1, objectives.elbo, split.images, prepare=moved_and_binary, **settings)
    return m1


def train_stack(bench: Bench, split: Split, labels: int) -> tuple[Logits, Fitted]:
    """M2 on the codes of M1; returns the classifier of the pair."""
    m1 = train_m1(bench, split)
    torch.manual_seed(bench.run.seed)
    stack = models.M1M2(m1, new_m2(CODES, STACK_HIDDEN, SETTINGS[len(split)].latent, models.Gaussian(1.0)))
    m1.to(bench.run.device)  # its codes are made where the training is
    done = bench.fit(
        "labels/M1+M2",
        stack.m2,
        lambda m, batch: objectives.semi_supervised(m, batch, classification=STACK_CLASSIFICATION),
        partly_labelled(split, labels, bench.run.seed),
        prepare=lambda batch, random: {
            "x": stack.features(moved_and_binary(batch["x"], random)),
            "y": batch["y"],
        },
        also={"classification": STACK_CLASSIFICATION, "M1": length(bench, M1_STEPS)},
        steps=length(bench, STACK_STEPS),
        batch_size=100,
        lr=2e-3,
    )
    m1.cpu()
    return lambda x: stack.q_y(x).logits, done


def train_supervised(bench: Bench, split: Split, labels: int) -> tuple[Logits, Fitted]:
    """M2's classifier network, trained on the labelled images alone."""
    kept = keep_labels(split.labels, labels, bench.run.seed)
    known = kept != objectives.UNLABELLED
    setting = SETTINGS[len(split)]
    torch.manual_seed(bench.run.seed)
    net = nets.mlp([784, setting.hidden, 10])

    def log_likelihood(net: nn.Module, batch: Rows) -> objectives.Bound:
        chosen = net(batch["x"]).log_softmax(1).gather(1, batch["y"][:, None])
        return objectives.Bound({"reconstruction of the label": chosen.squeeze(1)})

    done = bench.fit(
        "labels/alone",
        net,
        log_likelihood,
        {"x": split.images[known], "y": kept[known]},
        prepare=lambda batch, random: {"x": moved_and_binary(batch["x"], random), "y": batch["y"]},
        steps=length(bench, setting.steps),
        batch_size=min(100, labels),
        lr=3e-3,
        weight_decay=0.01,
    )
    return net, done


def about(images: int, bench: Bench) -> dict[str, Any]:
    """The settings that all models of a sweep share."""
    setting = SETTINGS[images]
    recipe: dict[str, Any] = {
        "hidden": setting.hidden,
        "latent": setting.latent,
        "learning rate of M2": setting.lr,
        "precision of M2": setting.precision,
        "classification": {"M2": CLASSIFICATION},
        "steps": {"M2": length(bench, setting.steps)},
        "test digits": bench.run.choose(smoke=500, reader=10_000, full=10_000),
        "device": bench.run.device.type,
    }
    if images == 4_000:
        recipe["codes of M1"] = CODES
        recipe["classification"] |= {"M1+M2": STACK_CLASSIFICATION}
        recipe["steps"] |= {"M1": length(bench, M1_STEPS), "M1+M2": length(bench, STACK_STEPS)}
    return {"recipe": recipe}


SWEEPS = tuple(
    Sweep(name, 5, partial(plan, images), measure, partial(about, images), seeds, rows="runs")
    for name, images, seeds in (
        ("sweeps/labels", 4_000, (0, 1, 2, 3)),
        ("sweeps/labels-of-all", 55_000, (0, 1, 2, 3)),
    )
)
