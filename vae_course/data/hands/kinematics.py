"""From angles to joints: the rotations along each finger, one after the other."""

import torch
from torch import Tensor

from vae_course.data.hands.anatomy import ANGLES, LENGTHS, PULP, REST

AXES = "xyz"


def rest_frames() -> Tensor:
    """Axes of each bone at rest as columns, float64 (5, 4, 3, 3): x to bend about, y along the bone, z palmar."""
    directions = torch.diff(REST.double(), dim=1, prepend=torch.zeros(5, 1, 3))
    y = torch.nn.functional.normalize(directions, dim=-1)
    x = torch.nn.functional.normalize(torch.linalg.cross(y, PULP.double()[:, None].expand_as(y)), dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], -1)


def forward_kinematics(pose: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Joints of right hands in the hand frame, (batch, 21, 3) mm, differentiable in both arguments.

    Each bone's frame is its parent's, turned as at rest and then by the bone's own angles:
    W_k = W_{k-1} (F_{k-1}^T F_k) R_k, and the joint at its end lies at j_k = j_{k-1} + length_k W_k e_y.

    Args:
        pose: (batch, 23) radians, in the order of `ANGLES`; zeros are the rest pose.
        lengths: of the bones, (batch, 5, 4) or (5, 4) mm. Default: `LENGTHS`.

    Raises:
        ValueError: pose is not (batch, 23).
    """
    if pose.ndim != 2 or pose.shape[1] != len(ANGLES):
        raise ValueError(f"pose must be (batch, {len(ANGLES)}), not {tuple(pose.shape)}")
    frames = rest_frames().to(pose)
    lengths = (LENGTHS if lengths is None else lengths).to(pose).expand(len(pose), 5, 4)
    turns = bone_rotations(pose)
    joint = pose.new_zeros(len(pose), 5, 3)
    world, joints = None, [joint[:, :1]]  # the wrist
    for bone in range(4):
        if world is None:
            world = frames[:, 0] @ turns[:, :, 0]
        else:
            world = world @ (frames[:, bone - 1].mT @ frames[:, bone]) @ turns[:, :, bone]
        joint = joint + lengths[:, :, bone, None] * world[..., 1]
        joints.append(joint)
    return torch.cat([joints[0], torch.stack(joints[1:], 2).flatten(1, 2)], 1)


def bone_rotations(pose: Tensor) -> Tensor:
    """Rotation of every bone against its rest frame, (batch, 5, 4, 3, 3): flexion, then abduction, then twist.

    Args:
        pose: (batch, 23) radians.
    """
    index = torch.tensor(
        [(a.finger * 4 + a.bone) * 3 + AXES.index(a.axis) for a in ANGLES], device=pose.device
    )
    angles = pose.new_zeros(len(pose), 60).index_copy(1, index, pose).view(-1, 5, 4, 3)
    flexion, twist, abduction = angles.unbind(-1)
    return _about(2, -abduction) @ _about(1, twist) @ _about(0, flexion)


def _about(axis: int, angle: Tensor) -> Tensor:
    """Right-handed rotations about coordinate axis 0, 1 or 2, (..., 3, 3)."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rows = [[torch.zeros_like(angle)] * 3 for _ in range(3)]
    rows[axis][axis] = torch.ones_like(angle)
    rows[i][i] = rows[j][j] = angle.cos()
    rows[i][j], rows[j][i] = -angle.sin(), angle.sin()
    return torch.stack([torch.stack(row, -1) for row in rows], -2)
