"""The models of chapter 10: two posteriors for one VAE, an adversarial network, and the flow behind the explorer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from vae_course import evaluation, models, nets, objectives, training
from vae_course.data import binarize, jitter
from vae_course.recipes.bench import Bench
from vae_course.recipes.digits import digits_of, moved_and_binary, some
from vae_course.recipes.recipe import Recipe, Trained


def mean_field() -> models.VAE:
    """The VAE whose posterior is a diagonal Gaussian."""
    decoder = nets.Decoder(20, [192], 784)
    return models.VAE(nets.GaussianEncoder(784, [192], 20), decoder, models.Bernoulli())


def flow() -> models.FlowVAE:
    """The same with four steps of inverse autoregressive flow behind the Gaussian."""
    decoder = nets.Decoder(20, [192], 784)
    encoder = nets.GaussianEncoder(784, [192], 40)
    return models.FlowVAE(encoder, decoder, models.Bernoulli(), flows=4, context_dim=20, hidden=64)


def gan() -> models.GAN:
    """A generator as large as the decoder of a VAE, and its critic."""
    return models.GAN(nets.Decoder(16, [192, 192], 784), nets.Encoder(784, [192, 96], 1))


def posterior(name: str, build: Callable[[], models.VAE]) -> Callable[[Bench], Trained]:
    """The recipe of one posterior on binary digits: three seeds are measured, the weights of the first are kept.

    Args:
        name: of the weights.
        build: the untrained model.
    """

    def train(bench: Bench) -> Trained:
        digits = digits_of(bench)
        held_out = torch.cat([digits.val.images, digits.test.images])
        held_out = binarize(some(bench, held_out), torch.Generator().manual_seed(0))
        steps = bench.run.choose(smoke=2, reader=8000, full=100_000)
        draws = bench.run.choose(smoke=2, reader=200, full=200)
        seeds = [bench.run.seed + k for k in range(3)]
        figures, trained, seconds = {}, [], 0.0
        for seed in seeds:
            torch.manual_seed(seed)
            model = build()
            settings = {"steps": steps, "batch_size": 128, "lr": 2e-3, "seed": seed}
            images = digits.train.images
            done = bench.fit(name, model, objectives.elbo, images, prepare=moved_and_binary, **settings)
            trained.append(model)
            seconds += done.seconds
            with training.seeded(seed, held_out.device):
                bound = evaluation.evaluate(model, held_out, num_samples=20)["elbo"]
                figures[f"elbo_seed_{seed}"] = bound.mean
                figures[f"log_likelihood_seed_{seed}"] = evaluation.log_likelihood(
                    model, held_out, draws
                ).mean
        return Trained(
            trained[0],
            budget=f"{steps} steps of 128 images, for each of the seeds {', '.join(map(str, seeds))}",
            data=f"{digits.name}, training split of {len(digits.train)}; figures on the other {len(held_out)}",
            seconds=seconds,
            figures=figures,
        )

    return train


def limits_gan(bench: Bench) -> Trained:
    """The generative adversarial network, on grey digits."""
    digits, seed = digits_of(bench), bench.run.seed
    steps = bench.run.choose(smoke=2, reader=6000, full=60_000)
    torch.manual_seed(seed)
    model = gan()
    done = bench.fit(
        "limits-gan",
        model,
        lambda gan, x: objectives.adversarial(gan, x, penalty=10.0),
        digits.train.images,
        prepare=lambda images, generator: jitter(images, generator).flatten(1).float() / 255,
        also={"penalty": 10.0},
        steps=steps,
        batch_size=64,
        lr=1e-3,
        betas=(0.5, 0.999),
    )
    reference = torch.cat([digits.val.images, digits.test.images]).flatten(1).float() / 255
    with torch.no_grad(), training.seeded(seed, reference.device):
        samples = model.generate(model.p_z().sample((len(reference) // 2,)))
    quality = evaluation.sample_quality(samples, reference)
    return Trained(
        model,
        budget=f"{steps} steps of 64 images",
        data=f"{digits.name}, training split of {len(digits.train)}; figures on the other {len(reference)}",
        seconds=done.seconds,
        figures={
            "frechet": quality.samples.frechet,
            "precision": quality.samples.precision,
            "recall": quality.samples.recall,
            "frechet_floor": quality.floor.frechet,
        },
    )


def shapes_flow() -> nn.Module:
    """The untrained flow of the explorer."""
    from vae_course.explorers.posterior_shapes import shapes_flow

    return shapes_flow()


def posterior_shapes(bench: Bench) -> Trained:
    """The flow that the explorer shows, one for every observation and curvature; about a minute."""
    from vae_course.explorers import posterior_shapes as shapes  # it draws with Matplotlib

    seed = bench.run.seed
    steps = bench.run.choose(smoke=3, reader=6000, full=30_000)
    torch.manual_seed(seed)
    model = shapes.shapes_flow()
    pairs = shapes.uniform_settings(20_000, torch.Generator().manual_seed(seed))
    settings = {"steps": steps, "batch_size": 300, "lr": 5e-3}
    done = bench.fit("posterior-shapes", model, shapes.shapes_bound, pairs, **settings)
    gaps = {
        f"{name}_x_{x:g}_curvature_{curvature:g}": gap
        for x, curvature in shapes.MEASURED
        for name, gap in shapes.gaps(model, x, curvature).items()
    }
    return Trained(
        model,
        budget=f"{steps} steps of 300 pairs of observation and curvature",
        data="20,000 pairs, uniform; figures are gaps in nats, the flow's by 20,000 draws",
        seconds=done.seconds,
        figures=gaps,
    )


RECIPES = (
    Recipe("limits-mean-field", 10, posterior("limits-mean-field", mean_field), mean_field),
    Recipe("limits-flow", 10, posterior("limits-flow", flow), flow),
    Recipe("limits-gan", 10, limits_gan, gan),
    Recipe("posterior-shapes", 10, posterior_shapes, shapes_flow),
)
