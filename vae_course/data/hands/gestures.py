"""Named gestures: counting, pointing, pinching, holding."""

import torch
from torch import Tensor

from vae_course.data.hands.anatomy import ANGLES

# Degrees. Thumb: CMC flexion, abduction, twist, MCP, IP. Fingers, index to little: MCP, abduction, PIP;
# the DIP bends 0.62 times as far as the PIP, and the palm cups as the ring and little fingers close.
_STRAIGHT = ((2, -1, 5), (2, 1, 5), (2, 2, 5), (2, 5, 5))
_SPREAD = ((2, 13, 5), (2, 2, 5), (2, -8, 5), (2, -16, 5))
_CLOSED = ((80, 0, 95), (80, 2, 95), (80, 6, 95), (80, 4, 95))
_OUT, _ACROSS, _FOLDED, _BESIDE = (
    (0, -16, 5, -8, -8),
    (8, 37, -8, 47, 60),
    (15, -2, -2, 52, 75),
    (-15, -24, 0, 22, 18),
)

_TABLE = {
    "flat": (_BESIDE, *_STRAIGHT),
    "spread": (_OUT, *_SPREAD),
    "fist": (_ACROSS, *_CLOSED),
    "thumb up": (_OUT, *_CLOSED),
    "point": ((0, 18, 5, 52, 66), _STRAIGHT[0], *_CLOSED[1:]),
    "thumb and index": (_OUT, _STRAIGHT[0], *_CLOSED[1:]),
    "two": ((11, 33, -5, 47, 62), (2, 10, 5), (2, 2, 5), (80, 0, 95), (80, -4, 95)),
    "three with thumb": (_OUT, (2, 10, 5), (2, 2, 5), (80, 0, 95), (80, -4, 95)),
    "four": (_FOLDED, (2, 8, 5), (2, 2, 5), (2, -3, 5), (2, -9, 5)),
    "little": (_ACROSS, *_CLOSED[:3], (2, -6, 5)),
    "thumb and little": (_OUT, *_CLOSED[:3], (2, -12, 5)),
    "horns": (_ACROSS, (2, 4, 5), *_CLOSED[1:3], (2, -6, 5)),
    "pinch index": ((14, 10, 3, 10, 6), (40, 11, 47), (8, 2, 10), (4, -3, 8), (2, -8, 6)),
    "pinch middle": ((20, 15, 6, 15, 9), (5, 6, 8), (44, 7, 48), (12, -1, 12), (5, -5, 8)),
    "pinch ring": ((25, 23, 7, 20, 13), (5, 6, 8), (8, 2, 12), (43, 5, 45), (15, -5, 20)),
    "pinch little": ((29, 26, 10, 27, 18), (3, 5, 5), (5, 1, 6), (15, 0, 15), (40, -1, 41)),
    "pinch closed": ((15, 10, 3, 12, 8), (39, 4, 48), (62, 2, 75), (66, 6, 80), (66, 4, 80)),
    "fingertips together": ((25, 20, 10, 18, 6), (58, 0, 48), (47, 2, 38), (62, 6, 45), (60, 4, 45)),
    "ball": ((25, 12, 3, -6, 0), (25, 9, 35), (28, 2, 38), (30, -3, 38), (30, -9, 35)),
    "grip": ((4, 7, 0, 20, 33), (45, 1, 55), (50, 2, 60), (55, 4, 60), (58, 3, 60)),
    "hook": (_BESIDE, (8, 0, 75), (8, 1, 78), (8, 3, 78), (8, 4, 75)),
    "table": (_BESIDE, (70, 0, 5), (72, 2, 5), (72, 5, 5), (70, 5, 5)),
}

GESTURES = tuple(_TABLE)
"""Names of the gestures, in the order of `gesture_poses`."""


def gesture_poses() -> Tensor:
    """The pose of every gesture, (number of gestures, 23) radians, inside the limits."""
    poses = []
    for thumb, *fingers in _TABLE.values():
        ring, little = fingers[2][0] / 80, fingers[3][0] / 80
        (index, middle, ring_rows, little_rows) = [
            (mcp, spread, pip, 0.62 * pip) for mcp, spread, pip in fingers
        ]
        poses.append([*thumb, *index, *middle, 2 + 4 * ring, *ring_rows, 3 + 7 * little, *little_rows])
    low, high = torch.tensor([[angle.low, angle.high] for angle in ANGLES]).T
    return torch.deg2rad(torch.tensor(poses)).clamp(low, high)
