"""Hands from their factors: pose, shape, side, viewpoint and appearance in; images and joints out."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vae_course.data.hands.appearance import Appearance, sample_appearance
from vae_course.data.hands.camera import Camera, Viewpoint, frame, look, project, sample_viewpoint
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.pose import sample_pose
from vae_course.data.hands.render import render
from vae_course.data.hands.shape import Shape, sample_shape


@dataclass(frozen=True)
class Factors:
    """All that a batch of hands is drawn from; `dataclasses.replace` combines those of different hands freely.

    Attributes:
        pose: (batch, 23) radians, in the order of `ANGLES`.
        shape: length, proportions and thickness.
        left: whether it is a left hand, bool (batch,).
        viewpoint: rotation, distance, and how the hand is framed.
        appearance: skin, light and background.
    """

    pose: Tensor
    shape: Shape
    left: Tensor
    viewpoint: Viewpoint
    appearance: Appearance

    def __getitem__(self, index: Tensor | slice) -> "Factors":
        """The factors of some of the hands.

        Args:
            index: what a tensor of shape (batch,) can be indexed with.
        """
        return replace(self, **{name: value[index] for name, value in vars(self).items()})


@dataclass(frozen=True)
class Hands:
    """A batch of hands in four modalities, with what they were drawn from.

    Attributes:
        rgb: uint8 (batch, 3, size, size).
        depth: float32 (batch, size, size) mm from the camera's plane, 0 where there is no hand.
        mask: where the hand is, bool (batch, size, size).
        joints_2d: (batch, 21, 2) pixels (u, v), u to the right, v down, the first pixel's centre at (.5, .5).
        joints_3d: (batch, 21, 3) mm in the camera frame: x right, y down, z forward.
        joints: (batch, 21, 3) mm in the hand frame of a right hand, whatever the side: pose and shape alone.
        camera: focal length and principal point of the crop.
        factors: pose, shape, side, viewpoint and appearance.
    """

    rgb: Tensor
    depth: Tensor
    mask: Tensor
    joints_2d: Tensor
    joints_3d: Tensor
    joints: Tensor
    camera: Camera
    factors: Factors


def sample_factors(n: int, *, generator: torch.Generator, device: torch.device | str = "cpu") -> Factors:
    """Draw the factors of n hands independently; only a pose that the shape's flesh forbids is drawn again.

    Left and right are equally likely.

    Args:
        n: number of hands, at least 1.

    Raises:
        ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    shape = sample_shape(n, generator=generator, device=device)
    return Factors(
        sample_pose(shape, generator=generator),
        shape,
        (torch.rand(n, generator=generator, device=generator.device) < 0.5).to(device),
        sample_viewpoint(n, generator=generator, device=device),
        sample_appearance(n, generator=generator, device=device),
    )


def mirror(joints: Tensor, left: Tensor) -> Tensor:
    """Joints of right hands, (batch, 21, 3), with x turned into -x where the hand is a left one.

    Args:
        joints: in the hand frame.
        left: bool (batch,).
    """
    return torch.where(left[:, None, None], joints * joints.new_tensor([-1, 1, 1]), joints)


def draw_hands(factors: Factors, *, size: int = 64) -> Hands:
    """Draw hands from their factors, with nothing random.

    Args:
        factors: of the hands, for example of several hands' mixed.
        size: height and width of the images, pixels.
    """
    joints = forward_kinematics(factors.pose, factors.shape.lengths())
    radii = factors.shape.radii()
    seen = look(mirror(joints, factors.left), factors.viewpoint)
    camera = frame(seen, radii, factors.viewpoint, size)
    picture = render(seen, radii, factors.left, camera.focal, camera.centre, size, factors.appearance)
    return Hands(
        picture.rgb, picture.depth, picture.mask, project(seen, camera), seen, joints, camera, factors
    )


def sample_hands(
    n: int, *, size: int = 64, generator: torch.Generator, device: torch.device | str = "cpu"
) -> Hands:
    """Draw n random hands with images of size x size pixels: `sample_factors`, then `draw_hands`.

    Args:
        n: number of hands, at least 1.
        size: height and width of the images, pixels.

    Raises:
        ValueError: n is less than 1.
    """
    return draw_hands(sample_factors(n, generator=generator, device=device), size=size)
