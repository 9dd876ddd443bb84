"""Networks of digits: the judge of chapter 4 and the models behind the explorers of chapters 4 and 5.

Full size is all of MNIST, reader's size the 5,000 digits that are embedded. What stands in an explorer's module is
imported where it is used: explorers draw with Matplotlib, and a list of the recipes does not need it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from vae_course import evaluation, models, objectives, training
from vae_course.data import Digits, Split, binarize, jitter, keep_labels, load_digits
from vae_course.evaluation.digit_features import NOISY, DigitClassifier, accuracy
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Recipe, Trained

LABELS = 3000
"""Of the M2 behind the explorer of chapter 5."""

CLASSIFICATION = 100.0
"""Weight of the classifier's own term in every M2 on pixels."""


def plane_vae() -> models.VAE:
    """The untrained model of the explorer of chapter 4."""
    from vae_course.explorers.latent_plane import plane_vae

    return plane_vae()


def style_m2() -> models.M2:
    """The untrained model of the explorer of chapter 5."""
    from vae_course.explorers.style_grid import style_m2

    return style_m2()


def digits_of(bench: Bench) -> Digits:
    """The digits of the budget in force."""
    return load_digits(bench.run.choose(smoke="embedded", reader="embedded", full="full"))


def moved_and_binary(images: Tensor, generator: torch.Generator) -> Tensor:
    """What a Bernoulli likelihood trains on: moved copies of the digits, with pixels drawn anew."""
    return binarize(jitter(images, generator), generator)


def some(bench: Bench, images: Tensor) -> Tensor:
    """The images that figures are measured on; a smoke run takes 20 of them."""
    return images[: bench.run.choose(smoke=20, reader=None, full=None)]


def partly_labelled(split: Split, count: int, seed: int) -> dict[str, Tensor]:
    """All images, the labelled ones repeated until they are a fifth of the rows, as in chapter 5.

    Args:
        split: of which some are labelled.
        count: how many of them.
        seed: of the choice.
    """
    kept = keep_labels(split.labels, count, seed)
    known = (kept != objectives.UNLABELLED).nonzero().squeeze(1)
    rows = torch.cat([torch.arange(len(kept)), known.repeat(max(0, len(kept) // 4 // count - 1))])
    return {"x": split.images[rows], "y": kept[rows]}


def under_noise(rows: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Moved copies of digits as grey values, a third of them under noise and labelled as such."""
    images = jitter(rows["images"], generator, amount=2).float() / 255
    noisy = torch.arange(len(images) // 3, device=images.device)
    sigma = 0.3 + 0.7 * torch.rand(len(noisy), 1, 1, generator=generator, device=images.device)
    noise = sigma * torch.randn(images[noisy].shape, generator=generator, device=images.device)
    images[noisy] = (images[noisy] + noise).clamp(0, 1)
    return {"images": images, "labels": rows["labels"].index_fill(0, noisy, NOISY)}


def cross_entropy(model: DigitClassifier, rows: dict[str, Tensor]) -> objectives.Bound:
    """-log p(label | image) in nats, a cost: `fit` makes it small."""
    logits = model(rows["images"])
    return objectives.Bound(
        {"cross entropy": functional.cross_entropy(logits, rows["labels"], reduction="none")}
    )


def digit_features(bench: Bench) -> Trained:
    """The classifier whose features judge samples; about a minute on one core."""
    digits = digits_of(bench)
    steps = bench.run.choose(smoke=5, reader=1500, full=10_000)
    torch.manual_seed(bench.run.seed)
    model = DigitClassifier()
    rows = {"images": digits.train.images, "labels": digits.train.labels}
    settings = {"steps": steps, "batch_size": 150, "lr": 2e-3, "weight_decay": 0.01}
    done = bench.fit("digit-features", model, cross_entropy, rows, prepare=under_noise, **settings)
    return Trained(
        model,
        budget=f"{steps} steps of 150 images, a third of them under noise",
        data=f"{digits.name}, training split of {len(digits.train)}",
        seconds=done.seconds,
        figures={
            "accuracy_val": accuracy(model, digits.val),
            "accuracy_test": accuracy(model, digits.test),
        },
    )


def digits_plane(bench: Bench) -> Trained:
    """The VAE with two latent dimensions that the explorer of chapter 4 shows; about a minute."""
    digits = digits_of(bench)
    steps = bench.run.choose(smoke=3, reader=5000, full=50_000)
    torch.manual_seed(bench.run.seed)
    model = plane_vae()
    settings = {"steps": steps, "batch_size": 128, "lr": 3e-3}
    done = bench.fit(
        "digits-plane", model, objectives.elbo, digits.train.images, prepare=moved_and_binary, **settings
    )
    held_out = binarize(some(bench, digits.test.images), torch.Generator().manual_seed(0))
    with training.seeded(bench.run.seed, held_out.device):
        terms = evaluation.evaluate(model, held_out, num_samples=10)
    return Trained(
        model,
        budget=f"{steps} steps of 128 images",
        data=f"{digits.name}, training split of {len(digits.train)}; figures on the test split",
        seconds=done.seconds,
        figures={name: estimate.mean for name, estimate in terms.items()},
    )


def digits_style(bench: Bench) -> Trained:
    """The M2 that the explorer of chapter 5 shows, from 3,000 labels."""
    digits, seed = digits_of(bench), bench.run.seed
    steps = bench.run.choose(smoke=3, reader=6000, full=60_000)
    torch.manual_seed(seed)
    model = style_m2()
    done = bench.fit(
        "digits-style",
        model,
        lambda m2, batch: objectives.semi_supervised(m2, batch, classification=CLASSIFICATION),
        partly_labelled(digits.train, LABELS, seed),
        prepare=lambda batch, random: {"x": moved_and_binary(batch["x"], random), "y": batch["y"]},
        also={"classification": CLASSIFICATION},
        steps=steps,
        batch_size=100,
        lr=3e-3,
    )
    x = binarize(digits.test.images, torch.Generator().manual_seed(0))
    rows = {"x": x, "y": torch.full((len(x),), objectives.UNLABELLED)}
    with torch.no_grad(), training.seeded(seed, x.device):
        bound = objectives.semi_supervised(model, rows, classification=0.0).value
        right = model.q_y(x).logits.argmax(1) == digits.test.labels
    return Trained(
        model,
        budget=f"{steps} steps of 100 images",
        data=f"{digits.name}, training split of {len(digits.train)}, labels of {LABELS}; figures on the test split",
        seconds=done.seconds,
        figures={"bound": bound.mean().item(), "accuracy": right.double().mean().item()},
    )


RECIPES = (
    Recipe("digit-features", 4, digit_features, DigitClassifier),
    Recipe("digits-plane", 4, digits_plane, plane_vae),
    Recipe("digits-style", 5, digits_style, style_m2),
)
