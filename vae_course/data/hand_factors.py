"""The hands of chapter 9: a photograph that is a function of three factors, and the factors as vectors.

The factors are pose, viewpoint and content: the colours of the skin and of the background. What else changes a
photograph, the build of the hand, the light, the camera's distance and the frame, is the same for all.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hand_modalities import CHUNK, hand_rows
from vae_course.data.hands import (
    ANGLES,
    FINGERS,
    GESTURES,
    Factors,
    Hands,
    Shape,
    Viewpoint,
    draw_hands,
    forward_kinematics,
    gesture_poses,
    project,
    rotation_from_angles,
    sample_appearance,
)
from vae_course.data.hands.anatomy import HAND_LENGTH
from vae_course.data.hands.camera import frame, look
from vae_course.data.hands.pose import collides
from vae_course.data.real_hands.prepare import with_palm

VIEWS = (45.0, 20.0, 20.0)
"""How far azimuth, elevation and roll go to either side of a look onto the palm, degrees."""

CARD = 4
"""The content shows the background as a picture of so many pixels a side."""

BENDS = (*FINGERS, "spread")
"""What a pose is made of: how far each finger is bent, and how far the fingers are spread, each in [0, 1]."""

FACTORS = {"pose": 63, "view": 9, "content": 3 * CARD**2 + 6}
"""The three factors, and the size of each as a vector."""

LIGHT = (-0.4, -0.6, -1.0)
"""Where the light comes from in the camera's frame: from the left, from above, from behind the camera."""


def bent_pose(bends: Tensor) -> Tensor:
    """Poses of given `BENDS`, (n, 6) in [0, 1] -> (n, 23) radians: between an open hand and a fist.

    Args:
        bends: thumb, index, middle, ring, little finger, 0 straight and 1 closed; then 0 for fingers side by side
            and 1 for spread fingers.
    """
    flat, spread, fist, four = (
        gesture_poses()[GESTURES.index(name)].to(bends) for name in ("flat", "spread", "fist", "four")
    )
    finger = torch.tensor([angle.finger for angle in ANGLES])
    open_hand = torch.lerp(flat, spread, bends[:, 5:])
    open_hand[:, finger == 0] = spread[finger == 0]  # the thumb does not move with the others
    closed = torch.where(finger == 0, four, fist)
    return torch.lerp(open_hand, closed.expand_as(open_hand), bends[:, finger])


def sample_bends(n: int, *, generator: torch.Generator) -> Tensor:
    """Draw n poses that do not run through themselves, as `BENDS`, (n, 6): a third each straight, closed, between.

    Args:
        n: number of poses.
    """
    shape = _one_build(n)
    bends = _propose(n, generator)
    bad = collides(bent_pose(bends), shape).nonzero()[:, 0]
    while len(bad):
        bends[bad] = _propose(len(bad), generator)
        bad = bad[collides(bent_pose(bends[bad]), shape[bad])]
    return bends


def _propose(n: int, generator: torch.Generator) -> Tensor:
    """A finger is straight, closed or anything between with equal chances; the spread is uniform."""
    uniform, kind = torch.rand(2, n, 6, generator=generator, device=generator.device).unbind(0)
    kind[:, 5] = 0.5
    return torch.where(kind < 1 / 3, 0.1 * uniform, torch.where(kind > 2 / 3, 1 - 0.1 * uniform, uniform))


def _one_build(n: int) -> Shape:
    one = torch.ones(n)
    return Shape(HAND_LENGTH * one, torch.ones(n, 5), one)


