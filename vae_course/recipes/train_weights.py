"""Train weights that the library ships, and write them with their recipe.

    python -m vae_course.recipes.train_weights digit-features

Interrupted, it goes on where it stopped when it is started again; the checkpoint lies in `.runs/`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vae_course import evaluation, models, nets, objectives, training
from vae_course.data import binarize, jitter, load_digits
from vae_course.evaluation.digit_features import accuracy, train_digit_classifier
from vae_course.explorers import posterior_shapes as shapes
from vae_course.explorers.latent_plane import plane_vae
from vae_course.explorers.style_grid import style_m2
from vae_course.recipes import hand_factors, hands, labels, sprites
from vae_course.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]


def digit_features(checkpoint: Path, steps: int = 1500, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The classifier of `vae_course.evaluation.digit_features`, about a minute on one core."""
    digits = load_digits()
    model = train_digit_classifier(
        digits.train, steps=steps, batch_size=150, seed=seed, checkpoint=checkpoint
    )
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 150 images, a third of them under noise",
        "data": f"{digits.name}, training split of {len(digits.train)}",
        "figures": {
            "accuracy_val": accuracy(model, digits.val),
            "accuracy_test": accuracy(model, digits.test),
        },
    }


def mean_field(seed: int) -> models.VAE:
    """The VAE of chapter 10 whose posterior is a diagonal Gaussian."""
    torch.manual_seed(seed)
    decoder = nets.Decoder(20, [192], 784)
    return models.VAE(nets.GaussianEncoder(784, [192], 20), decoder, models.Bernoulli())


def flow(seed: int) -> models.FlowVAE:
    """The same with four steps of inverse autoregressive flow behind the Gaussian."""
    torch.manual_seed(seed)
    decoder = nets.Decoder(20, [192], 784)
    encoder = nets.GaussianEncoder(784, [192], 40)
    return models.FlowVAE(encoder, decoder, models.Bernoulli(), flows=4, context_dim=20, hidden=64)


def limits_posterior(
    build: Callable[[int], models.VAE], checkpoint: Path, steps: int = 8000, seeds: Sequence[int] = (0, 1, 2)
) -> tuple[nn.Module, dict[str, Any]]:
    """One posterior of chapter 10 on binary digits, once for each seed; the first seed's weights are kept."""
    digits = load_digits()
    held_out = torch.cat(
        [binarize(part.images, torch.Generator().manual_seed(0)) for part in (digits.val, digits.test)]
    )
    figures, trained = {}, []
    for seed in seeds:
        model = build(seed)
        path = checkpoint if seed == seeds[0] else checkpoint.with_suffix(f".{seed}.pt")
        training.fit(
            model,
            objectives.elbo,
            digits.train.images,
            steps=steps,
            batch_size=128,
            lr=2e-3,
            seed=seed,
            prepare=lambda images, generator: binarize(jitter(images, generator), generator),
            checkpoint=path,
        )
        trained.append(model)
        figures[f"elbo_seed_{seed}"] = evaluation.evaluate(model, held_out, num_samples=20)["elbo"].mean
        figures[f"log_likelihood_seed_{seed}"] = evaluation.log_likelihood(model, held_out, 200).mean
    for seed in seeds[1:]:
        checkpoint.with_suffix(f".{seed}.pt").unlink()
    return trained[0], {
        "seed": seeds[0],
        "device": "cpu",
        "budget": f"{steps} steps of 128 images, for each of the seeds {', '.join(map(str, seeds))}",
        "data": f"{digits.name}, training split of {len(digits.train)}; figures on the other {len(held_out)}",
        "figures": figures,
    }


def limits_gan(checkpoint: Path, steps: int = 6000, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The generative adversarial network of chapter 10 on grey digits."""
    digits = load_digits()
    torch.manual_seed(seed)
    model = models.GAN(nets.Decoder(16, [192, 192], 784), nets.Encoder(784, [192, 96], 1))
    training.fit(
        model,
        lambda gan, x: objectives.adversarial(gan, x, penalty=10.0),
        digits.train.images,
        steps=steps,
        batch_size=64,
        lr=1e-3,
        seed=seed,
        betas=(0.5, 0.999),
        prepare=lambda images, generator: jitter(images, generator).flatten(1).float() / 255,
        checkpoint=checkpoint,
    )
    reference = torch.cat([digits.val.images, digits.test.images]).flatten(1).float() / 255
    with torch.no_grad(), training.seeded(seed, torch.device("cpu")):
        samples = model.generate(model.p_z().sample((len(reference) // 2,)))
    quality = evaluation.sample_quality(samples, reference)
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 64 images",
        "data": f"{digits.name}, training split of {len(digits.train)}; figures on the other {len(reference)}",
        "figures": {
            "frechet": quality.samples.frechet,
            "precision": quality.samples.precision,
            "recall": quality.samples.recall,
            "frechet_floor": quality.floor.frechet,
        },
    }


def digits_plane(checkpoint: Path, steps: int = 5000, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The VAE with two latent dimensions that the explorer of chapter 4 shows; about a minute."""
    digits = load_digits()
    torch.manual_seed(seed)
    model = plane_vae()
    training.fit(
        model,
        objectives.elbo,
        digits.train.images,
        steps=steps,
        batch_size=128,
        lr=3e-3,
        seed=seed,
        prepare=lambda images, generator: binarize(jitter(images, generator), generator),
        checkpoint=checkpoint,
    )
    held_out = binarize(digits.test.images, torch.Generator().manual_seed(0))
    with training.seeded(seed, torch.device("cpu")):
        terms = evaluation.evaluate(model, held_out, num_samples=10)
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 128 images",
        "data": f"{digits.name}, training split of {len(digits.train)}; figures on the test split",
        "figures": {name: estimate.mean for name, estimate in terms.items()},
    }


