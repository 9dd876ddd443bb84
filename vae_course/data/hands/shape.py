"""How hands differ in build: length, proportions of the fingers, thickness."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vae_course.data.hands.anatomy import HAND_LENGTH, LENGTHS, RADII


@dataclass(frozen=True)
class Shape:
    """The build of a batch of hands.

    Attributes:
        length: of the hand, wrist to middle fingertip of a hand of common proportions, (batch,) mm.
        proportions: of each finger's three outer bones to a common hand's, thumb to little, (batch, 5).
        thickness: of the flesh, to a common hand's of that length, (batch,).
    """

    length: Tensor
    proportions: Tensor
    thickness: Tensor

    def __getitem__(self, index: Tensor | slice) -> "Shape":
        """The builds of some of the hands.

        Args:
            index: what a tensor of shape (batch,) can be indexed with.
        """
        return replace(self, **{name: value[index] for name, value in vars(self).items()})

    def lengths(self) -> Tensor:
        """Lengths of the bones, (batch, 5, 4) mm."""
        scale = (self.length / HAND_LENGTH)[:, None, None]
        palm = torch.ones_like(self.proportions)
        return scale * LENGTHS.to(self.length) * torch.stack([palm, *3 * [self.proportions]], -1)

    def radii(self) -> Tensor:
        """Radius of the flesh around each joint, (batch, 21) mm."""
        return (self.length / HAND_LENGTH * self.thickness)[:, None] * RADII.to(self.length)


def sample_shape(n: int, *, generator: torch.Generator, device: torch.device | str = "cpu") -> Shape:
    """Draw the builds of n hands: length N(189, 10) mm, proportions N(1, .04), thickness N(1, .05).

    Each is clamped at 2.5 standard deviations. Random numbers are drawn where the generator lives, then moved.

    Args:
        n: number of hands.
    """
    deviate = torch.randn(n, 7, generator=generator, device=generator.device).clamp(-2.5, 2.5).to(device)
    return Shape(HAND_LENGTH + 10 * deviate[:, 0], 1 + 0.04 * deviate[:, 1:6], 1 + 0.05 * deviate[:, 6])