def plain_factors(n: int, *, generator: torch.Generator) -> Factors:
    """Factors of n right hands of one build, palm ahead, before a wall of two colours with soft clouds.

    Build, distance, frame and light are the same for all, so that pose, viewpoint and content decide every pixel.

    Args:
        n: number of hands.
    """
    turn = 2 * torch.rand(n, 3, generator=generator, device=generator.device) - 1
    rotation = rotation_from_angles(turn * torch.tensor(VIEWS) * math.pi / 180)
    one = torch.ones(n)
    view = Viewpoint(rotation, 600 * one, 0.06 * one, torch.zeros(n, 2))
    pose = bent_pose(sample_bends(n, generator=generator))
    drawn = sample_appearance(n, generator=generator)
    wall = drawn.background
    wall = replace(
        wall,
        colours=wall.colours[:, [0, 1, 1]],
        waves=torch.zeros_like(wall.waves),
        phase=torch.full_like(wall.phase, -math.pi / 2),  # no stripes: one mixture of the colours everywhere
        sharpness=0 * one,
        roughness=wall.roughness[:, :1] * torch.tensor([1.0, 0, 0, 0]),
    )
    drawn = replace(
        drawn,
        light=normalize(torch.tensor(LIGHT).expand(n, 3), dim=-1),
        ambient=0.4 * one,
        brightness=one,
        gloss=0.06 * one,
        background=wall,
    )
    return Factors(pose, _one_build(n), torch.zeros(n, dtype=torch.bool), view, drawn)


def content_of(factors: Factors) -> Tensor:
    """The content as a vector of colours, (n, 54): a small picture of the background, skin, palm; values in [0, 1].

    Args:
        factors: of n hands.
    """
    seen = factors.appearance
    return torch.cat([seen.background.paint(CARD).flatten(1), seen.skin, seen.palm], 1)


def factor_rows(hands: Hands) -> dict[str, Tensor]:
    """A batch of drawn hands as rows to keep: `hand_rows`, `content`, (n, 54), and `angles`, (n, 23) radians.

    Args:
        hands: from `draw_hands`, n images of size x size pixels.
    """
    angles = hands.factors.pose
    return hand_rows(hands) | {"content": content_of(hands.factors), "angles": angles}


def mixed_factors(pose: Factors, view: Factors, content: Factors) -> Factors:
    """Hands with the pose of the first, the viewpoint of the second and the content of the third.

    Args:
        pose, view, content: factors of n hands each.
    """
    return replace(pose, viewpoint=view.viewpoint, appearance=content.appearance)


def draw_factor_rows(n: int, *, seed: int, size: int = 64) -> dict[str, Tensor]:
    """Draw n hands of `plain_factors` as `factor_rows`; some 200 a second on one core.

    Args:
        n: number of hands.
        seed: of all their factors; another seed, other hands.
        size: height and width of the images, pixels.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for first in range(0, n, CHUNK):
        factors = plain_factors(min(CHUNK, n - first), generator=generator)
        parts.append(factor_rows(draw_hands(factors, size=size)))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def draw_factor_joints(n: int, *, seed: int) -> dict[str, Tensor]:
    """The same without images, thousands a second: `joints_2d` (n, 42), `pose`, `view`, `content` as `factor_rows`.

    Args:
        n: number of hands.
        seed: of all their factors.
    """
    factors = plain_factors(n, generator=torch.Generator().manual_seed(seed))
    own = forward_kinematics(factors.pose, factors.shape.lengths())
    seen = look(own, factors.viewpoint)
    camera = frame(seen, factors.shape.radii(), factors.viewpoint, 1)
    own = with_palm(own)
    return {
        "joints_2d": with_palm(project(seen, camera)).flatten(1),
        "pose": (own - own[:, :1]).flatten(1),
        "view": factors.viewpoint.rotation.flatten(1),
        "content": content_of(factors),
    }


def factor_numbers(rows: dict[str, Tensor]) -> dict[str, Tensor]:
    """The factors in few numbers each, to ask codes about.

    Args:
        rows: `pose` in mm, `view` and `content` of n hands.

    Returns:
        `pose`: how far each fingertip is from the palm, thumb to little finger, (n, 5) mm; `view`: azimuth,
        elevation and roll, (n, 3) radians; `content`: mean colour of the wall and colour of the skin, (n, 6).
    """
    tips = rows["pose"].view(-1, 21, 3)[:, [finger[-1] for finger in FINGERS.values()]]
    one = torch.ones(len(tips))
    rotation = rows["view"].view(-1, 3, 3)
    wall = rows["content"][:, : 3 * CARD**2].unflatten(1, (3, CARD**2)).mean(-1)
    return {
        "pose": tips.norm(dim=-1),
        "view": Viewpoint(rotation, one, one, torch.zeros(len(tips), 2)).angles,
        "content": torch.cat([wall, rows["content"][:, 3 * CARD**2 : 3 * CARD**2 + 3]], 1),
    }
