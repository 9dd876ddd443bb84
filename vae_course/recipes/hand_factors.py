"""The models of chapter 9: pose, viewpoint and content of a hand kept apart, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import kl_divergence
from torch.nn.functional import avg_pool2d

from vae_course.data.hand_factors import factor_numbers
from vae_course.data.hand_modalities import hand_units
from vae_course.evaluation.disentanglement import dci, mig
from vae_course.evaluation.hand_factors import explained, factor_errors, leakage
from vae_course.models import CrossModalVAE, DisentangledVAE, Gaussian
from vae_course.models.hands import (
    FACTOR_DIMS,
    FACTOR_SIGMA,
    FACTOR_SIZES,
    disentangled_hands,
    factor_reader,
    image_encoder,
    photograph_encoder,
    plain_hands,
)
from vae_course.nets import Decoder
from vae_course.objectives import Bound, cross_modal, elbo, elbo_dis, elbo_emb
from vae_course.recipes.bench import Bench
from vae_course.recipes.hand_rows import Rows, count_factors, factor_hands, halved
from vae_course.recipes.recipe import Recipe, Sweep, Trained

LAMBDAS = {"reconstruction pose": 10.0, "reconstruction view": 10.0, "reconstruction content": 10.0}
"""Weights of the factors in both stages; that of the photograph and beta are 1."""

BETA = 10.0
"""Weight of the KL term in the model that is told of no factor."""

SETTINGS = {
    "factors": {"steps": 9000, "batch_size": 32, "lr": 2e-3},
    "rgb": {"steps": 9000, "batch_size": 32, "lr": 1e-3},
    "reader": {"steps": 10_000, "batch_size": 32, "lr": 1e-3},
}

IMAGE_STEPS = 700
"""Steps of the second stage that draw the photograph."""


def settings_of(bench: Bench, name: str) -> dict[str, Any]:
    """The settings of a shipped model at the bench's budget."""
    of = SETTINGS[name]
    return of | {"steps": bench.run.choose(smoke=2, reader=of["steps"], full=4 * of["steps"])}


