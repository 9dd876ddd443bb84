"""Procedural backgrounds: plain walls, gradients, stripes, checkers and noise of several scales."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

GRID = 24
"""Side of the finest grid of noise."""


@dataclass(frozen=True)
class Background:
    """What stands behind a batch of hands: three colours, mixed by two patterns, and a shade of noise.

    Attributes:
        colours: base, second and third colour, (batch, 3, 3), values in [0, 1]; a plain wall's are equal.
        slope: of the gradient towards the second colour, right and down, (batch, 2); 0 for none.
        waves: frequency vectors of the stripes in periods a picture, (batch, 2, 2); two make a checker, 0 is none.
        phase: of the stripes, (batch, 2) radians.
        sharpness: of the stripes' edges, (batch,).
        noise: standard normal grids, (batch, 24, 24), read at four scales.
        roughness: weight of the noise at each scale, coarse to fine, (batch, 4).
    """

    colours: Tensor
    slope: Tensor
    waves: Tensor
    phase: Tensor
    sharpness: Tensor
    noise: Tensor
    roughness: Tensor

    def __getitem__(self, index: Tensor | slice) -> "Background":
        return Background(*(value[index] for value in vars(self).values()))

    def paint(self, size: int) -> Tensor:
        """Pictures of size x size pixels, (batch, 3, size, size), values in [0, 1]; larger ones show the same."""
        at = (torch.arange(size, device=self.slope.device) + 0.5) / size - 0.5
        gradient = (self.slope[:, :1] * at)[:, None] + (self.slope[:, 1:] * at)[:, :, None] + 0.5
        angle = (2 * torch.pi * self.waves[..., :1] * at)[:, :, None]
        angle = angle + (2 * torch.pi * self.waves[..., 1:] * at + self.phase[..., None])[..., None]
        stripes = (self.sharpness[:, None, None] * angle.sin().prod(1)).tanh() / 2 + 0.5
        base, second, third = (c[..., None, None] for c in self.colours.unbind(1))
        clouds = sum(
            self.roughness[:, i, None, None, None] * self._noise(side, size)
            for i, side in enumerate((3, 6, 12, GRID))
        )
        plain = torch.lerp(base, second, gradient.clamp(0, 1)[:, None])
        return (torch.lerp(plain, third, stripes[:, None]) * (1 + clouds)).clamp(0, 1)

    def _noise(self, side: int, size: int) -> Tensor:
        """A corner of the noise, enlarged smoothly, (batch, 1, size, size)."""
        return interpolate(
            self.noise[:, None, :side, :side], (size, size), mode="bilinear", align_corners=True
        )


def sample_background(
    n: int, *, generator: torch.Generator, device: torch.device | str = "cpu"
) -> Background:
    """Draw n backgrounds: a quarter plain walls, a quarter gradients, a quarter striped, a quarter checkered.

    All of them carry noise, by a weight that differs from picture to picture.

    Args:
        n: number of backgrounds.
    """
    uniform = torch.rand(n, 24, generator=generator, device=generator.device).to(device)
    noise = torch.randn(n, GRID, GRID, generator=generator, device=generator.device).to(device)
    kind = (4 * uniform[:, 0]).long()
    grey = 0.1 + 0.8 * uniform[:, 1:4, None]
    colours = (grey + 0.4 * (uniform[:, 4:13].unflatten(1, (3, 3)) - 0.5)).clamp(0, 1)
    keep = torch.stack([torch.ones_like(kind), kind > 0, kind > 1], 1).bool()
    colours = torch.where(keep[..., None], colours, colours[:, :1])
    slope = 2 * uniform[:, 13:15] - 1
    turn, periods = torch.pi * uniform[:, 15], 1 + 7 * uniform[:, 16]
    wave = periods[:, None] * torch.stack([turn.cos(), turn.sin()], 1)
    across = (kind == 3)[:, None] * torch.stack([-wave[:, 1], wave[:, 0]], 1)
    phase = 2 * torch.pi * uniform[:, 17:19]
    phase[:, 1] = torch.where(
        kind == 3, phase[:, 1], torch.pi / 2
    )  # one wave alone: the other's sine stays 1
    roughness = 0.3 * uniform[:, 19:20] ** 2 * uniform[:, 20:24]
    return Background(
        colours, slope, torch.stack([wave, across], 1), phase, 1 + 20 * uniform[:, 18], noise, roughness
    )
