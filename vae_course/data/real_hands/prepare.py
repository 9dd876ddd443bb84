"""From samples to training data, as in the cross-modal paper (Spurr et al., 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from vae_course.data.hands.anatomy import FINGERS
from vae_course.data.real_hands.sample import HandSample

MIDDLE_MCP, MIDDLE_PIP = FINGERS["middle"][:2]
SMALLEST_CROP, LARGEST_CROP = 50.0, 500.0  # px of the original image


@dataclass(frozen=True)
class PreparedHands:
    """A batch of B cropped hands with their targets. Joint 0 is the palm.

    Attributes:
        images: float32 (B, 3, size, size) in [-.5, .5]; 0, mid-grey, outside of the original.
        joints_2d: (B, 21, 2) px of the crop.
        joints_3d: (B, 21, 3), relative to the palm and divided by `scale`: no unit.
        visible: bool (B, 21).
        side: float32 (B, 2), one-hot [left, right].
        root: (B, 3) mm, the palm in the camera frame.
        scale: (B,) mm, the length of the middle finger's proximal phalanx.
    """

    images: Tensor
    joints_2d: Tensor
    joints_3d: Tensor
    visible: Tensor
    side: Tensor
    root: Tensor
    scale: Tensor


def prepare(samples: Sequence[HandSample], size: int = 256) -> PreparedHands:
    """Crop the hands and normalise their joints.

    Args:
        samples: of one data set, so that their images have one shape.
        size: side of the crops.

    Raises ValueError if there are no samples or a hand has no extent.
    """
    if not samples:
        raise ValueError("prepare needs at least one sample")
    images = torch.stack([sample.image for sample in samples]).float() / 255 - 0.5
    joints_2d = with_palm(torch.stack([sample.joints_2d for sample in samples]))
    visible = palm_visible(torch.stack([sample.visible for sample in samples]))
    joints_3d, root, scale = normalise(torch.stack([sample.joints_3d for sample in samples]))
    centre, extent = crop_box(joints_2d, visible)
    left = torch.tensor([sample.side for sample in samples])
    return PreparedHands(
        images=crop(images, centre, extent, size),
        joints_2d=to_crop(joints_2d, centre, extent, size),
        joints_3d=joints_3d,
        visible=visible,
        side=torch.stack([left, ~left], dim=1).float(),
        root=root,
        scale=scale,
    )


def with_palm(joints: Tensor) -> Tensor:
    """Joints (..., 21, D) with the palm, the mean of wrist and middle MCP, in place of the wrist."""
    palm = (joints[..., :1, :] + joints[..., MIDDLE_MCP, None, :]) / 2
    return torch.cat([palm, joints[..., 1:, :]], dim=-2)


def palm_visible(visible: Tensor) -> Tensor:
    """Visibility (..., 21) after `with_palm`: the palm counts as visible if wrist or middle MCP is."""
    palm = visible[..., :1] | visible[..., MIDDLE_MCP, None]
    return torch.cat([palm, visible[..., 1:]], dim=-1)


def normalise(joints_3d: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Make joints relative to the palm, and divide them by the middle finger's proximal phalanx.

    Args:
        joints_3d: (B, 21, 3) mm with the wrist as joint 0.

    Returns:
        targets (B, 21, 3), whose joint 0 is 0; the palm (B, 3) in mm; the scale (B,) in mm.

    Raises ValueError if a phalanx has no length.
    """
    scale = (joints_3d[:, MIDDLE_PIP] - joints_3d[:, MIDDLE_MCP]).norm(dim=-1)
    if not (scale > 0).all():
        raise ValueError("a hand's middle MCP and PIP coincide: it has no scale")
    joints = with_palm(joints_3d)
    root = joints[:, 0]
    return (joints - root[:, None]) / scale[:, None, None], root, scale


def denormalise(targets: Tensor, root: Tensor, scale: Tensor) -> Tensor:
    """Undo `normalise`, up to the wrist: joints (B, 21, 3) in mm, camera frame, joint 0 the palm.

    Args:
        targets, root, scale: what `normalise` returns, or a prediction (B, 21, 3) in place of the targets.
    """
    return targets * scale[:, None, None] + root[:, None]


def crop_box(joints_2d: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Where to crop: around the middle MCP, as far as the farthest visible joint reaches along u or v.

    Args:
        joints_2d: (B, 21, 2) px.
        visible: bool (B, 21); a hand with no visible joint gets the smallest crop.

    Returns:
        centre (B, 2) px, and side (B,) px, twice that reach, between 50 and 500.
    """
    centre = joints_2d[:, MIDDLE_MCP]
    reach = (joints_2d - centre[:, None]).abs().amax(-1)  # (B, 21)
    reach = torch.where(visible, reach, 0.0).amax(-1)
    return centre, (2 * reach).clamp(SMALLEST_CROP, LARGEST_CROP)


def crop(images: Tensor, centre: Tensor, extent: Tensor, size: int) -> Tensor:
    """Cut squares out of images (B, C, H, W) and resample them bilinearly; outside of the image is 0.

    Args:
        centre: (B, 2) px, where pixel (row r, column c) has its centre at (c + .5, r + .5).
        extent: (B,) px, the side of each square.
        size: side of the result.

    Returns:
        (B, C, size, size)
    """
    shape = images.new_tensor([images.shape[3], images.shape[2]])
    steps = ((torch.arange(size, device=images.device) + 0.5) / size - 0.5).to(images.dtype)
    offsets = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)  # (size, size, 2), (u, v)
    where = centre[:, None, None] + extent[:, None, None, None] * offsets
    return grid_sample(images, 2 * where / shape - 1, mode="bilinear", align_corners=False)


def to_crop(joints_2d: Tensor, centre: Tensor, extent: Tensor, size: int) -> Tensor:
    """Move 2-D joints along with `crop`.

    Args:
        joints_2d: (B, 21, 2) px of the image.
        centre, extent, size: as for `crop`.

    Returns:
        (B, 21, 2) px of the crop.
    """
    return (joints_2d - centre[:, None]) * (size / extent)[:, None, None] + size / 2
