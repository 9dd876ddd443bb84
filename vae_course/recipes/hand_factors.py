"""Train the models of chapter 9: pose, viewpoint and content of a hand kept apart, and what they are compared with.

    python -m vae_course.recipes.hand_factors data          draw the hands, a minute and a half on one core
    python -m vae_course.recipes.hand_factors factors       first stage: a latent space with a part for each factor
    python -m vae_course.recipes.hand_factors rgb           second stage: photographs find their place in it
    python -m vae_course.recipes.hand_factors reader        the network that reads factors from pictures, to judge with
    python -m vae_course.recipes.hand_factors compare --seed 0 1   beside a code that is not divided, and a beta-VAE

Hands and models lie in `.runs/hands/`. What is there is not made again; an interrupted training goes on where it
stopped. `vae-course train` ships the models in SHIPPED; `compare` works at half size, 32 x 32 pixels, and its
figures go to `vae_course/weights/sweeps/hand-factors.json`.
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
from torch.distributions import kl_divergence
from torch.nn.functional import avg_pool2d

from vae_course.data.hand_factors import draw_factor_rows, factor_numbers
from vae_course.data.hand_modalities import hand_units
from vae_course.evaluation.disentanglement import dci, mig
from vae_course.evaluation.hand_factors import explained, factor_errors, leakage
from vae_course.files import write_whole
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
from vae_course.training import fit

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".runs" / "hands"
Rows = dict[str, Tensor]
Made = tuple[nn.Module, dict[str, Any]]

HANDS = {"train": (12_000, 11), "test": (1_000, 12)}
"""How many hands, and the seed they are drawn from."""

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


# --- the hands


def hands(split: str) -> Rows:
    """The drawn hands of "train" or "test", from the cache where they are there: photographs and factors."""
    n, seed = HANDS[split]
    path = RUNS / f"factors-{n}-{seed}.pt"
    if not path.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        torch.save(draw_factor_rows(n, seed=seed), path)
    rows = torch.load(path, weights_only=True)
    return {name: rows[name] for name in ("rgb", *FACTOR_DIMS)}


def halved(rows: Rows) -> Rows:
    """The same hands with photographs of 32 x 32 pixels, each the mean of 2 x 2."""
    images = rows["rgb"].view(-1, 3, 64, 64)
    small = torch.cat([avg_pool2d(part.float(), 2).round().to(torch.uint8) for part in images.split(1000)])
    return rows | {"rgb": small.flatten(1)}


def softened(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units` of photographs, half of them blurred over 3 x 3 pixels: decoders draw softly, too."""
    batch = hand_units(rows)
    images = batch["rgb"].unflatten(1, (3, 32, 32))
    soft = torch.rand(len(images), 1, 1, 1, generator=generator)
    blurred = avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    return batch | {"rgb": torch.where(soft < 0.5, images, blurred).flatten(1)}


# --- the trainings


def _recipe(name: str, seed: int, began: float, figures: dict[str, float], **more: Any) -> dict[str, Any]:
    steps, batch_size, lr = SETTINGS[name].values()
    size = 32 if name == "reader" else 64
    return {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of {batch_size} hands, Adam from {lr} to 0",
        "data": f"{HANDS['train'][0]:,} drawn hands at {size} x {size} pixels, "
        f"figures on {HANDS['test'][0]:,} others",
        "seconds": round(time.process_time() - began),
        "figures": figures,
        **more,
    }


def train_factors(checkpoint: Path | None = None, seed: int = 0) -> Made:
    """The first stage: ELBO_dis, 64 x 64 pixels."""
    began = time.process_time()
    torch.manual_seed(seed)
    model = disentangled_hands()
    fit(
        model,
        lambda m, batch: elbo_dis(m, batch).weighted(LAMBDAS),
        hands("train"),
        seed=seed,
        prepare=lambda rows, _: hand_units(rows),
        checkpoint=checkpoint,
        interval=250,
        **SETTINGS["factors"],
    )
    model.half().float()  # round the weights as they will be stored, then measure
    test = hand_units(hands("test"))
    with torch.no_grad():
        z = model.q_factors(test).mean
        figures = _errors({name: model.p_x(z, name).mean for name in FACTOR_DIMS}, test)
        figures["rgb_rms"] = (model.p_x(z, "rgb").mean - test["rgb"]).square().mean().sqrt().item()
    return model, _recipe("factors", seed, began, figures, weights=LAMBDAS)


