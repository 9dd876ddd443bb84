"""Latent traversals: one coordinate of a code moves, the others stay."""

from collections.abc import Callable, Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from vae_course.figures.digits import tile


def traversals(
    decode: Callable[[Tensor], Tensor],
    code: Tensor,
    dimensions: Sequence[int],
    axes: Axes,
    *,
    span: float = 2.0,
    columns: int = 9,
) -> None:
    """Decode a code with one coordinate at a time moved from -span to span: a row of images a coordinate.

    Args:
        decode: (N, latent_dim) -> images in [0, 1], (N, D), square.
        code: (latent_dim,), the code that is moved.
        dimensions: which coordinates, from the top row to the bottom.
        axes: to draw on; the value runs to the right, in units of the prior's standard deviation.
        span: the largest value.
        columns: images in a row.
    """
    values = torch.linspace(-span, span, columns)
    moved = code.repeat(len(dimensions), columns, 1)  # (rows, columns, latent_dim)
    for row, dimension in enumerate(dimensions):
        moved[row, :, dimension] = values.to(moved)
    with torch.no_grad():
        images = tile(decode(moved.flatten(0, 1)), columns)
    extent = (0, columns, len(dimensions), 0)
    axes.imshow(images.numpy(), vmin=0, vmax=1, extent=extent, interpolation="nearest")
    for line in range(1, len(dimensions)):
        axes.axhline(line, color="0.8", linewidth=0.8)
    axes.set_yticks([row + 0.5 for row in range(len(dimensions))], [f"$z_{{{d + 1}}}$" for d in dimensions])
    axes.set_xticks([0.5, columns / 2, columns - 0.5], [f"{-span:g}", "0", f"{span:g}"])
    axes.set_xlabel("value of the coordinate")
    axes.grid(False)