def digits_style(checkpoint: Path, steps: int = 6000, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The M2 that the explorer of chapter 5 shows, from 3,000 labels."""
    digits = load_digits()
    torch.manual_seed(seed)
    model = style_m2()
    training.fit(
        model,
        lambda m2, batch: objectives.semi_supervised(m2, batch, classification=labels.WEIGHT),
        labels.partly_labelled(digits.train, 3000, seed),
        steps=steps,
        batch_size=100,
        lr=3e-3,
        seed=seed,
        prepare=lambda batch, random: {"x": labels.prepare(batch["x"], random), "y": batch["y"]},
        checkpoint=checkpoint,
    )
    x = binarize(digits.test.images, torch.Generator().manual_seed(0))
    rows = {"x": x, "y": torch.full((len(x),), objectives.UNLABELLED)}
    with torch.no_grad(), training.seeded(seed, torch.device("cpu")):
        bound = objectives.semi_supervised(model, rows, classification=0.0).value
        right = model.q_y(x).logits.argmax(1) == digits.test.labels
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 100 images",
        "data": f"{digits.name}, training split of {len(digits.train)}, labels of 3000; figures on the test split",
        "figures": {"bound": bound.mean().item(), "accuracy": right.double().mean().item()},
    }


def posterior_shapes(checkpoint: Path, steps: int = 6000, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The flow that the explorer of chapter 10 shows, one for every observation and curvature; about a minute."""
    torch.manual_seed(seed)
    model = shapes.shapes_flow()
    settings = shapes.uniform_settings(20_000, torch.Generator().manual_seed(seed))
    training.fit(
        model,
        shapes.shapes_bound,
        settings,
        steps=steps,
        batch_size=300,
        lr=5e-3,
        seed=seed,
        checkpoint=checkpoint,
    )
    gaps = {
        f"{name}_x_{x:g}_curvature_{curvature:g}": gap
        for x, curvature in shapes.MEASURED
        for name, gap in shapes.gaps(model, x, curvature).items()
    }
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 300 pairs of observation and curvature",
        "data": "20,000 pairs, uniform; figures are gaps in nats, the flow's by 20,000 draws",
        "figures": gaps,
    }


TRAININGS: dict[str, Callable[[Path], tuple[nn.Module, dict[str, Any]]]] = {
    "digit-features": digit_features,
    "digits-plane": digits_plane,
    "posterior-shapes": posterior_shapes,
    "digits-style": digits_style,
    "limits-mean-field": lambda checkpoint: limits_posterior(mean_field, checkpoint),
    "limits-flow": lambda checkpoint: limits_posterior(flow, checkpoint),
    "limits-gan": limits_gan,
    "hands-encoders": hands.shipped("encoders"),
    "hands-decoders": hands.shipped("decoders"),
    "hands-real": hands.shipped_real,
    **{name: hand_factors.shipped(name) for name in hand_factors.SHIPPED},
    **{name: sprites.shipped(name) for name in sprites.SHIPPED},
}
"""Each takes the path of its checkpoint and returns the trained module and its recipe."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=sorted(TRAININGS))
    name = parser.parse_args(arguments).name
    checkpoint = ROOT / ".runs" / f"{name}.pt"
    began = time.perf_counter()
    module, recipe = TRAININGS[name](checkpoint)
    paths = save_weights(name, module, recipe)
    checkpoint.unlink()  # done: the next call trains from the start
    for what, value in recipe["figures"].items():
        print(f"{what}: {value:.4f}")
    print(*[f"wrote {path.relative_to(ROOT)} ({path.stat().st_size:,} bytes)" for path in paths], sep="\n")
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
