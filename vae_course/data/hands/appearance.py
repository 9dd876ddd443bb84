"""How a hand looks whatever its pose: its skin, the light on it, and what stands behind it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hands.background import Background, sample_background

TONES = torch.tensor(
    [
        [0.98, 0.82, 0.71],
        [0.93, 0.71, 0.57],
        [0.80, 0.58, 0.44],
        [0.62, 0.42, 0.30],
        [0.43, 0.28, 0.20],
        [0.28, 0.18, 0.14],
    ]
)
"""Skin from light to dark as red, green, blue; tones between them are interpolated."""

PALM = torch.tensor([0.93, 0.70, 0.60])
"""What palms tend to: they tan little, and blood shows."""


@dataclass(frozen=True)
class Appearance:
    """The look of a batch of hands. Fields of different hands may be combined freely with `dataclasses.replace`.

    Attributes:
        skin: colour of the back of the hand, (batch, 3), values in [0, 1].
        palm: colour of the palm, (batch, 3).
        light: unit vector towards the light in the camera frame, (batch, 3).
        ambient: part of the light that comes from everywhere, (batch,).
        brightness: of all light together, (batch,).
        gloss: strength of highlights, (batch,).
        background: what stands behind the hand.
    """

    skin: Tensor
    palm: Tensor
    light: Tensor
    ambient: Tensor
    brightness: Tensor
    gloss: Tensor
    background: Background

    def __getitem__(self, index: Tensor | slice) -> "Appearance":
        return replace(self, **{name: value[index] for name, value in vars(self).items()})


def skin_tone(tone: Tensor) -> Tensor:
    """Skin colours (batch, 3) from light (0) to dark (1).

    Args:
        tone: (batch,) in [0, 1].
    """
    position = tone * (len(TONES) - 1)
    below = position.long().clamp(max=len(TONES) - 2)
    tones = TONES.to(tone)
    return torch.lerp(tones[below], tones[below + 1], (position - below)[:, None])


def sample_appearance(
    n: int, *, generator: torch.Generator, device: torch.device | str = "cpu"
) -> Appearance:
    """Draw n appearances: skin uniform from light to dark, light from the camera's side, mostly from above.

    Args:
        n: number of appearances.
    """
    uniform = torch.rand(n, 8, generator=generator, device=generator.device).to(device)
    normal = torch.randn(n, 2, generator=generator, device=generator.device).to(device)
    tone = uniform[:, 0]
    skin = (skin_tone(tone) * (0.94 + 0.12 * uniform[:, 1:4])).clamp(0, 1)
    palm = torch.lerp(skin, PALM.to(skin), (0.2 + 0.35 * tone)[:, None])
    ahead = -torch.ones(n, device=device)
    return Appearance(
        skin,
        palm,
        normalize(torch.stack([0.9 * normal[:, 0], 0.6 * normal[:, 1] - 0.6, ahead], 1), dim=-1),
        0.25 + 0.3 * uniform[:, 4],
        0.8 + 0.4 * uniform[:, 5],
        0.02 + 0.13 * uniform[:, 6],
        sample_background(n, generator=generator, device=device),
    )
