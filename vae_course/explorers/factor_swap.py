"""Chapter 9: two hands, and a third that takes its pose, its viewpoint and its content from either."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_course.data.hand_factors import draw_factor_rows
from vae_course.data.hand_modalities import hand_units
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures.style import plt
from vae_course.models import DisentangledVAE
from vae_course.models.hands import FACTOR_DIMS, disentangled_hands
from vae_course.weights import load_weights

SIDE = 64
"""Pixels of a picture."""

PAIRS = 6
"""How many pairs of hands one can begin from."""

NAMES = {"pose": "pose", "view": "viewpoint", "content": "wall and skin"}
"""What a reader calls a factor."""


def shipped_factors() -> DisentangledVAE:
    """The model of chapter 9 with its weights. Raises WeightsError if they are not there."""
    return load_weights("hands-factors", disentangled_hands())


@torch.no_grad()
def codes_of_hands(model: DisentangledVAE, n: int = 2 * PAIRS) -> Tensor:
    """Codes (n, latent_dim) of hands that were not trained on, from their factors.

    Args:
        model: encodes.
        n: how many.
    """
    return model.q_factors(hand_units(draw_factor_rows(n, seed=12))).mean


def exported_swap(model: DisentangledVAE, codes: Tensor) -> tuple[Exported]:
    """The decoder of photographs as it travels.

    Args:
        model: decodes.
        codes: on which the error is measured, (n, latent_dim).
    """
    return (export("hands-factors-decoder", model.decoders["rgb"], codes, tolerance=0.2),)


@torch.no_grad()
def factor_swap() -> Explorer:
    """The explorer of chapter 9, with the shipped weights: each factor of the middle hand is A's, B's, or between.

    Raises WeightsError if the weights are not there.
    """
    model = shipped_factors()
    codes = codes_of_hands(model)
    hands = (codes * 1000).round() / 1000  # three digits: the last ones differ between machines
    return Explorer(
        kind="factor-swap",
        label="A hand between two hands, factor by factor",
        settings={
            "hands": [[round(v, 3) for v in code] for code in hands.tolist()],
            "parts": [[NAMES[f], dim] for f, dim in FACTOR_DIMS.items()],
        },
        picture=_picture(model, hands[0], hands[1]),
        alt="Five pictures of hands: A, A with the pose of B, A with the viewpoint of B, A with the wall and the skin "
        "of B, and B",
        models=exported_swap(model, codes),
    )


def mixed(a: Tensor, b: Tensor, shares: dict[str, float]) -> Tensor:
    """The code (latent_dim,) whose part for each factor lies so far on the way from a to b.

    Args:
        a, b: codes, (latent_dim,).
        shares: per factor, 0 for a's and 1 for b's.
    """
    parts = zip(FACTOR_DIMS, a.split([*FACTOR_DIMS.values()]), b.split([*FACTOR_DIMS.values()]), strict=True)
    return torch.cat([torch.lerp(own, other, shares[name]) for name, own, other in parts])


def _picture(model: DisentangledVAE, a: Tensor, b: Tensor) -> bytes:
    """A, A with one factor of B, and B."""
    swaps = {f"{NAMES[f]} of B": {g: float(g == f) for g in FACTOR_DIMS} for f in FACTOR_DIMS}
    codes = {"A": a} | {title: mixed(a, b, shares) for title, shares in swaps.items()} | {"B": b}
    images = model.p_x(torch.stack([*codes.values()]), "rgb").mean
    figure, axes = plt.subplots(1, len(codes), figsize=(7, 1.8))
    for ax, title, image in zip(axes, codes, images, strict=True):
        ax.imshow((image.view(3, SIDE, SIDE) + 0.5).clamp(0, 1).movedim(0, -1).numpy())
        ax.set_title(title, fontsize=8)
        ax.set_axis_off()
    return png(figure)
