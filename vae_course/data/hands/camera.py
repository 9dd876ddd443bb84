"""A pinhole camera anywhere on the sphere around the hand, turned anyhow about its line of sight.

Camera frame: x right, y down, z forward. u = f X / Z + c_x, v = f Y / Z + c_y, in pixels of the crop; the pixel in
row r and column c has its centre at (u, v) = (c + .5, r + .5).
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Viewpoint:
    """From where a batch of hands is seen, and how tightly it is framed.

    Attributes:
        rotation: turns hand frame into camera frame, (batch, 3, 3).
        distance: from the camera to the middle of the hand, (batch,) mm.
        margin: part of the crop that stays free at either end of the hand's longer side, (batch,).
        offset: of the hand's middle from the crop's, in parts of the margin, (batch, 2) in (-1, 1).
    """

    rotation: Tensor
    distance: Tensor
    margin: Tensor
    offset: Tensor

    def __getitem__(self, index: Tensor | slice) -> "Viewpoint":
        """The viewpoints of some of the hands.

        Args:
            index: what a tensor of shape (batch,) can be indexed with.
        """
        return replace(self, **{name: value[index] for name, value in vars(self).items()})

    @property
    def direction(self) -> Tensor:
        """Unit vector from the hand towards the camera in the hand frame, (batch, 3)."""
        return -self.rotation[:, 2]

    @property
    def angles(self) -> Tensor:
        """Azimuth, elevation and roll, (batch, 3) radians.

        The camera looks from azimuth atan2(x, z) about the hand's y axis (0: onto the palm) and elevation
        asin(y), in [-pi/2, pi/2]; roll turns the upright picture clockwise.
        """
        x, y, z = self.direction.unbind(-1)
        up_right, up_down = self.rotation[:, 0, 1], self.rotation[:, 1, 1]  # where the hand's y axis points
        return torch.stack(
            [torch.atan2(x, z), torch.asin(y.clamp(-1, 1)), torch.atan2(up_right, -up_down)], -1
        )


@dataclass(frozen=True)
class Camera:
    """A pinhole camera: focal length (batch,) and principal point `centre` (batch, 2), both in pixels."""

    focal: Tensor
    centre: Tensor


def rotation_from_angles(angles: Tensor) -> Tensor:
    """Rotation (..., 3, 3) from hand to camera frame: the inverse of `Viewpoint.angles`.

    Args:
        angles: azimuth, elevation and roll, (..., 3) radians.
    """
    (sa, ca), (se, ce), (sr, cr) = ((a.sin(), a.cos()) for a in angles.unbind(-1))
    back = torch.stack([ce * sa, se, ce * ca], -1)  # towards the camera
    right = torch.stack([ca, torch.zeros_like(ca), -sa], -1)
    down = torch.linalg.cross(right, back)
    x = cr[..., None] * right - sr[..., None] * down
    y = sr[..., None] * right + cr[..., None] * down
    return torch.stack([x, y, -back], -2)


def sample_viewpoint(n: int, *, generator: torch.Generator, device: torch.device | str = "cpu") -> Viewpoint:
    """Draw n viewpoints: a rotation uniform over all rotations, 400 to 900 mm away, margins of 4 to 12 %.

    A quaternion of four standard normals, normalised, is uniform (Shoemake, 1992): every viewing direction and
    every roll is as likely as any other.

    Args:
        n: number of viewpoints.
    """
    quaternion = torch.randn(n, 4, generator=generator, device=generator.device)
    uniform = torch.rand(n, 4, generator=generator, device=generator.device).to(device)
    w, v = normalize(quaternion, dim=-1).to(device).split([1, 3], -1)
    eye = torch.eye(3, device=device)
    cross = torch.linalg.cross(eye.expand(n, 3, 3), v[:, None].expand(n, 3, 3))  # rows e_i x v: minus [v]_x^T
    rotation = (
        (2 * w.square() - 1)[..., None] * eye + 2 * v[:, :, None] * v[:, None] + 2 * w[..., None] * cross
    )
    return Viewpoint(rotation, 400 + 500 * uniform[:, 0], 0.04 + 0.08 * uniform[:, 1], 2 * uniform[:, 2:] - 1)


def look(joints: Tensor, viewpoint: Viewpoint) -> Tensor:
    """Joints in the camera frame, (batch, 21, 3) mm, with their bounding box's middle straight ahead.

    Args:
        joints: (batch, 21, 3) mm, any frame that the viewpoint's rotation starts from.
        viewpoint: rotation and distance.
    """
    turned = joints @ viewpoint.rotation.mT
    middle = (turned.amin(1, keepdim=True) + turned.amax(1, keepdim=True)) / 2
    ahead = torch.zeros_like(middle)
    ahead[..., 2] = viewpoint.distance[:, None]
    return turned - middle + ahead


def frame(joints: Tensor, radii: Tensor, viewpoint: Viewpoint, size: int) -> Camera:
    """The camera whose crop of size x size pixels holds the hand with the viewpoint's margin.

    The silhouette of a sphere of radius r at (X, Y, Z) lies within r / Z * sqrt(1 + X^2 / Z^2), to first order in
    r / Z, of its centre X / Z; its second order is covered by a twentieth of the radius.

    Args:
        joints: in the camera frame, (batch, 21, 3) mm.
        radii: of the flesh around them, (batch, 21) mm.
        viewpoint: margin and offset.
        size: of the crop, pixels.
    """
    flat = joints[..., :2] / joints[..., 2:]
    reach = 1.05 * radii[..., None] / joints[..., 2:] * (1 + flat.square()).sqrt()
    low, high = (flat - reach).amin(1), (flat + reach).amax(1)
    focal = size * (1 - 2 * viewpoint.margin) / (high - low).amax(1)
    middle = size * (0.5 + viewpoint.margin[:, None] * viewpoint.offset)
    return Camera(focal, middle - focal[:, None] * (low + high) / 2)


def project(points: Tensor, camera: Camera) -> Tensor:
    """Pixels of points in the camera frame, (batch, N, 3) mm -> (batch, N, 2) as (u, v).

    Args:
        points: in front of the camera, z > 0.
        camera: focal length and principal point.
    """
    flat = points[..., :2] / points[..., 2:]
    return camera.focal[:, None, None] * flat + camera.centre[:, None]
