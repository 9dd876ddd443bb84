"""Synergies: few things move many joints, and no angle leaves its limits.

A pose lives twice: as a vector u of 23 deviates around 0, in which synergies and noise are Gaussian, and as angles.
`squash` maps one to the other, low + (high - low) sigmoid(a + b u): Johnson's (1949) bounded distribution. It is
smooth and stays inside the limits for any u.
"""

import torch
from torch import Tensor

from vae_course.data.hands.anatomy import ANGLES

# Median and 99th percentile of each angle in degrees; flexions are close to those of signing hands.
_THUMB = ((4, 30), (0, 30), (5, 25), (18, 44), (24, 62))
_CMC = {"ring": (3, 10), "little": (5, 18)}
_FINGER = {  # MCP flexion and abduction, PIP, DIP
    "index": ((15, 70), (1, 16), (20, 75), (14, 65)),
    "middle": ((17, 72), (0, 10), (26, 95), (15, 75)),
    "ring": ((20, 80), (0, 12), (28, 96), (15, 70)),
    "little": ((20, 78), (-2, 14), (24, 92), (18, 80)),
}
_TYPICAL = list(_THUMB)
for _name, _rows in _FINGER.items():
    _TYPICAL += ([_CMC[_name]] if _name in _CMC else []) + list(_rows)

LOW = torch.tensor([angle.low for angle in ANGLES])
"""Lower limits of the angles, (23,) radians."""

HIGH = torch.tensor([angle.high for angle in ANGLES])
"""Upper limits of the angles, (23,) radians."""

_MEDIAN, _P99 = torch.logit(
    (torch.deg2rad(torch.tensor(_TYPICAL, dtype=torch.float32)).T - LOW) / (HIGH - LOW)
)
_SLOPE = (_P99 - _MEDIAN) / 2.326  # the standard normal's 99th percentile


def squash(u: Tensor) -> Tensor:
    """Angles for deviates, (..., 23) -> (..., 23) radians, inside the limits; standard normal u gives common angles.

    Args:
        u: deviates, any real numbers.
    """
    low, high, median, slope = (t.to(u) for t in (LOW, HIGH, _MEDIAN, _SLOPE))
    return torch.lerp(low, high, torch.sigmoid(median + slope * u))


def unsquash(pose: Tensor) -> Tensor:
    """Inverse of `squash`, (..., 23) radians -> (..., 23); an angle within 2 % of a limit is first moved off it.

    Args:
        pose: angles.
    """
    low, high, median, slope = (t.to(pose) for t in (LOW, HIGH, _MEDIAN, _SLOPE))
    return (torch.logit(((pose - low) / (high - low)).clamp(0.02, 0.98)) - median) / slope


def _loadings() -> Tensor:
    """Loadings of the deviates on Gaussian synergies, (23, 10); a row's squares sum to less than 1."""
    names = [angle.name for angle in ANGLES]
    L = torch.zeros(len(names), 10)
    for i, name in enumerate(names):
        finger, joint, movement = name.split()
        if finger == "thumb":
            L[i, 0] = {"CMC": 0.6, "MCP": 0.75, "IP": 0.75}[joint] if movement == "flexion" else 0.2
        elif movement == "abduction":  # fingers spread together, away from the middle one
            L[i, 1] = {"index": 0.7, "middle": 0.2, "ring": -0.5, "little": -0.7}[finger]
        else:
            number = ["index", "middle", "ring", "little"].index(finger)
            L[i, 2] = (0.35, 0.6, 0.75, 0.7)[number]  # all fingers close: the index least
            L[i, 3] = (-0.3, -0.3, 0.1, 0.3)[number]  # the little finger's side of the hand against the other
            L[i, 4] = {"CMC": 0.2, "MCP": 0.35, "PIP": -0.35, "DIP": -0.35}[
                joint
            ]  # knuckles against the rest
            L[i, 5 + number] = 0.7 if finger == "index" else 0.5  # the finger alone
    return L


_LOADINGS = _loadings()
_PIP, _DIP = (
    torch.tensor([i for i, angle in enumerate(ANGLES) if f"{joint} flexion" in angle.name and angle.finger])
    for joint in ("PIP", "DIP")
)
COUPLING = 0.85
"""Correlation of a finger's DIP with its PIP deviate: one tendon flexes both."""


def synergies(n: int, *, generator: torch.Generator) -> Tensor:
    """Correlated deviates u ~ N(0, C) with unit variances, (n, 23), on the generator's device.

    Args:
        n: number of poses.
    """
    device = generator.device
    L = _LOADINGS.to(device)
    common = torch.randn(n, L.shape[1], generator=generator, device=device)
    own = torch.randn(n, L.shape[0], generator=generator, device=device)
    u = common @ L.T + (1 - L.square().sum(1)).sqrt() * own
    u[:, _DIP] = COUPLING * u[:, _PIP] + (1 - COUPLING**2) ** 0.5 * own[:, _DIP]
    return u
