"""The skin of a hand as a sphere-mesh: spheres at and between the joints, joined in pairs and in threes.

Two spheres are joined by their convex hull, a tapered capsule (round cone); three by theirs, a thick triangle with
round edges. Capsules make the fingers; triangles make the palm, the ball of the thumb, the webs between the
fingers and a stump of the forearm. Every sphere is placed from the joints alone, so that any posed hand has a skin.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hands.anatomy import BONES, FINGERS

# Spheres beside the 21 joints': between two joints, moved in the palm's frame (x to the thumb, y to the fingers,
# z out of the palm) by parts of the wrist's radius; their radius in parts of the joints' in between.
_BETWEEN = {
    #                  joints, part    moved               radius
    "wrist, thumb": ((0, 0, 0.00), (0.55, 0.00, 0.00), 1.00),
    "wrist, little": ((0, 0, 0.00), (-0.65, 0.00, 0.00), 0.98),
    "arm, thumb": ((0, 0, 0.00), (0.62, -2.80, -0.10), 1.00),
    "arm, little": ((0, 0, 0.00), (-0.72, -2.80, -0.10), 1.00),
    "palm, index": ((0, 5, 0.90), (0.00, 0.00, 0.06), 0.92),
    "palm, middle": ((0, 9, 0.90), (0.00, 0.00, 0.06), 0.92),
    "palm, ring": ((0, 13, 0.90), (0.00, 0.00, 0.06), 0.92),
    "palm, little": ((0, 17, 0.88), (0.00, 0.00, 0.06), 0.94),
    "web, index": ((5, 6, 0.34), (0.00, 0.00, 0.10), 0.75),
    "web, middle": ((9, 10, 0.34), (0.00, 0.00, 0.10), 0.75),
    "web, ring": ((13, 14, 0.34), (0.00, 0.00, 0.10), 0.75),
    "web, little": ((17, 18, 0.34), (0.00, 0.00, 0.10), 0.75),
    "little's ball": ((0, 17, 0.40), (-0.40, 0.00, 0.25), 1.00),
    "thumb's ball": ((1, 2, 0.45), (-0.30, -0.05, -0.05), 1.10),
    "web, thumb": ((1, 2, 0.80), (0.10, 0.00, -0.10), 0.72),
    "web, palm": ((0, 5, 0.74), (0.10, 0.00, 0.10), 0.62),
}
_TABLE = [(*joints, *moved, radius) for joints, moved, radius in _BETWEEN.values()]
_NUMBER = {name: 21 + i for i, name in enumerate(_BETWEEN)}
_WRIST = _NUMBER["wrist, thumb"], _NUMBER["wrist, little"]
_ARM = _NUMBER["arm, thumb"], _NUMBER["arm, little"]
_KNUCKLES = [_NUMBER[f"palm, {finger}"] for finger in list(FINGERS)[1:]]
_WEBS = [_NUMBER[f"web, {finger}"] for finger in list(FINGERS)[1:]]
_BALL, _HEEL = _NUMBER["thumb's ball"], _NUMBER["little's ball"]
_WEB = _NUMBER["web, thumb"], _NUMBER["web, palm"]

TRIANGLES = (
    (_WRIST[0], _KNUCKLES[0], _KNUCKLES[1]),
    (_WRIST[0], _KNUCKLES[1], _KNUCKLES[2]),
    (*_WRIST, _KNUCKLES[2]),
    (_WRIST[1], _KNUCKLES[2], _KNUCKLES[3]),
    (_WRIST[1], _HEEL, _KNUCKLES[3]),
    (*_WRIST, _ARM[0]),
    (_WRIST[1], *_ARM),
    (_WRIST[0], 1, _BALL),
    (1, 2, _BALL),
    (_WRIST[0], _BALL, _KNUCKLES[1]),
    (1, *_WEB),
    (_WRIST[0], 1, _WEB[1]),
    *((_KNUCKLES[i], _WEBS[i], _WEBS[i + 1]) for i in range(3)),
    *((_KNUCKLES[i], _KNUCKLES[i + 1], _WEBS[i + 1]) for i in range(3)),
)
"""Threes of spheres that a thick triangle joins."""

PHALANGES = tuple(bone for bone in BONES if bone[0] not in (0, 1))
"""Bones that are capsules of their own: those outside the palm."""

_SIDES = {tuple(sorted((t[i], t[i - 1]))) for t in TRIANGLES for i in range(3)}
CAPSULES = (*PHALANGES, *((knuckle, 5 + 4 * i) for i, knuckle in enumerate(_KNUCKLES)), *sorted(_SIDES))
"""Pairs of spheres that a tapered capsule joins: phalanges, the knuckles' bases, the triangles' sides."""


@dataclass(frozen=True)
class Surface:
    """The spheres of a batch of hands, and where the hands' palms look.

    Attributes:
        centres: (batch, 37, 3) mm, the 21 joints first.
        radii: (batch, 37) mm.
        palm: axes of the palm as columns, (batch, 3, 3): to the thumb, to the fingers, out of the palm.
        palmar: where each phalanx's palmar side looks, unit vectors (batch, 14, 3), as `PHALANGES`.
    """

    centres: Tensor
    radii: Tensor
    palm: Tensor
    palmar: Tensor

    def __getitem__(self, index: slice) -> "Surface":
        return Surface(*(value[index] for value in vars(self).values()))


def hand_surface(joints: Tensor, radii: Tensor, left: Tensor) -> Surface:
    """Dress joints in spheres.

    Args:
        joints: (batch, 21, 3) mm, in any right-handed frame.
        radii: (batch, 21) mm.
        left: whether it is a left hand, bool (batch,); only then is the palm on the other side.
    """
    palm = palm_axes(joints, left)
    table = torch.tensor(_TABLE, device=joints.device).to(joints.dtype)
    first, second = table[:, :2].long().T
    part, moved, factor = table[:, 2], table[:, 3:6], table[:, 6]
    centres = torch.lerp(joints[:, first], joints[:, second], part[:, None])
    centres = centres + radii[:, :1, None] * (moved @ palm.mT)
    between = factor * torch.lerp(radii[:, first], radii[:, second], part)
    return Surface(
        torch.cat([joints, centres], 1), torch.cat([radii, between], 1), palm, palmar_sides(joints, palm)
    )


def palm_axes(joints: Tensor, left: Tensor) -> Tensor:
    """Axes of the palm as columns, (batch, 3, 3): to the thumb, to the middle finger, out of the palm."""
    y = normalize(joints[:, 9] - joints[:, 0], dim=-1)
    across = joints[:, 5] - joints[:, 17]
    x = normalize(across - (across * y).sum(-1, keepdim=True) * y, dim=-1)
    z = torch.linalg.cross(x, y)
    return torch.stack([x, y, torch.where(left[:, None], -z, z)], -1)


def palmar_sides(joints: Tensor, palm: Tensor) -> Tensor:
    """Where the palmar side of each phalanx looks, unit vectors (batch, 14, 3).

    It is known for the metacarpal (a finger's looks out of the palm, the thumb's across it), and turns with each
    bone by the smallest rotation that takes the bone before to it: with n orthogonal to d,
    n' = n - (n . d') / (1 + d . d') (d + d').
    """
    starts, ends = torch.tensor(BONES, device=joints.device).T
    bones = normalize(joints[:, ends] - joints[:, starts], dim=-1)
    sides = []
    for i, finger in enumerate(FINGERS.values()):
        chain = bones[:, [joint - 1 for joint in finger]][:, 1 if i == 0 else 0 :]  # from the metacarpal
        d = chain[:, 0]
        n = palm @ palm.new_tensor([-0.86, 0.46, 0.10] if i == 0 else [0.0, 0.0, 1.0])
        n = normalize(n - (n * d).sum(-1, keepdim=True) * d, dim=-1)
        for following in chain[:, 1:].unbind(1):
            dot = (d * following).sum(-1, keepdim=True)
            n = n - (n * following).sum(-1, keepdim=True) / (1 + dot).clamp(min=1e-3) * (d + following)
            d = following
            sides.append(n)
    return torch.stack(sides, 1)
