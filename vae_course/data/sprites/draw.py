"""Batches of sprites, fast: a row of 64 pixels is one 64-bit word, and an edge adds a power of two to it."""

import numpy as np
import torch
from torch import Tensor

from vae_course.data.sprites.factors import SHAPES, check_classes, values_of
from vae_course.data.sprites.polygons import GRID, SIZE, outline

OUTLINES = [torch.from_numpy(outline(shape)) for shape in range(len(SHAPES))]

# A byte's eight bits, each as a byte 0 or 1, packed into one word: looking up is the fastest way to unpack.
SPREAD = torch.from_numpy(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    .view(np.int64)[:, 0]
    .copy()
)


def draw_sprites(classes: Tensor) -> Tensor:
    """Draw sprites, pixel for pixel as `draw_polygon` does, on the device of the classes.

    Args:
        classes: integers (B, 6), in the order color, shape, scale, orientation, posX, posY.

    Returns:
        uint8 (B, 64, 64) of zeros and ones; rows run downwards.

    Raises:
        ValueError: a wrong shape, or a class that its factor does not have.
    """
    if classes.dim() != 2:
        raise ValueError(f"classes have the shape (B, 6), not {tuple(classes.shape)}")
    check_classes(classes)
    words = torch.empty(len(classes), SIZE, dtype=torch.int64, device=classes.device)
    values = values_of(classes)
    for shape, corners in enumerate(OUTLINES):
        chosen = (classes[:, 1] == shape).nonzero()[:, 0]
        words[chosen] = _fill(
            _place(corners.to(classes.device), values[chosen]), _rows_an_edge_crosses(corners)
        )
    return SPREAD.to(classes.device)[words.view(torch.uint8).int()].view(torch.uint8).view(-1, SIZE, SIZE)


def _place(corners: Tensor, values: Tensor) -> Tensor:
    """Corners (V, 2) of a shape, turned, scaled and moved: int64 (B, V, 2), steps of the grid."""
    scale, angle = values[:, 2], values[:, 3]
    cos, sin = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)  # (u, v) @ turn = (x, y)
    centre = 16 + 32 * values[:, None, 4:]
    return (GRID * (corners @ turn + centre)).round().long()


def _rows_an_edge_crosses(corners: Tensor) -> int:
    """How many rows of pixel centres an edge of this shape meets at most: one for the curves' short edges."""
    longest = (corners - corners.roll(1, 0)).norm(dim=1).max().item()
    return int(longest + 2 / GRID) + 1  # rounding moves each end by half a step


def _fill(corners: Tensor, rows: int) -> Tensor:
    """Polygons (B, V, 2), whose edges cross at most so many rows, as bits: int64 (B, 64), column c is bit c.

    A row enters the polygon on one edge, before column a, and leaves on another, before column b. The pixels
    between are the bits a to b - 1, and as a number they are 2^b - 2^a: every edge contributes its own term, with
    the sign of its direction, in any order. (Modulo 2^64, so that column 63 may be the sign bit.)
    """
    (x0, y0), (x1, y1) = corners.roll(1, 1).unbind(-1), corners.unbind(-1)
    rising, run = y1 - y0, x1 - x0
    top, bottom = torch.minimum(y0, y1), torch.maximum(y0, y1)
    words = torch.zeros(len(corners), SIZE, dtype=torch.int64, device=corners.device)
    row = (top + GRID // 2 - 1) // GRID  # the first whose centre is not above the edge
    for _ in range(rows):
        centre = GRID * row + GRID // 2
        crossed = centre < bottom
        # First column whose centre lies on the edge or right of it: the ceiling of (x - 128) / 256.
        ahead = (centre - y0) * run + (x0 - GRID // 2) * rising
        length = torch.where(crossed, rising, 1)
        column = -torch.div(-ahead, GRID * length, rounding_mode="floor")
        power = torch.ones_like(column) << column
        words.scatter_add_(1, torch.where(crossed, row, 0), torch.where(crossed, power * rising.sign(), 0))
        row = row + 1
    return words
