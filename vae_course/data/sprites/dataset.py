"""Sprites with the factors they were made from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_course.data.sprites.draw import draw_sprites
from vae_course.data.sprites.factors import COUNT, classes_of, sample_factors


@dataclass(frozen=True)
class Sprites:
    """Images, uint8 (N, 64, 64) of zeros and ones, and their classes, int64 (N, 6)."""

    images: Tensor
    classes: Tensor

    def __len__(self) -> int:
        return len(self.classes)

    @classmethod
    def of(cls, classes: Tensor) -> Sprites:
        """The sprites of these classes (N, 6), drawn on their device."""
        return cls(draw_sprites(classes), classes)

    @classmethod
    def at(cls, index: Tensor) -> Sprites:
        """The sprites of these indices (N,) between 0 and 737,279, drawn on their device."""
        return cls.of(classes_of(index))

    @classmethod
    def sample(cls, n: int, generator: torch.Generator) -> Sprites:
        """n independent sprites, as for one step of training: every factor uniform, repetitions possible."""
        return cls.of(sample_factors(n, generator))

    @classmethod
    def subset(cls, n: int, generator: torch.Generator) -> Sprites:
        """n different sprites out of the 737,280, all drawn at once: n x 4,096 bytes.

        Raises:
            ValueError: n is more than there are.
        """
        if n > COUNT:
            raise ValueError(f"there are {COUNT:,} sprites; {n:,} different ones cannot be chosen")
        return cls.at(torch.randperm(COUNT, generator=generator, device=generator.device)[:n])
