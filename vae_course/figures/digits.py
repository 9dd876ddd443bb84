"""Images of digits, side by side."""

import math
from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from vae_course.figures.style import plt


def tile(images: Tensor, columns: int) -> Tensor:
    """Put images (N, height * width) or (N, height, width), square if flat, into one, row by row.

    The last row is filled up with zeros.

    Args:
        images: float, any range.
        columns: images in a row.
    """
    images = images.detach().float().cpu()
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        images = images.view(-1, side, side)
    rows = math.ceil(len(images) / columns)
    height, width = images.shape[1:]
    padded = torch.zeros(rows * columns, height, width)
    padded[: len(images)] = images
    return padded.view(rows, columns, height, width).transpose(1, 2).reshape(rows * height, columns * width)


def show_tiles(axes: Axes, images: Tensor, columns: int) -> None:
    """Draw images with values in [0, 1] as dark ink on white, without axes."""
    axes.imshow(tile(images, columns).numpy(), vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()


def image_rows(rows: dict[str, Tensor], columns: int) -> Figure:
    """Blocks of images one above the other, each under its title; every block is `columns` images wide.

    Args:
        rows: per title, images in [0, 1] of shape (N, 784) or (N, 28, 28).
        columns: images in a line; a block of more images has several lines.
    """
    lines = [math.ceil(len(images) / columns) for images in rows.values()]
    height = 7 * sum(lines) / columns + 0.35 * len(rows)
    figure, axes = plt.subplots(
        len(rows), 1, figsize=(7, height), squeeze=False, gridspec_kw={"height_ratios": lines}
    )
    for ax, (title, images) in zip(axes[:, 0], rows.items(), strict=True):
        show_tiles(ax, images, columns)
        ax.set_title(title, loc="left")
    return figure


def latent_plane(decode: Callable[[Tensor], Tensor], axes: Axes, *, size: int = 15) -> None:
    """Decode a size x size grid over a two-dimensional latent space, spaced by the prior's quantiles.

    Equal steps of the standard normal's distribution function put as many prior draws into each cell.

    Args:
        decode: (N, 2) -> images in [0, 1], (N, D).
        axes: to draw on; z_1 runs to the right and z_2 upwards, in units of the prior's standard deviation.
        size: images along each side.
    """
    levels = (torch.arange(size) + 0.5) / size
    z = torch.special.ndtri(levels)
    z2, z1 = torch.meshgrid(z.flip(0), z, indexing="ij")  # the first row of images is the top one
    images = decode(torch.stack([z1, z2], dim=-1).view(-1, 2))
    axes.imshow(
        tile(images, size).numpy(), vmin=0, vmax=1, extent=(0, size, 0, size), interpolation="nearest"
    )
    ticks = [0, size // 4, size // 2, size - 1 - size // 4, size - 1]
    axes.set_xticks([tick + 0.5 for tick in ticks], [f"{z[tick]:.1f}" for tick in ticks])
    axes.set_yticks([tick + 0.5 for tick in ticks], [f"{z[tick]:.1f}" for tick in ticks])
    axes.set(xlabel="$z_1$", ylabel="$z_2$")
    axes.grid(False)
