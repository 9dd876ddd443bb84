"""One sprite at a time, exactly, from the definition: the slow reference for `draw_sprites`.

The originals were drawn by a GPU: ellipse and heart are polygons, each corner lies on a grid of 1/256 pixel, and
a pixel is white if its centre is inside. From there on everything is integers, so nothing can be off by rounding.
The lengths below were recovered from original images; all 320 frames at hand come out pixel for pixel.
"""

from collections.abc import Sequence

import numpy as np
import torch

from vae_course.data.sprites.factors import values_of

SIZE = 64
GRID = 256
"""Steps of the corners' grid in a pixel. The centre of pixel c lies at 256 c + 128 of them."""


def outline(shape: int) -> np.ndarray:
    """Corners of a shape (0 square, 1 ellipse, 2 heart) at scale 1, around its centre: (V, 2) pixels."""
    if shape == 0:
        return 9.6 * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    corners = 100 if shape == 1 else 150
    a = 2 * np.pi * np.arange(corners) / corners
    if shape == 1:
        return np.stack([12.767 * np.cos(a), 7.2175 * np.sin(a)], axis=1)
    bow = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    return np.stack([9.6 * np.sin(a) ** 3, -1.44 - 0.6625 * bow], axis=1)


def draw_polygon(classes: Sequence[int]) -> np.ndarray:
    """One sprite, bool (64, 64), rows downwards; the even-odd rule, edge by edge.

    Args:
        classes: the sprite's six classes.
    """
    _, _, scale, t, right, down = values_of(torch.as_tensor(classes)).tolist()
    u, v = outline(int(classes[1])).T
    x = 16 + 32 * right + scale * (np.cos(t) * u + np.sin(t) * v)
    y = 16 + 32 * down + scale * (np.cos(t) * v - np.sin(t) * u)
    x, y = (np.round(GRID * coordinate).astype(np.int64) for coordinate in (x, y))

    centres = GRID * np.arange(SIZE) + GRID // 2
    inside = np.zeros((SIZE, SIZE), dtype=bool)
    for corner in range(len(x)):
        (y0, x0), (y1, x1) = sorted([(y[corner - 1], x[corner - 1]), (y[corner], x[corner])])
        rows = (y0 <= centres) & (centres < y1)  # those which the edge crosses
        # On the edge's right: (column - x0) / (row - y0) >= (x1 - x0) / (y1 - y0), without the division.
        beyond = (centres[None, :] - x0) * (y1 - y0) >= (centres[:, None] - y0) * (x1 - x0)
        inside ^= rows[:, None] & beyond
    return inside
