"""Whether a hand runs through itself: distances between the tapered capsules around its bones."""

from itertools import combinations

import torch
from torch import Tensor

from vae_course.data.hands.anatomy import BONES

WEB = 0.4
"""Part of a finger's proximal phalanx at which its neighbours touch it in any pose: skin joins them there."""


def _pairs() -> list[tuple[int, int]]:
    """Pairs of bones (numbered 4 finger + bone) that must stay apart."""
    palm = [4, 8, 12, 16]  # the fingers' metacarpals
    fingers = [[4 * f + 1, 4 * f + 2, 4 * f + 3] for f in range(1, 5)]
    thumb = [2, 3]
    pairs = [(a, b) for one, other in combinations([thumb, *fingers], 2) for a in one for b in other]
    pairs += [(metacarpal, bone) for metacarpal in palm for bone in thumb]
    pairs += [(metacarpal, bone) for metacarpal in (1, *palm) for finger in fingers for bone in finger[1:]]
    return pairs + [(finger[0], finger[2]) for finger in fingers]  # a finger's tip and its own first phalanx


PAIRS = torch.tensor(_pairs())
"""Bones whose capsules are compared, (132, 2)."""


def penetration(joints: Tensor, radii: Tensor) -> Tensor:
    """How deep each pair of `PAIRS` runs into each other, (batch, 132) mm; negative is the gap between them.

    Measured at the closest points of the bones' axes, with the radii interpolated there.

    Args:
        joints: (batch, 21, 3) mm.
        radii: (batch, 21) mm.
    """
    starts, ends = torch.tensor(BONES, device=joints.device).T
    a, b, ra, rb = joints[:, starts], joints[:, ends], radii[:, starts], radii[:, ends]
    web = joints.new_zeros(20, 1)
    web[5::4] = WEB
    a, ra = a + web * (b - a), ra + web[:, 0] * (rb - ra)
    first, second = PAIRS.to(joints.device).T
    s, t = closest(a[:, first], b[:, first], a[:, second], b[:, second])
    gap = (
        torch.lerp(a[:, first], b[:, first], s[..., None])
        - torch.lerp(a[:, second], b[:, second], t[..., None])
    ).norm(dim=-1)
    return torch.lerp(ra[:, first], rb[:, first], s) + torch.lerp(ra[:, second], rb[:, second], t) - gap


def closest(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """Where on the segments ab and cd their closest points lie, as fractions from a and from c, each (...).

    The unconstrained minimum is clamped to one segment, then each point is put closest to the other.

    Args:
        a, b, c, d: end points, (..., 3).
    """
    u, v, w = b - a, d - c, a - c
    uu, uv, vv = (u * u).sum(-1), (u * v).sum(-1), (v * v).sum(-1)
    uw, vw = (u * w).sum(-1), (v * w).sum(-1)
    s = ((uv * vw - vv * uw) / (uu * vv - uv * uv).clamp(min=1e-9)).clamp(0, 1)
    t = ((uv * s + vw) / vv).clamp(0, 1)
    return ((uv * t - uw) / uu).clamp(0, 1), t
