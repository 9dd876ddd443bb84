"""A pinwheel in the plane: data with one category and one curve, which can be seen whole."""

import math

import torch
from torch import Tensor


def pinwheel(
    n: int,
    generator: torch.Generator,
    *,
    arms: int = 5,
    radial: float = 0.3,
    tangential: float = 0.05,
    rate: float = 0.25,
) -> tuple[Tensor, Tensor]:
    """Draw points from a pinwheel of Gaussian arms (Johnson et al., 2016).

    An arm starts as an upright ellipse: a point lies at r ~ N(1, radial^2) along the axis, and
    t ~ N(0, tangential^2) across it. It is then turned by its arm's angle 2 pi k / arms plus rate * exp(r): the
    farther out, the farther round, which bends the arm.

    Args:
        n: number of points.
        generator: source of randomness; the points are on its device.
        arms: how many; each has the probability 1 / arms.
        radial: standard deviation along an arm.
        tangential: standard deviation across it.
        rate: how strongly the arms bend; 0 leaves them straight.

    Returns:
        The points, float32 (n, 2), about a unit from the origin, and the arm of each, int64 (n,).
    """
    if arms < 1 or radial < 0 or tangential < 0:
        raise ValueError("a pinwheel has at least one arm, and its standard deviations are not negative")
    device = generator.device
    labels = torch.randint(arms, (n,), generator=generator, device=device)
    noise = torch.randn(n, 2, generator=generator, device=device)
    r, t = 1 + radial * noise[:, 0], tangential * noise[:, 1]
    angle = 2 * math.pi * labels / arms + rate * r.exp()
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * r - sin * t, sin * r + cos * t], dim=1), labels
