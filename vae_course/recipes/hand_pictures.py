"""Decoders of pictures of 128 pixels for the codes of the shipped model of chapter 8."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vae_course.data.hand_modalities import draw_hand_rows, hand_units
from vae_course.models import CrossModalVAE
from vae_course.models.hands import IMAGES, LATENT_DIM, picture_decoders, skeleton_hands
from vae_course.recipes.bench import Bench, Fitted
from vae_course.recipes.hand_rows import Rows
from vae_course.recipes.hands import OUTLINE, PICTURES, SHARPNESS, Visits, in_turn
from vae_course.recipes.recipe import Recipe, Trained
from vae_course.weights import load_weights

SIZE = 128

FROM_BOTH: Visits = {
    "photograph to pictures": (0.5, "rgb", PICTURES),
    "2-D joints to pictures": (0.5, "joints_2d", PICTURES),
}
FROM_JOINTS: Visits = {"2-D joints to pictures": (1.0, "joints_2d", PICTURES)}

BATCH = 32
BOTH_STEPS, BOTH_LR = 6000, 3e-3
JOINTS_STEPS, JOINTS_LR = 3000, 1.5e-3
"""Photographs teach the colours of the skin. Their codes err about the joints, though, and whoever draws from them
learns to draw softly; the outline is learned from joints last, with the colours fixed."""


def shipped_model() -> CrossModalVAE:
    """The model whose codes are drawn."""
    model = skeleton_hands(sharpness=SHARPNESS)
    load_weights("hands-encoders", model.encoders)
    load_weights("hands-decoders", model.decoders)
    return model


def count(bench: Bench, split: str) -> int:
    """How many hands are drawn for "train" or "test"."""
    if split == "test":
        return bench.run.choose(smoke=8, reader=500, full=1000)
    return bench.run.choose(smoke=12, reader=12_000, full=96_000)


def both_sizes(bench: Bench, split: str) -> Rows:
    """Hands "train" or "test", drawn at 64 x 64 pixels and again as `fine_rgb` and `fine_depth`, at twice that."""
    settings = {"n": count(bench, split), "seed": {"train": 1, "test": 2}[split]}

    def draw() -> Rows:
        rows, fine = draw_hand_rows(**settings), draw_hand_rows(**settings, size=SIZE)
        rows |= {f"fine_{name}": fine[name] for name in ("rgb", "depth")}
        return {name: rows[name] for name in ("rgb", "joints_2d", "fine_rgb", "fine_depth")}

    return bench.data("hands/drawn at 128 pixels", settings, draw)


def units(rows: Rows, generator: torch.Generator | None = None) -> Rows:
    """What is encoded at 64 pixels, and what is to be drawn at 128; nothing here is random."""
    fine = hand_units({name: rows[f"fine_{name}"] for name in ("rgb", "depth")})
    coarse = hand_units({name: rows[name] for name in ("rgb", "joints_2d")})
    return coarse | {name: fine[name] for name in PICTURES}


def enlarged(pictures: Tensor, channels: int) -> Tensor:
    """Pictures of 64 pixels at twice their size, bilinear: (n, channels * 64 * 64) -> (n, channels * 128 * 128)."""
    images = pictures.view(-1, channels, SIZE // 2, SIZE // 2)
    return interpolate(images, (SIZE, SIZE), mode="bilinear", align_corners=False).flatten(1)


def figures_of(coarse: CrossModalVAE, fine: CrossModalVAE, test: Rows) -> dict[str, float]:
    """Errors of pictures from the codes of 2-D joints, beside those of 64 pixels, enlarged."""
    errors: dict[str, list[Tensor]] = {}
    with torch.no_grad():
        for part in torch.arange(len(test["rgb"])).split(50):
            batch = units({name: tensor[part] for name, tensor in test.items()})
            z = coarse.q_z(batch["joints_2d"], "joints_2d").mean
            for name in PICTURES:
                small = enlarged(coarse.p_x(z, name).mean, IMAGES[name])
                for of, picture in {"enlarged": small, "fine": fine.p_x(z, name).mean}.items():
                    square = (picture - batch[name]).square().mean(1)
                    errors.setdefault(f"{of}: rms {name}", []).append(square)
                    if name == "depth":
                        hand, outline = batch[name] > OUTLINE, picture > OUTLINE
                        shared = (hand & outline).sum(1) / (hand | outline).sum(1)
                        errors.setdefault(f"{of}: outline", []).append(shared)
    means = {name: torch.cat(parts).mean() for name, parts in errors.items()}
    return {name: (mean.sqrt() if "rms" in name else mean).item() for name, mean in means.items()}


def learn(bench: Bench, name: str, model: CrossModalVAE, visits: Visits, length: int, lr: float) -> Fitted:
    """Train what learns of the model on some visits, and round the weights as they will be stored."""
    done = bench.fit(
        f"hands/{name}",
        model,
        in_turn(visits),
        both_sizes(bench, "train"),
        prepare=units,
        also={"visits": visits},
        steps=bench.run.choose(smoke=2, reader=length, full=4 * length),
        batch_size=bench.run.choose(smoke=4, reader=BATCH, full=BATCH),
        lr=lr,
        precision="bf16",
    )
    model.half().float()
    return done


def train(bench: Bench) -> Trained:
    """The decoders alone: what encodes, and what finds the joints, is the shipped model."""
    coarse = shipped_model()
    torch.manual_seed(bench.run.seed)
    fine = CrossModalVAE(
        {name: coarse.encoders[name] for name in ("rgb", "joints_2d")},
        dict(picture_decoders(coarse, SIZE)),
        {name: coarse.likelihoods[name] for name in PICTURES},
        LATENT_DIM,
    )
    fine.encoders.requires_grad_(False)
    both = learn(bench, "pictures of 128 pixels", fine, FROM_BOTH, BOTH_STEPS, BOTH_LR)
    fine.decoders["cutout"].colours.requires_grad_(False)
    joints = learn(bench, "outlines of 128 pixels", fine, FROM_JOINTS, JOINTS_STEPS, JOINTS_LR)
    figures = figures_of(coarse, fine, both_sizes(bench, "test"))
    lengths = [bench.run.choose(smoke=2, reader=n, full=4 * n) for n in (BOTH_STEPS, JOINTS_STEPS)]
    return Trained(
        fine.decoders.half(),
        budget=f"{lengths[0]} steps of {BATCH} hands from photographs and 2-D joints, {lengths[1]} from 2-D joints",
        data=f"{count(bench, 'train'):,} drawn hands at {SIZE} x {SIZE} pixels, "
        f"figures on {count(bench, 'test'):,} others",
        seconds=round(both.seconds + joints.seconds),
        figures=figures,
    )


RECIPES = (Recipe("hands-pictures-128", 8, train, lambda: picture_decoders(skeleton_hands(), SIZE)),)