def factors_alone(m: Any, batch: Rows) -> Bound:
    """The terms of the factors, for codes of photographs, without drawing these again."""
    q = m.q_z(batch["rgb"], "rgb")
    z = q.rsample()
    terms = {f"reconstruction {f}": m.p_x(z, f).log_prob(batch[f]) for f in FACTOR_DIMS}
    return Bound(terms | {"kl": kl_divergence(q, m.p_z())}).weighted(LAMBDAS)


def train_rgb(checkpoint: Path | None = None, seed: int = 0) -> Made:
    """The second stage: an encoder of photographs into the latent space of `factors`, by ELBO_emb.

    Drawing costs most. So the photograph's term is left out at first, and the last IMAGE_STEPS have all terms.
    """
    began = time.process_time()
    model = made("factors")
    torch.manual_seed(seed)
    model.embed("rgb", photograph_encoder())

    def all_terms(m: DisentangledVAE, batch: Rows) -> Bound:
        return elbo_emb(m, batch, "rgb").weighted(LAMBDAS)

    rows, settings = hands("train"), SETTINGS["rgb"]
    common = {"seed": seed, "prepare": lambda rows, _: hand_units(rows), "interval": 250}
    fit(model, factors_alone, rows, checkpoint=checkpoint, **common, **settings)
    last = settings | {"steps": min(IMAGE_STEPS, settings["steps"]), "lr": settings["lr"] / 4}
    fit(model, all_terms, rows, **common, **last)
    model.half().float()
    test = hand_units(hands("test"))
    with torch.no_grad():
        z = model.q_z(test["rgb"], "rgb").mean
        figures = _errors({name: model.p_x(z, name).mean for name in FACTOR_DIMS}, test)
        figures["rgb_rms"] = (model.p_x(z, "rgb").mean - test["rgb"]).square().mean().sqrt().item()
    more = f"then {last['steps']} with the photograph's term, from {last['lr']:g}"
    recipe = _recipe("rgb", seed, began, figures, weights=LAMBDAS)
    return model.encoders["rgb"], recipe | {"budget": f"{recipe['budget']}, {more}"}


def train_reader(checkpoint: Path | None = None, seed: int = 100) -> Made:
    """The network that reads pose, view and content from a picture at half size. It sees drawn hands only."""
    began = time.process_time()
    torch.manual_seed(seed)
    reader = factor_reader(32)

    def objective(network: nn.Module, batch: Rows) -> Bound:
        found = network(batch["rgb"])
        return Bound({name: (found[name] - batch[name]).square().sum(-1) / 0.02 for name in found})  # costs

    fit(
        reader,
        objective,
        halved(hands("train")),
        seed=seed,
        prepare=softened,
        checkpoint=checkpoint,
        interval=250,
        **SETTINGS["reader"],
    )
    reader.half().float()
    test = hand_units(halved(hands("test")))
    with torch.no_grad():
        return reader, _recipe("reader", seed, began, _errors(reader(test["rgb"]), test))


def _errors(estimated: Rows, true: Rows) -> dict[str, float]:
    return {name: error.mean().item() for name, error in factor_errors(estimated, true).items()}


# --- what is there already

TRAININGS: dict[str, Callable[..., Made]] = {
    "factors": train_factors,
    "rgb": train_rgb,
    "reader": train_reader,
}
SHIPPED = {f"hands-{name}": name for name in TRAININGS}
"""The weights that come with the library, and which training each comes from."""


def empty(name: str) -> nn.Module:
    """The network of a training, untrained."""
    builders: dict[str, Callable[[], nn.Module]] = {
        "factors": disentangled_hands,
        "rgb": photograph_encoder,
        "reader": lambda: factor_reader(32),
    }
    return builders[name]()


