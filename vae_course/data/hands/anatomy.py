"""The measures of a human hand: 21 joints, 20 bones, 23 angles and their limits.

The hand frame is that of a right hand: origin at the wrist, x towards the thumb, y from the wrist to the middle
finger's knuckle, z out of the palm. Lengths are in mm at a hand length of 189 mm, angles in radians from a flat,
relaxed hand. Bone lengths and radii follow Buchholz et al. (1992).
"""

import math
from dataclasses import dataclass

import torch

HAND_LENGTH = 189.0
"""Wrist to middle fingertip, mm: the hand to which all lengths here belong."""

FINGERS = {
    name: tuple(range(1 + 4 * i, 5 + 4 * i))
    for i, name in enumerate(("thumb", "index", "middle", "ring", "little"))
}
"""The four joints of each finger, from the palm to the tip."""

JOINTS = (
    "wrist",
    *(f"thumb {joint}" for joint in ("CMC", "MCP", "IP", "tip")),
    *(f"{name} {joint}" for name in list(FINGERS)[1:] for joint in ("MCP", "PIP", "DIP", "tip")),
)
"""Names of the 21 joints, in the order of every joint tensor (batch, 21, 3)."""

PARENTS = (-1, *(0 if i % 4 == 1 else i - 1 for i in range(1, 21)))
"""For each joint the one before it on the way to the wrist; the wrist has none (-1)."""

BONES = tuple((parent, joint) for joint, parent in enumerate(PARENTS) if parent >= 0)
"""The 20 bones as pairs (parent joint, joint); bone i ends in joint i + 1."""

# Wrist to thumb CMC is no bone of the table; 28 mm puts the thumb's MCP and IP where the rest pose has them.
LENGTHS = HAND_LENGTH * torch.tensor(
    [
        [0.148, 0.251, 0.196, 0.158],  # thumb: carpus, metacarpal, proximal and distal phalanx
        [0.463, 0.245, 0.143, 0.097],  # fingers: metacarpal, proximal, middle and distal phalanx
        [0.446, 0.266, 0.170, 0.108],
        [0.421, 0.244, 0.165, 0.107],
        [0.414, 0.204, 0.117, 0.093],
    ]
)
"""Length of each finger's four bones, (5, 4) mm."""

REST = torch.tensor(
    [
        [[25, 37, 21], [40, 61, 38], [60, 86, 49], [70, 94, 55]],
        [[21, 89, 7], [19, 134, 9], [17, 159, 10], [15, 170, 9]],
        [[0, 92, 0], [-6, 138, 3], [-9, 165, 4], [-11, 177, 3]],
        [[-19, 85, 2], [-30, 126, 4], [-37, 152, 6], [-40, 163, 6]],
        [[-38, 74, 7], [-46, 107, 10], [-53, 126, 11], [-56, 138, 12]],
    ],
    dtype=torch.float32,
)
"""A generic hand at rest, (5, 4, 3) mm: only the directions of its bones are used."""

PULP = torch.tensor([[-0.86, 0.46, 0.10]] + 4 * [[0.0, 0.0, 1.0]])
"""Where each finger's palmar side looks at rest, (5, 3): it bends that way. The thumb's looks across the palm."""

_FINGER_RADII = (
    (14.5, 11.5, 9.9, 8.0),
    (11.5, 9.1, 7.6, 6.4),
    (11.3, 9.0, 7.9, 6.8),
    (10.4, 8.2, 7.3, 6.2),
    (9.6, 7.3, 6.6, 5.6),
)
RADII = torch.tensor([17.0, *(radius for finger in _FINGER_RADII for radius in finger)])
"""Radius of the flesh around each joint, (21,) mm; along a bone it changes linearly."""


@dataclass(frozen=True)
class Angle:
    """One degree of freedom.

    The angle turns `bone` (0 to 3, from the palm) of `finger` (0 to 4) and what follows it, about the bone's axis
    x (flexion, towards the palmar side), y (twist about the bone itself) or z (abduction, towards x: a finger
    moves to the thumb's side, the thumb out of the palm). It stays between `low` and `high`, in radians.
    """

    name: str
    finger: int
    bone: int
    axis: str
    low: float
    high: float


def _angles() -> tuple[Angle, ...]:
    def angle(name: str, bone: int, axis: str, low: float, high: float) -> Angle:
        finger = list(FINGERS).index(name.split()[0])
        return Angle(name, finger, bone, axis, math.radians(low), math.radians(high))

    spread = {"index": (-15, 20), "middle": (-8, 20), "ring": (-14, 20), "little": (-20, 20)}
    arch = {"ring": 15, "little": 30}  # the metacarpals that move, to cup the palm
    angles = [
        angle("thumb CMC flexion", 1, "x", -25, 35),
        angle("thumb CMC abduction", 1, "z", -30, 60),
        angle("thumb CMC twist", 1, "y", -20, 40),
        angle("thumb MCP flexion", 2, "x", -10, 55),
        angle("thumb IP flexion", 3, "x", -15, 80),
    ]
    for name in list(FINGERS)[1:]:
        if name in arch:
            angles.append(angle(f"{name} CMC flexion", 0, "x", 0, arch[name]))
        angles += [
            angle(f"{name} MCP flexion", 1, "x", -20, 90),
            angle(f"{name} MCP abduction", 1, "z", *spread[name]),
            angle(f"{name} PIP flexion", 2, "x", 0, 100),
            angle(f"{name} DIP flexion", 3, "x", -10, 90),
        ]
    return tuple(angles)


ANGLES = _angles()
"""The 23 degrees of freedom, in the order of every pose tensor (batch, 23)."""
