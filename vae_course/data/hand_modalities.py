"""The hands of chapters 8 and 9: one hand as a photograph, a cut-out, a depth image, 2-D and 3-D joints.

Rows are stored small (bytes, millimetres, pixels) and go into a network through `hand_units`.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from vae_course.data.hands import (
    Factors,
    Hands,
    draw_hands,
    forward_kinematics,
    project,
    rotation_from_angles,
    sample_factors,
)
from vae_course.data.hands.camera import frame, look
from vae_course.data.real_hands import SignLanguageSplit
from vae_course.data.real_hands.prepare import with_palm

LIMITS = (180.0, 40.0, 45.0)
"""How far azimuth, elevation and roll of the viewpoint go to either side, degrees."""

UNIT = 50.0
"""3-D joints enter a network in units of this many mm."""

CHUNK = 250
"""Hands drawn at once."""


def upright_factors(n: int, *, generator: torch.Generator) -> Factors:
    """Factors of n right hands seen from any side, but more or less with the fingers up.

    Azimuth is uniform over the circle, elevation over 40 degrees to either side, roll over 45. A left hand would be
    mirrored: that the side is known is an assumption of both hand papers.

    Args:
        n: number of hands.
    """
    factors = sample_factors(n, generator=generator)
    turn = 2 * torch.rand(n, 3, generator=generator, device=generator.device) - 1
    rotation = rotation_from_angles(turn * torch.tensor(LIMITS) * math.pi / 180)
    return replace(
        factors,
        left=torch.zeros_like(factors.left),
        viewpoint=replace(factors.viewpoint, rotation=rotation.to(factors.pose)),
    )


def hand_rows(hands: Hands) -> dict[str, Tensor]:
    """A batch of drawn hands as rows to keep.

    Args:
        hands: from `draw_hands`, n images of size x size pixels.

    Returns:
        `rgb`: uint8 (n, 3 * size * size), the photograph.
        `depth`: uint8 (n, size * size), 128 at the palm's distance, one more for each mm nearer; 0: no hand.
        `joints_2d`: (n, 42) as fractions of the image's side, u to the right, v down.
        `joints_3d`: (n, 63) mm in the camera frame, relative to the palm, which is joint 0.
        `pose`: (n, 63) mm, the same in the hand's own frame: without viewpoint.
        `view`: (n, 9), the rotation from the hand's frame to the camera's.
    """
    size = hands.depth.shape[-1]
    nearer = with_palm(hands.joints_3d)[:, :1, 2:] - hands.depth
    depth = torch.where(hands.mask, (128 + nearer).round().clamp(1, 255), 0.0)
    return {
        "rgb": hands.rgb.flatten(1),
        "depth": depth.to(torch.uint8).flatten(1),
        **_joint_rows(
            hands.joints, hands.joints_3d, hands.joints_2d / size, hands.factors.viewpoint.rotation
        ),
    }


def draw_hand_rows(n: int, *, seed: int, size: int = 64) -> dict[str, Tensor]:
    """Draw n upright right hands as `hand_rows`; some 200 a second on one core.

    Args:
        n: number of hands.
        seed: of all their factors; another seed, other hands.
        size: height and width of the images, pixels.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for first in range(0, n, CHUNK):
        factors = upright_factors(min(CHUNK, n - first), generator=generator)
        parts.append(hand_rows(draw_hands(factors, size=size)))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def draw_joint_rows(n: int, *, seed: int, size: int = 64) -> dict[str, Tensor]:
    """The joints of n hands, as in `hand_rows`, without drawing: thousands in a second.

    Args:
        n: number of hands.
        seed: of all their factors.
        size: of the images that are not drawn, for the 2-D joints.
    """
    factors = upright_factors(n, generator=torch.Generator().manual_seed(seed))
    own = forward_kinematics(factors.pose, factors.shape.lengths())
    seen = look(own, factors.viewpoint)
    pixels = project(seen, frame(seen, factors.shape.radii(), factors.viewpoint, size))
    return _joint_rows(own, seen, pixels / size, factors.viewpoint.rotation)


def _joint_rows(own: Tensor, seen: Tensor, place: Tensor, rotation: Tensor) -> dict[str, Tensor]:
    own, seen = with_palm(own), with_palm(seen)
    return {
        "joints_2d": with_palm(place).flatten(1),
        "joints_3d": (seen - seen[:, :1]).flatten(1),
        "pose": (own - own[:, :1]).flatten(1),
        "view": rotation.flatten(1),
    }


def photograph_rows(split: SignLanguageSplit) -> dict[str, Tensor]:
    """Photographs as rows at half their size, with the joints as in `hand_rows`: pseudo-labels, nobody measured them.

    Args:
        split: N photographs of an even number of pixels a side, from `load_sign_language`.

    Returns:
        `rgb`: uint8 (N, 3 * (size / 2)^2); `joints_2d`: (N, 42); `joints_3d`: (N, 63) mm.
    """
    joints = with_palm(split.joints_3d)
    return {
        "rgb": avg_pool2d(split.images.float(), 2).round().to(torch.uint8).flatten(1),
        "joints_2d": (with_palm(split.joints_2d) / split.images.shape[-1]).flatten(1),
        "joints_3d": (joints - joints[:, :1]).flatten(1),
    }


def hand_units(rows: dict[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
    """Stored rows as networks read them; `fit` takes this as `prepare`.

    Args:
        rows: some or all of `hand_rows`, (batch, ...); other names pass as they are.
        generator: not used; nothing here is random.

    Returns:
        Images as float32: `rgb` in [-.5, .5], `depth` in [0, 1], and, where there are both, `cutout`: `rgb` with
        mid-grey (0) wherever there is no hand. `joints_2d` in [-1, 1] with 0 in the middle of the image,
        `joints_3d` and `pose` in units of 50 mm.
    """
    units = dict(rows)
    if "rgb" in rows:
        units["rgb"] = rows["rgb"].float() / 255 - 0.5
    if "depth" in rows:
        units["depth"] = rows["depth"].float() / 255
    if "rgb" in rows and "depth" in rows:
        units["cutout"] = units["rgb"] * (rows["depth"] > 0).repeat(1, 3)
    if "joints_2d" in rows:
        units["joints_2d"] = 2 * rows["joints_2d"] - 1
    for name in ("joints_3d", "pose"):
        if name in rows:
            units[name] = rows[name] / UNIT
    return units


def joints_mm(units: Tensor) -> Tensor:
    """3-D joints back from a network: (..., 63) in units of 50 mm -> (..., 21, 3) mm, relative to the palm."""
    return UNIT * units.unflatten(-1, (21, 3))


def joints_px(units: Tensor, size: int) -> Tensor:
    """2-D joints back from a network: (..., 42) in [-1, 1] -> (..., 21, 2) pixels of an image of that size."""
    return size * (units.unflatten(-1, (21, 2)) + 1) / 2
