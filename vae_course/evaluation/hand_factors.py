"""How far pose, viewpoint and content of a hand were missed, each in a unit of its own."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vae_course.data.hand_modalities import joints_mm

UNITS = {"pose": "mm", "view": "degrees", "content": "grey levels"}
"""What `factor_errors` counts in, factor by factor."""


def nearest_rotation(matrices: Tensor) -> Tensor:
    """The rotations nearest to any matrices, (..., 9) row by row -> (..., 3, 3), by singular values.

    Args:
        matrices: nine numbers each, such as a network's estimate of a rotation.
    """
    u, _, vt = torch.linalg.svd(matrices.unflatten(-1, (3, 3)).double())
    flip = torch.ones_like(u[..., 0])
    flip[..., -1] = torch.linalg.det(u @ vt)  # a mirror image is no rotation
    return u @ torch.diag_embed(flip) @ vt


def turned_by(one: Tensor, other: Tensor) -> Tensor:
    """The angle between rotations, in degrees: (..., 9) and (..., 9) -> (...).

    Args:
        one, other: nine numbers each; the nearest rotations are compared.
    """
    between = nearest_rotation(one) @ nearest_rotation(other).mT
    cosine = (between.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return torch.rad2deg(cosine.clamp(-1, 1).acos())


def factor_errors(estimated: Mapping[str, Tensor], true: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """One error per hand and factor, each float64 (n,).

    Args:
        estimated, true: `pose` (n, 63) in units of 50 mm, `view` (n, 9), `content` (n, 54), or some of them.

    Returns:
        `pose`: the mean distance of the 21 joints, mm. `view`: the angle to the true rotation, degrees. `content`:
        the root mean square over its colours, in grey levels of 255.
    """
    errors = {}
    if "pose" in estimated:
        errors["pose"] = (
            (joints_mm(estimated["pose"]) - joints_mm(true["pose"])).double().norm(dim=-1).mean(-1)
        )
    if "view" in estimated:
        errors["view"] = turned_by(estimated["view"], true["view"])
    if "content" in estimated:
        colours = (estimated["content"] - true["content"]).double()
        errors["content"] = 255 * colours.square().mean(-1).sqrt()
    return errors


def explained(codes: Tensor, targets: Tensor, penalty: float = 1.0) -> float:
    """The share of the targets' variance that codes explain, on rows that the regression has not seen: R^2, at most 1.

    A ridge regression on the codes and their squares is fitted to the first half of the rows and tried on the second.

    Args:
        codes: (n, M).
        targets: (n, F); the mean is taken over the columns, each scaled to variance 1.
        penalty: of the squared coefficients, with codes scaled to variance 1.
    """
    half = len(codes) // 2
    features = torch.cat([codes, codes.square()], 1).double()
    targets = targets.double()
    features = (features - features[:half].mean(0)) / features[:half].std(0).clamp_min(1e-9)
    targets = (targets - targets[:half].mean(0)) / targets[:half].std(0).clamp_min(1e-9)
    fitted, kept = features[:half], features[half:]
    gram = fitted.T @ fitted + penalty * torch.eye(fitted.shape[1], dtype=torch.float64)
    residual = targets[half:] - kept @ torch.linalg.solve(gram, fitted.T @ targets[:half])
    return 1 - (residual.square().mean(0) / targets[half:].var(0, unbiased=False)).mean().item()


def leakage(parts: Mapping[str, Tensor], factors: Mapping[str, Tensor]) -> Tensor:
    """What each part of a code tells about each factor: R^2 (parts, factors), in the order of the two dictionaries.

    Args:
        parts: per part, its codes (n, its size).
        factors: per factor, numbers that describe it, (n, how many).
    """
    return torch.tensor([[explained(part, factor) for factor in factors.values()] for part in parts.values()])
