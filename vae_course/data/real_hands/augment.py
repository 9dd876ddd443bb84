"""Rotations and mirror images of prepared hands, labels and all."""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, pad

from vae_course.data.real_hands.prepare import PreparedHands


def augment(hands: PreparedHands, *, generator: torch.Generator) -> PreparedHands:
    """Turn each hand by an angle between -180 and 180 degrees, and mirror every other one, at random.

    Args:
        hands: a batch from `prepare`, on the generator's device.
    """
    size, device = len(hands.images), hands.images.device
    angles = math.pi * (2 * torch.rand(size, generator=generator, device=device) - 1)
    mirrored = torch.rand(size, generator=generator, device=device) < 0.5
    return mirror(rotate(hands, angles), mirrored)


def rotate(hands: PreparedHands, angles: Tensor) -> PreparedHands:
    """Turn the image plane of prepared hands about the middle of the crop.

    The 3-D joints turn about the camera's z axis by the same angle. That is exact for a crop around the optical
    axis, and usual elsewhere. The palm in `root`, which no network sees, turns with them.

    Args:
        hands: a batch of B from `prepare`.
        angles: (B,) radians; positive ones turn clockwise.
    """
    cos, sin = angles.cos(), angles.sin()
    plane = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)  # x right, y down
    # grid_sample asks where a pixel of the result comes from: the inverse rotation, about (0, 0) in its units.
    inverse = pad(plane.transpose(1, 2), (0, 1))
    grid = affine_grid(inverse, list(hands.images.shape), align_corners=False)
    middle = hands.images.shape[-1] / 2
    return replace(
        hands,
        images=grid_sample(hands.images, grid, mode="bilinear", align_corners=False),
        joints_2d=(hands.joints_2d - middle) @ plane.transpose(1, 2) + middle,
        joints_3d=_turned(hands.joints_3d, plane),
        root=_turned(hands.root[:, None], plane)[:, 0],
    )


def mirror(hands: PreparedHands, mirrored: Tensor) -> PreparedHands:
    """Mirror prepared hands left to right: a right hand becomes a left one.

    Args:
        hands: a batch of B from `prepare`.
        mirrored: bool (B,), which of them.
    """
    flip = mirrored[:, None, None]
    sign = torch.where(mirrored, -1.0, 1.0)
    across = torch.stack([sign, torch.ones_like(sign), torch.ones_like(sign)], -1)  # (B, 3)
    turned = torch.stack([hands.images.shape[-1] - hands.joints_2d[..., 0], hands.joints_2d[..., 1]], -1)
    return replace(
        hands,
        images=torch.where(flip[..., None], hands.images.flip(-1), hands.images),
        joints_2d=torch.where(flip, turned, hands.joints_2d),
        joints_3d=hands.joints_3d * across[:, None],
        root=hands.root * across,
        side=torch.where(mirrored[:, None], hands.side.flip(-1), hands.side),
    )


def _turned(joints: Tensor, plane: Tensor) -> Tensor:
    return torch.cat([joints[..., :2] @ plane.transpose(1, 2), joints[..., 2:]], dim=-1)
