"""The hands of chapter 9: a photograph that is a function of three factors, and the factors as vectors.

The factors are pose (with the build of the hand), viewpoint and content: the colours of the skin, the light and the
background. What else changes a photograph, the camera's distance and the frame, is the same for all.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hand_modalities import CHUNK, hand_rows
from vae_course.data.hands import Factors, Hands, draw_hands, rotation_from_angles, sample_factors

VIEWS = (60.0, 30.0, 30.0)
"""How far azimuth, elevation and roll go to either side of a look onto the palm, degrees."""

CARD = 4
"""The content shows the background as a picture of so many pixels a side."""

FACTORS = {"pose": 63, "view": 9, "content": 3 * CARD**2 + 9}
"""The three factors, and the size of each as a vector."""


def plain_factors(n: int, *, generator: torch.Generator) -> Factors:
    """Factors of n right hands, palm ahead, before a wall of two colours with soft clouds.

    Distance, frame, thickness, brightness and gloss are the same for all, so that pose, viewpoint and content decide
    every pixel.

    Args:
        n: number of hands.
    """
    factors = sample_factors(n, generator=generator)
    turn = 2 * torch.rand(n, 3, generator=generator, device=generator.device) - 1
    rotation = rotation_from_angles(turn * torch.tensor(VIEWS) * math.pi / 180).to(factors.pose)
    one = torch.ones(n)
    view, look = factors.viewpoint, factors.appearance
    wall = look.background
    wall = replace(
        wall,
        colours=wall.colours[:, [0, 1, 1]],
        waves=torch.zeros_like(wall.waves),
        phase=torch.full_like(wall.phase, -math.pi / 2),  # no stripes: one mixture of the colours everywhere
        sharpness=0 * one,
        roughness=wall.roughness[:, :1] * torch.tensor([1.0, 0, 0, 0]),
    )
    return replace(
        factors,
        left=torch.zeros_like(factors.left),
        shape=replace(factors.shape, thickness=one),
        viewpoint=replace(
            view,
            rotation=rotation,
            distance=600 * one,
            margin=0.06 * one,
            offset=torch.zeros_like(view.offset),
        ),
        appearance=replace(
            look,
            ambient=0.4 * one,
            brightness=one,
            gloss=0.06 * one,
            background=wall,
            light=normalize(look.light, dim=-1),
        ),
    )


def content_of(factors: Factors) -> Tensor:
    """The content as a vector, (n, 57): a small picture of the background, skin, palm, and where light comes from.

    Args:
        factors: of n hands.
    """
    look = factors.appearance
    wall = look.background.paint(CARD).flatten(1)
    return torch.cat([wall, look.skin, look.palm, look.light], 1)


def factor_rows(hands: Hands) -> dict[str, Tensor]:
    """A batch of drawn hands as rows to keep: `hand_rows`, and `content`, (n, 57).

    Args:
        hands: from `draw_hands`, n images of size x size pixels.
    """
    return hand_rows(hands) | {"content": content_of(hands.factors)}


def mixed_factors(pose: Factors, view: Factors, content: Factors) -> Factors:
    """Hands with the pose and build of the first, the viewpoint of the second and the content of the third.

    Args:
        pose, view, content: factors of n hands each.
    """
    return replace(pose, viewpoint=view.viewpoint, appearance=content.appearance)


def draw_factor_rows(n: int, *, seed: int, size: int = 64) -> dict[str, Tensor]:
    """Draw n hands of `plain_factors` as `factor_rows`; some 200 a second on one core.

    Args:
        n: number of hands.
        seed: of all their factors; another seed, other hands.
        size: height and width of the images, pixels.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for first in range(0, n, CHUNK):
        factors = plain_factors(min(CHUNK, n - first), generator=generator)
        parts.append(factor_rows(draw_hands(factors, size=size)))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