def make(name: str) -> dict[str, Any]:
    """Train a model unless it is in `.runs/hands/`; returns its recipe."""
    weights, recipe = RUNS / f"chapter-9-{name}.pt", RUNS / f"chapter-9-{name}.json"
    if not recipe.exists():
        checkpoint = RUNS / f"chapter-9-{name}.checkpoint"
        module, content = TRAININGS[name](checkpoint)
        torch.save(module.state_dict(), weights)
        write_whole({recipe: json.dumps(content, indent=1) + "\n"})
        checkpoint.unlink(missing_ok=True)
    return json.loads(recipe.read_text())


def made(name: str) -> Any:
    """A trained model, trained now if it is not there."""
    make(name)
    module = empty(name)
    module.load_state_dict(torch.load(RUNS / f"chapter-9-{name}.pt", weights_only=True))
    return module


def shipped(name: str) -> Callable[[Path], Made]:
    """The training of one of SHIPPED, as `vae-course train` takes it."""

    def training(checkpoint: Path) -> Made:
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.touch()
        return made(SHIPPED[name]).half(), make(SHIPPED[name])

    return training


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


def compare(seed: int) -> dict[str, Any]:
    """Train the models of one seed at half size and measure them on the same 1,000 hands."""
    train, rows = halved(hands("train")), halved(hands("test"))
    test, numbers = hand_units(rows), factor_numbers(rows)
    reader = made("reader")
    torch.manual_seed(seed)
    divided, one, plain = disentangled_hands(32), _one_code(), plain_hands(32)
    pairs = [("rgb", target) for target in ("rgb", *FACTOR_DIMS)]

    def learn(model: nn.Module, goal: Callable[..., Bound], name: str) -> None:
        settings = SMALL | {"steps": STEPS[name], "seed": seed}
        fit(model, goal, train, prepare=lambda r, _: hand_units(r), **settings)

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
        found = {"reader on photographs": _errors(reader(test["rgb"]), test)}
        for name, (encode, decode) in models.items():
            z = encode(test["rgb"])
            ends = torch.tensor(list(FACTOR_DIMS.values())).cumsum(0).tolist()
            parts = {f: list(range(e - d, e)) for (f, d), e in zip(FACTOR_DIMS.items(), ends, strict=True)}
            found[name] = _judged(
                z, parts if name == "divided" else groups(z, numbers), decode, reader, test, numbers
            )
            rest = (decode(z) - test["rgb"]).square().mean().sqrt()
            found[name]["rgb_rms"] = rest.item()
    return {"seed": seed, "figures": found}


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


def run_compare(seeds: Sequence[int]) -> Path:
    """Compare for each seed unless it is there, and gather the figures in a sweep."""
    runs = []
    for seed in seeds:
        path = RUNS / f"chapter-9-compare-{seed}.json"
        if not path.exists():
            began = time.process_time()
            write_whole(
                {path: json.dumps(compare(seed) | {"seconds": round(time.process_time() - began)}) + "\n"}
            )
        runs.append(json.loads(path.read_text()))
    content = {
        "made by": "tools/hand_factor_models.py compare",
        "device": "cpu",
        "budget": f"steps of {SMALL['batch_size']} hands: " + ", ".join(f"{n} {s}" for n, s in STEPS.items()),
        "data": f"{HANDS['train'][0]:,} drawn hands at 32 x 32 pixels, figures on {HANDS['test'][0]:,} others",
        "beta": BETA,
        "torch": torch.__version__.partition("+")[0],
        "runs": runs,
    }
    path = ROOT / "vae_course" / "weights" / "sweeps" / "hand-factors.json"
    write_whole({path: json.dumps(content, indent=1) + "\n"})
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", choices=["data", *TRAININGS, "compare"])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    options = parser.parse_args(arguments)
    for what in options.what:
        if what == "data":
            for split in HANDS:
                hands(split)
        elif what == "compare":
            print(f"wrote {run_compare(options.seed).relative_to(ROOT)}", flush=True)
        else:
            recipe = make(what)
            print(what, f"{recipe['seconds']} s", recipe["figures"], flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