def softened(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units` of photographs, half of them blurred over 3 x 3 pixels: decoders draw softly, too."""
    batch = hand_units(rows)
    images = batch["rgb"].unflatten(1, (3, 32, 32))
    soft = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    blurred = avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    return batch | {"rgb": torch.where(soft < 0.5, images, blurred).flatten(1)}


# --- the shipped models


def units(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units`; nothing here is random."""
    return hand_units(rows)


def in_words(bench: Bench, name: str) -> dict[str, str]:
    """Budget and data of a shipped model."""
    steps, batch_size, lr = settings_of(bench, name).values()
    size = 32 if name == "reader" else 64
    return {
        "budget": f"{steps} steps of {batch_size} hands, Adam from {lr} to 0",
        "data": f"{count_factors(bench, 'train'):,} drawn hands at {size} x {size} pixels, "
        f"figures on {count_factors(bench, 'test'):,} others",
    }


def first_stage(bench: Bench) -> tuple[DisentangledVAE, float]:
    """A latent space with a part for each factor: ELBO_dis, 64 x 64 pixels. Returns the seconds, too."""
    torch.manual_seed(bench.run.seed)
    model = disentangled_hands()
    done = bench.fit(
        "hands/factors",
        model,
        lambda m, batch: elbo_dis(m, batch).weighted(LAMBDAS),
        factor_hands(bench, "train"),
        prepare=units,
        also=LAMBDAS,
        interval=250,
        **settings_of(bench, "factors"),
    )
    return model.half().float(), done.seconds  # rounded as they will be stored


def figures_of(model: DisentangledVAE, z: Tensor, test: Rows) -> dict[str, float]:
    """Errors of the factors and of the photograph that are decoded from codes z."""
    figures = _errors({name: model.p_x(z, name).mean for name in FACTOR_DIMS}, test)
    figures["rgb_rms"] = (model.p_x(z, "rgb").mean - test["rgb"]).square().mean().sqrt().item()
    return figures


def factors(bench: Bench) -> Trained:
    """The recipe of the first stage."""
    model, seconds = first_stage(bench)
    test = hand_units(factor_hands(bench, "test"))
    with torch.no_grad():
        figures = figures_of(model, model.q_factors(test).mean, test)
    more = {"weights": LAMBDAS}
    return Trained(model.half(), seconds=seconds, figures=figures, more=more, **in_words(bench, "factors"))


def factors_alone(m: Any, batch: Rows) -> Bound:
    """The terms of the factors, for codes of photographs, without drawing these again."""
    q = m.q_z(batch["rgb"], "rgb")
    z = q.rsample()
    terms = {f"reconstruction {f}": m.p_x(z, f).log_prob(batch[f]) for f in FACTOR_DIMS}
    return Bound(terms | {"kl": kl_divergence(q, m.p_z())}).weighted(LAMBDAS)


def rgb(bench: Bench) -> Trained:
    """The second stage: an encoder of photographs into the latent space of the first, by ELBO_emb.

    Drawing costs most. So the photograph's term is left out at first, and the last IMAGE_STEPS have all terms.
    """
    model, _ = first_stage(bench)
    torch.manual_seed(bench.run.seed)
    model.embed("rgb", photograph_encoder())

    def all_terms(m: DisentangledVAE, batch: Rows) -> Bound:
        return elbo_emb(m, batch, "rgb").weighted(LAMBDAS)

    settings = settings_of(bench, "rgb")
    steps = bench.run.choose(smoke=2, reader=IMAGE_STEPS, full=4 * IMAGE_STEPS)
    last = settings | {"steps": steps, "lr": settings["lr"] / 4}
    rows, common = factor_hands(bench, "train"), {"prepare": units, "also": LAMBDAS, "interval": 250}
    begun = bench.fit("hands/photographs, factors alone", model, factors_alone, rows, **common, **settings)
    ended = bench.fit("hands/photographs, all terms", model, all_terms, rows, **common, **last)
    model.half().float()
    test = hand_units(factor_hands(bench, "test"))
    with torch.no_grad():
        figures = figures_of(model, model.q_z(test["rgb"], "rgb").mean, test)
    words = in_words(bench, "rgb")
    return Trained(
        model.encoders["rgb"].half(),
        budget=f"{words['budget']}, then {steps} with the photograph's term, from {last['lr']:g}",
        data=words["data"],
        seconds=round(begun.seconds + ended.seconds, 1),
        figures=figures,
        more={"weights": LAMBDAS},
    )


READER_SEED = 100
"""Of the shipped reader, and of the one that judges the models that are compared."""


def trained_reader(bench: Bench) -> tuple[nn.Module, float]:
    """The network that reads pose, view and content from a picture at half size. It sees drawn hands only."""
    torch.manual_seed(bench.run.seed)
    reader = factor_reader(32)

    def objective(network: nn.Module, batch: Rows) -> Bound:
        found = network(batch["rgb"])
        return Bound({name: (found[name] - batch[name]).square().sum(-1) / 0.02 for name in found})  # costs

    rows = halved(factor_hands(bench, "train"))
    settings = settings_of(bench, "reader") | {"interval": 250}
    done = bench.fit("hands/reader", reader, objective, rows, prepare=softened, **settings)
    return reader.half().float(), done.seconds


def reader(bench: Bench) -> Trained:
    """The recipe of the reader."""
    network, seconds = trained_reader(bench)
    test = hand_units(halved(factor_hands(bench, "test")))
    with torch.no_grad():
        figures = _errors(network(test["rgb"]), test)
    return Trained(network.half(), seconds=seconds, figures=figures, **in_words(bench, "reader"))


def _errors(estimated: Rows, true: Rows) -> dict[str, float]:
    return {name: error.mean().item() for name, error in factor_errors(estimated, true).items()}


RECIPES = (
    Recipe("hands-factors", 9, factors, disentangled_hands),
    Recipe("hands-rgb", 9, rgb, photograph_encoder),
    Recipe("hands-reader", 9, reader, lambda: factor_reader(32), seed=READER_SEED),
)


# --- beside a code that is not divided, and a beta-VAE that is told of nothing

SMALL = {"batch_size": 32, "lr": 1e-3}
STEPS = {
    "divided": 1500,
    "divided, factors from photographs": 5000,
    "divided, with photographs": 500,
    "one code, factors from photographs": 5000,
    "one code": 1500,
    "beta-VAE": 1500,
}
"""Steps of the models that are compared at half size."""


def _weighted(bound: Bound) -> Bound:
    names = {
        f"reconstruction {of}{name}": LAMBDAS[f"reconstruction {name}"]
        for name in FACTOR_DIMS
        for of in ("", "rgb to ")
    }
    return bound.weighted({name: weight for name, weight in names.items() if name in bound.terms})


def _one_code() -> CrossModalVAE:
    """As in chapter 8: one code for all. Photographs in; photographs, pose, view and content out."""
    size = sum(FACTOR_DIMS.values())
    plain = plain_hands(32)
    return CrossModalVAE(
        {"rgb": plain.encoder},
        {"rgb": plain.decoder} | {f: Decoder(size, [256, 256], n) for f, n in FACTOR_SIZES.items()},
        {name: Gaussian(FACTOR_SIGMA) for name in ("rgb", *FACTOR_DIMS)},
        size,
    )


def groups(codes: Tensor, numbers: Rows) -> dict[str, list[int]]:
    """Each coordinate of a code, given to the factor that explains it best."""
    best = [max(numbers, key=lambda f: explained(numbers[f], code[:, None])) for code in codes.T]
    return {f: [k for k, name in enumerate(best) if name == f] for f in numbers}


def lengths(bench: Bench) -> dict[str, int]:
    """Steps of the models that are compared, at the bench's budget."""
    return {name: bench.run.choose(smoke=2, reader=steps, full=4 * steps) for name, steps in STEPS.items()}


def compare(bench: Bench, job: dict[str, Any]) -> dict[str, Any]:
    """Train the models of one seed at half size and measure them on the same hands."""
    train, rows = halved(factor_hands(bench, "train")), halved(factor_hands(bench, "test"))
    test, numbers = hand_units(rows), factor_numbers(rows)
    network, _ = trained_reader(bench.at(READER_SEED))
    bench = bench.at(job["seed"])
    torch.manual_seed(job["seed"])
    divided, one, plain = disentangled_hands(32), _one_code(), plain_hands(32)
    pairs = [("rgb", target) for target in ("rgb", *FACTOR_DIMS)]
    seconds = []

    def learn(model: nn.Module, goal: Callable[..., Bound], name: str) -> None:
        settings = SMALL | {"steps": lengths(bench)[name]}
        also = {"weights": LAMBDAS, "beta": BETA}
        done = bench.fit(f"hands/compare/{name}", model, goal, train, prepare=units, also=also, **settings)
        seconds.append(done.seconds)

    learn(divided, lambda m, b: _weighted(elbo_dis(m, b)), "divided")
    divided.embed("rgb", image_encoder(3, 32, sum(FACTOR_DIMS.values())))
    learn(divided, factors_alone, "divided, factors from photographs")
    learn(divided, lambda m, b: _weighted(elbo_emb(m, b, "rgb")), "divided, with photographs")
    learn(one, factors_alone, "one code, factors from photographs")
    learn(one, lambda m, b: _weighted(cross_modal(m, b, pairs)), "one code")
    learn(plain, lambda m, b: elbo(m, b["rgb"]).weighted({"kl": BETA}), "beta-VAE")
    models = {
        "divided": (lambda x: divided.q_z(x, "rgb").mean, lambda z: divided.p_x(z, "rgb").mean),
        "one code": (lambda x: one.q_z(x, "rgb").mean, lambda z: one.p_x(z, "rgb").mean),
        "beta-VAE": (lambda x: plain.q_z(x).mean, lambda z: plain.p_x(z).mean),
    }
    with torch.no_grad():
        found = {"reader on photographs": _errors(network(test["rgb"]), test)}
        for name, (encode, decode) in models.items():
            z = encode(test["rgb"])
            ends = torch.tensor(list(FACTOR_DIMS.values())).cumsum(0).tolist()
            parts = {f: list(range(e - d, e)) for (f, d), e in zip(FACTOR_DIMS.items(), ends, strict=True)}
            found[name] = _judged(
                z, parts if name == "divided" else groups(z, numbers), decode, network, test, numbers
            )
            rest = (decode(z) - test["rgb"]).square().mean().sqrt()
            found[name]["rgb_rms"] = rest.item()
    return {"figures": found, "seconds": round(sum(seconds))}


def _judged(
    z: Tensor, parts: dict[str, list[int]], decode, reader, test: Rows, numbers: Rows
) -> dict[str, Any]:
    """Read-back errors without and after swaps, what each part tells about each factor, and two measures."""
    other = torch.arange(len(z)).roll(len(z) // 2)
    errors: dict[str, dict[str, float]] = {"unswapped": _errors(reader(decode(z)), test)}
    for factor, part in parts.items():
        mixed = z.clone()
        mixed[:, part] = z[other][:, part]
        truth = {f: test[f][other] if f == factor else test[f] for f in FACTOR_DIMS}
        errors[f"{factor} swapped"] = _errors(reader(decode(mixed)), truth)
    codes = {f: z[:, part] if part else torch.zeros(len(z), 1) for f, part in parts.items()}
    every = torch.cat(list(numbers.values()), 1)
    edges = [torch.quantile(column, torch.linspace(0, 1, 6)[1:-1]) for column in every.T]
    classes = torch.stack(
        [torch.bucketize(c.contiguous(), e) for c, e in zip(every.T, edges, strict=True)], 1
    )
    return {
        "sizes": {f: len(part) for f, part in parts.items()},
        "errors": errors,
        "explained": leakage(codes, numbers).tolist(),
        "mig": mig(z, classes),
        "dci": float(dci(z, classes, seed=0).disentanglement),
    }


def plan(bench: Bench, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """One row a seed."""
    return [{"seed": seed} for seed in seeds]


def about(bench: Bench) -> dict[str, Any]:
    """Budget and data of the models that are compared."""
    steps = ", ".join(f"{name} {count}" for name, count in lengths(bench).items())
    return {
        "budget": f"steps of {SMALL['batch_size']} hands: {steps}",
        "data": f"{count_factors(bench, 'train'):,} drawn hands at 32 x 32 pixels, "
        f"figures on {count_factors(bench, 'test'):,} others",
        "beta": BETA,
    }


SWEEPS = (Sweep("sweeps/hand-factors", 9, plan, compare, about, (0, 1, 2), rows="runs"),)
