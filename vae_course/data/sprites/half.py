"""Sprites at half size, as vectors: what a small network on one processor can learn in a minute."""

import torch
from torch import Tensor

from vae_course.data.sprites.dataset import Sprites
from vae_course.data.sprites.polygons import SIZE

HALF = SIZE // 2
"""Height and width of a sprite at half size, in pixels."""


def half_size(images: Tensor) -> Tensor:
    """Every second row and column of images, uint8 (N, 64, 64), as float (N, 1024). Pixels stay 0 or 1."""
    return images[:, ::2, ::2].reshape(len(images), HALF * HALF).float()


def draw_half_size(classes: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """The sprites of these classes (N, 6) at half size, float (N, 1024); `fit` takes it as `prepare`.

    Args:
        classes: integers, in the order color, shape, scale, orientation, posX, posY.
        generator: not used; a sprite has no randomness of its own.
    """
    return half_size(Sprites.of(classes).images)
