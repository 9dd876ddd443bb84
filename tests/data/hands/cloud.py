"""An independent, slow renderer for comparison: unions made of nothing but spheres, in double precision."""

import torch
from torch import Tensor

from vae_course.data.hands.raycast import Rays, cast


def rays(size: int = 64, focal: float = 100.0, centre: tuple[float, float] | None = None, n: int = 1) -> Rays:
    centre = centre or (size / 2, size / 2)
    return Rays(torch.full((n,), focal), torch.tensor([centre]).expand(n, 2), size)


def depth(centres, radii, capsules, triangles, seen: Rays) -> Tensor:
    """Depth images, infinite where nothing is met."""
    hits = cast(centres, radii, capsules, triangles, seen)
    image = torch.full((len(centres) * seen.size**2,), torch.inf)
    image[hits.ray] = hits.point[:, 2]
    return image.view(-1, seen.size, seen.size)


def directions(seen: Rays) -> Tensor:
    """d of every ray in double precision, (batch, size, size, 3)."""
    pixel = torch.arange(seen.size).double() + 0.5
    x, y = ((pixel - seen.centre[:, i, None].double()) / seen.focal[:, None].double() for i in (0, 1))
    x, y = x[:, None, :].expand(-1, seen.size, -1), y[:, :, None].expand(-1, -1, seen.size)
    return torch.stack([x, y, torch.ones_like(x)], -1)


def cloud_depth(centres, radii, capsules, triangles, seen: Rays, fine: int = 48) -> Tensor:
    """The same union, made of nothing but spheres between spheres, each met in double precision."""
    grid = torch.linspace(0, 1, fine + 1, dtype=torch.float64)
    pair = torch.stack([1 - grid, grid], 1)
    s, t = torch.meshgrid(grid, grid, indexing="ij")
    triple = torch.stack([1 - s - t, s, t], -1)[s + t <= 1 + 1e-9]
    weights = [torch.eye(centres.shape[1], dtype=torch.float64)]
    for corners, mix in [(c, pair) for c in capsules] + [(t, triple) for t in triangles]:
        rows = torch.zeros(len(mix), centres.shape[1], dtype=torch.float64)
        rows[:, list(corners)] = mix
        weights.append(rows)
    weights = torch.cat(weights)
    images = []
    for c, r, d in zip(weights @ centres.double(), radii.double() @ weights.T, directions(seen), strict=True):
        nearest = torch.full((seen.size**2,), torch.inf, dtype=torch.float64)
        square = d.square().sum(-1).flatten()
        for some, radius in zip(c.split(1000), r.split(1000), strict=True):
            along = d.flatten(0, 1) @ some.T
            root = along.square() - square[:, None] * (some.square().sum(-1) - radius.square())
            z = torch.where(root >= 0, (along - root.clamp(min=0).sqrt()) / square[:, None], torch.inf)
            nearest = torch.minimum(nearest, z.amin(1))
        images.append(nearest.view(seen.size, seen.size))
    return torch.stack(images)


def assert_same_surface(found: Tensor, cloud: Tensor) -> None:
    """The cloud's spheres lie inside the union and fill it but for a fine roughness."""
    both = found.isfinite() & cloud.isfinite()
    assert not (cloud.isfinite() & ~found.isfinite()).sum() > 2e-4 * both.sum()
    assert (found.isfinite() & ~cloud.isfinite()).sum() < 0.01 * both.sum()
    behind = (cloud - found)[both]
    assert behind.min() > -0.1
    assert behind.quantile(0.98) < 0.2
    assert behind.median() < 0.02
