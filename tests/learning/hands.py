"""Joints of procedural hands as vectors of order 1, for trainings of a few seconds."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from vae_course.data.hands import forward_kinematics, project, sample_factors
from vae_course.data.hands.camera import frame, look

SIZE = 64
UNIT = 50.0
"""Joints in 3-D are given in units of this many mm."""


@dataclass(frozen=True)
class Joints:
    """Right hands' joints: seen, in pixels, in the camera frame and in the hand frame, and the rotation between."""

    joints_2d: Tensor  # (n, 42)
    joints_3d: Tensor  # (n, 63), relative to the wrist
    pose: Tensor  # (n, 63), in the hand frame: without viewpoint
    view: Tensor  # (n, 9), the rotation from hand to camera frame

    def batch(self, rows: slice) -> dict[str, Tensor]:
        return {name: tensor[rows] for name, tensor in vars(self).items()}


@lru_cache(maxsize=1)
def joints(n: int = 4500) -> Joints:
    factors = sample_factors(n, generator=torch.Generator().manual_seed(0))
    hand = forward_kinematics(factors.pose, factors.shape.lengths())
    seen = look(hand, factors.viewpoint)
    pixels = project(seen, frame(seen, factors.shape.radii(), factors.viewpoint, SIZE))
    return Joints(
        (pixels / SIZE - 0.5).flatten(1) * 2,
        ((seen - seen[:, :1]) / UNIT).flatten(1),
        (hand / UNIT).flatten(1),
        factors.viewpoint.rotation.flatten(1),
    )


def epe(predicted: Tensor, truth: Tensor) -> float:
    """Mean distance of joints in mm, for vectors (n, 63)."""
    return UNIT * (predicted - truth).view(-1, 21, 3).norm(dim=-1).mean().item()
