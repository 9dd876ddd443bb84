"""The six factors of dSprites (Matthey et al., 2017): numbering, values, random draws.

A sprite is named by its *index*, 0 to 737,279, or by its *classes*, one integer a factor. The index reads the
classes as the digits of one number; the last factor varies fastest.
"""

import math

import torch
from torch import Tensor

NAMES = ("color", "shape", "scale", "orientation", "posX", "posY")
"""The factors, in the order of their classes."""

SIZES = (1, 3, 6, 40, 32, 32)
"""Number of classes of each factor. Color has one: the sprites are white."""

COUNT = math.prod(SIZES)
"""How many sprites there are: 737,280, of which 715,748 differ."""

SHAPES = ("square", "ellipse", "heart")

VALUES = (
    torch.ones(1, dtype=torch.float64),
    torch.arange(1, 4, dtype=torch.float64),
    torch.linspace(0.5, 1, 6, dtype=torch.float64),
    torch.linspace(0, 2 * math.pi, 40, dtype=torch.float64),
    torch.linspace(0, 1, 32, dtype=torch.float64),
    torch.linspace(0, 1, 32, dtype=torch.float64),
)
"""What each class of each factor stands for. Orientations (radians) 0 and 39 are the same angle."""


def index_of(classes: Tensor) -> Tensor:
    """The index of each sprite by its classes: int64 (..., 6) to int64 (...).

    Raises:
        ValueError: a class is not one of its factor's.
    """
    check_classes(classes)
    index = torch.zeros_like(classes[..., 0], dtype=torch.int64)
    for column, size in enumerate(SIZES):
        index = index * size + classes[..., column]
    return index


def classes_of(index: Tensor) -> Tensor:
    """The classes of each sprite: int64 (...) to int64 (..., 6); the inverse of `index_of`.

    Raises:
        ValueError: an index outside 0 to 737,279.
    """
    if index.is_floating_point() or (index.numel() and (index.min() < 0 or index.max() >= COUNT)):
        raise ValueError(f"a sprite's index is an integer from 0 to {COUNT - 1:,}")
    columns = []
    for size in reversed(SIZES):
        columns.append(index % size)
        index = index // size
    return torch.stack(columns[::-1], dim=-1).long()


def values_of(classes: Tensor) -> Tensor:
    """What the classes stand for: (..., 6) integers to float64 (..., 6), as in the original's `latents_values`.

    Raises:
        ValueError: a class is not one of its factor's.
    """
    check_classes(classes)
    columns = [VALUES[k].to(classes.device)[classes[..., k].long()] for k in range(len(SIZES))]
    return torch.stack(columns, dim=-1)


def sample_factors(n: int, generator: torch.Generator) -> Tensor:
    """Classes of n independent sprites, each factor uniform: int64 (n, 6), on the generator's device."""
    device = generator.device
    columns = [torch.randint(size, (n,), generator=generator, device=device) for size in SIZES]
    return torch.stack(columns, dim=1)


def check_classes(classes: Tensor) -> None:
    """Raise a ValueError that names the factor unless the tensor (..., 6) holds integers in range."""
    if classes.shape[-1:] != (len(SIZES),) or classes.is_floating_point() or classes.dtype == torch.bool:
        raise ValueError(
            f"classes are integers of shape (..., 6), one a factor {NAMES}; "
            f"these are {classes.dtype} of shape {tuple(classes.shape)}"
        )
    sizes = torch.tensor(SIZES, device=classes.device)
    wrong = ((classes < 0) | (classes >= sizes)).reshape(-1, len(SIZES)).any(0)
    if wrong.any():
        column = wrong.int().argmax().item()
        raise ValueError(f"the classes of {NAMES[column]} run from 0 to {SIZES[column] - 1}")
