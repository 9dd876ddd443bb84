"""Train the models of chapter 9: pose, viewpoint and content of a hand kept apart, and what they are compared with.

    python tools/hand_factor_models.py data          draw the hands, a minute and a half on one core
    python tools/hand_factor_models.py factors       first stage: a latent space with a part for each factor
    python tools/hand_factor_models.py rgb           second stage: photographs find their place in it
    python tools/hand_factor_models.py reader        the network that reads factors from pictures, to judge with
    python tools/hand_factor_models.py plain         a beta-VAE that is told of no factor
    python tools/hand_factor_models.py weak          photographs embedded with few labels, several seeds
    python tools/hand_factor_models.py seeds         both stages at half size, several seeds

Hands and models lie in `.runs/hands/`. What is there is not made again; an interrupted training goes on where it
stopped. `tools/train_weights.py` ships the models in SHIPPED.
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
from torch.nn.functional import avg_pool2d

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script, tools/ alone would be there
from vae_course.data.hand_factors import draw_factor_rows
from vae_course.data.hand_modalities import hand_units
from vae_course.evaluation.hand_factors import factor_errors
from vae_course.files import write_whole
from vae_course.models.hands import (
    FACTOR_DIMS,
    disentangled_hands,
    factor_reader,
    image_encoder,
    plain_hands,
)
from vae_course.objectives import Bound, elbo, elbo_dis, elbo_emb
from vae_course.training import fit

ROOT = Path(__file__).resolve().parents[1]
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
    "rgb": {"steps": 3000, "batch_size": 32, "lr": 1e-3},
    "reader": {"steps": 4000, "batch_size": 32, "lr": 1e-3},
    "plain": {"steps": 2500, "batch_size": 64, "lr": 1e-3},
}


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


def softened(rows: Rows, generator: torch.Generator) -> Rows:
    """`hand_units` of photographs, half of them blurred over 3 x 3 pixels: decoders draw softly, too."""
    batch = hand_units(rows)
    images = batch["rgb"].unflatten(1, (3, 64, 64))
    soft = torch.rand(len(images), 1, 1, 1, generator=generator)
    blurred = avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    return batch | {"rgb": torch.where(soft < 0.5, images, blurred).flatten(1)}


# --- the trainings


def _recipe(name: str, seed: int, began: float, figures: dict[str, float], **more: Any) -> dict[str, Any]:
    steps, batch_size, lr = SETTINGS[name].values()
    return {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of {batch_size} hands, Adam from {lr} to 0",
        "data": f"{HANDS['train'][0]:,} drawn hands at 64 x 64 pixels, figures on {HANDS['test'][0]:,} others",
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


def train_rgb(checkpoint: Path | None = None, seed: int = 0) -> Made:
    """The second stage: an encoder of photographs, by ELBO_emb, into the latent space of `factors`."""
    began = time.process_time()
    model = made("factors")
    torch.manual_seed(seed)
    model.embed("rgb", image_encoder(3, 64, sum(FACTOR_DIMS.values())))
    fit(
        model,
        lambda m, batch: elbo_emb(m, batch, "rgb").weighted(LAMBDAS),
        hands("train"),
        seed=seed,
        prepare=lambda rows, _: hand_units(rows),
        checkpoint=checkpoint,
        interval=250,
        **SETTINGS["rgb"],
    )
    model.half().float()
    test = hand_units(hands("test"))
    with torch.no_grad():
        z = model.q_z(test["rgb"], "rgb").mean
        figures = _errors({name: model.p_x(z, name).mean for name in FACTOR_DIMS}, test)
        figures["rgb_rms"] = (model.p_x(z, "rgb").mean - test["rgb"]).square().mean().sqrt().item()
    return model.encoders["rgb"], _recipe("rgb", seed, began, figures, weights=LAMBDAS)


def train_reader(checkpoint: Path | None = None, seed: int = 100) -> Made:
    """The network that reads pose, view and content from a picture. It sees drawn hands only, no model's pictures."""
    began = time.process_time()
    torch.manual_seed(seed)
    reader = factor_reader()

    def objective(network: nn.Module, batch: Rows) -> Bound:
        found = network(batch["rgb"])
        return Bound({name: -(found[name] - batch[name]).square().sum(-1) / 0.02 for name in found})

    fit(
        reader,
        objective,
        hands("train"),
        seed=seed,
        prepare=softened,
        checkpoint=checkpoint,
        interval=250,
        **SETTINGS["reader"],
    )
    reader.half().float()
    test = hand_units(hands("test"))
    with torch.no_grad():
        return reader, _recipe("reader", seed, began, _errors(reader(test["rgb"]), test))


def train_plain(checkpoint: Path | None = None, seed: int = 0) -> Made:
    """A beta-VAE of the same photographs."""
    began = time.process_time()
    torch.manual_seed(seed)
    model = plain_hands()
    fit(
        model,
        lambda m, x: elbo(m, x).weighted({"kl": BETA}),
        hands("train")["rgb"],
        seed=seed,
        prepare=lambda x, _: hand_units({"rgb": x})["rgb"],
        checkpoint=checkpoint,
        interval=250,
        **SETTINGS["plain"],
    )
    model.half().float()
    x = hand_units(hands("test"))["rgb"]
    with torch.no_grad():
        rms = (model.p_x(model.q_z(x).mean).mean - x).square().mean().sqrt().item()
    return model, _recipe("plain", seed, began, {"rgb_rms": rms}, beta=BETA)


def _errors(estimated: Rows, true: Rows) -> dict[str, float]:
    return {name: error.mean().item() for name, error in factor_errors(estimated, true).items()}


# --- what is there already

TRAININGS: dict[str, Callable[..., Made]] = {
    "factors": train_factors,
    "rgb": train_rgb,
    "reader": train_reader,
    "plain": train_plain,
}
SHIPPED = {f"hands-{name}": name for name in TRAININGS}
"""The weights that come with the library, and which training each comes from."""


def empty(name: str) -> nn.Module:
    """The network of a training, untrained."""
    builders: dict[str, Callable[[], nn.Module]] = {
        "factors": disentangled_hands,
        "rgb": lambda: image_encoder(3, 64, sum(FACTOR_DIMS.values())),
        "reader": factor_reader,
        "plain": plain_hands,
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
    """The training of one of SHIPPED, as `tools/train_weights.py` takes it."""

    def training(checkpoint: Path) -> Made:
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.touch()
        return made(SHIPPED[name]).half(), make(SHIPPED[name])

    return training


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", choices=["data", *TRAININGS])
    for what in parser.parse_args(arguments).what:
        if what == "data":
            for split in HANDS:
                hands(split)
        else:
            recipe = make(what)
            print(what, f"{recipe['seconds']} s", recipe["figures"], flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
