"""How far joints are bent, measured from coordinates alone, as for the real hands."""

import torch
from torch import Tensor

# Cumulative variance of the principal components of 15 flexions of 2,060 signing hands.
SIGNING_SPECTRUM = torch.tensor([0.47, 0.66, 0.75, 0.82, 0.88, 0.92])


def flexions(joints: Tensor) -> Tensor:
    """Angles between successive bones of each finger, (batch, 21, 3) -> (batch, 15) degrees."""
    wrist = joints[:, None, :1].expand(-1, 5, 1, 3)
    bones = torch.diff(torch.cat([wrist, joints[:, 1:].unflatten(1, (5, 4))], 2), dim=2)
    cosine = torch.cosine_similarity(bones[:, :, 1:], bones[:, :, :-1], dim=-1)
    return torch.rad2deg(torch.acos(cosine.clamp(-1, 1))).flatten(1)


def spectrum(angles: Tensor) -> Tensor:
    """Variance that the first six principal components accumulate, as parts of the whole, (6,)."""
    variances = torch.linalg.svdvals(angles - angles.mean(0)).square()
    return (variances.cumsum(0) / variances.sum())[:6]
