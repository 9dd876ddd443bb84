"""Spheres, tapered capsules and thick triangles, and where a ray first meets them, in closed form.

A ray is p = z d with d = (x, y, 1), so z is depth. The hull of two spheres consists of parts of both and of the cone
that touches them; the hull of three consists of the hulls of its pairs and of the two triangles that touch all
three. So there are three primitives: balls, cones and facets. Each is a table with a row a primitive, a function
that says which tiles of the image it may be seen in, and one that finds depth along rays.
"""

import torch
from torch import Tensor


def ball_table(centres: Tensor, radii: Tensor) -> Tensor:
    """What `meet_balls` needs: c and |c|^2 - r^2, (batch, N, 4)."""
    return torch.cat([centres, (centres.square().sum(-1) - radii.square())[..., None]], -1)


def cone_table(centres: Tensor, radii: Tensor, pairs: Tensor) -> Tensor:
    """What `meet_cones` needs of each pair of spheres a, b, (batch, C, 9): a, q, g, c and a length.

    With k = |b - a|^2 - (r_b - r_a)^2: q = (b - a) / sqrt(k), g = (r_a (r_b - r_a) - a . (b - a)) / sqrt(k),
    c = |a|^2 - r_a^2 - g^2, and the length is sqrt(k).
    """
    a, ra = centres[:, pairs[:, 0]], radii[:, pairs[:, 0]]
    axis, grow, inverse = cone_axes(centres, radii, pairs)
    q = axis * inverse.sqrt()[..., None]
    g = (ra * grow - (a * axis).sum(-1)) * inverse.sqrt()
    c = a.square().sum(-1) - ra.square() - g.square()
    length = torch.where(inverse > 0, inverse.rsqrt(), -1.0)  # none where one sphere holds the other
    return torch.cat([a, q, torch.stack([g, c, length], -1)], -1)


def cone_axes(centres: Tensor, radii: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Each pair's b - a (batch, C, 3), r_b - r_a, and 1 / k, which is 0 where one sphere holds the other."""
    axis = centres[:, pairs[:, 1]] - centres[:, pairs[:, 0]]
    grow = radii[:, pairs[:, 1]] - radii[:, pairs[:, 0]]
    k = axis.square().sum(-1) - grow.square()
    return axis, grow, torch.where(k > 1e-6, 1 / k.clamp(min=1e-6), 0.0)


def facet_table(centres: Tensor, radii: Tensor, triples: Tensor) -> Tensor:
    """What `meet_facets` needs, then the outward normal: 3 edges, volume, n, (batch, 2 T, 13).

    The normal solves n . (c_i - c_0) = r_0 - r_i with |n| = 1: one part of it lies in the plane of the centres,
    the other, of either sign, across it. The corners are v_i = c_i + r_i n, the edges e_i = v_i x v_(i + 1), and
    the volume v_0 . (v_1 x v_2); all are 0 for a facet that looks away or that the spheres do not have.
    """
    c, r = centres[:, triples], radii[:, triples]  # (batch, T, 3, 3), (batch, T, 3)
    one, two = c[:, :, 1] - c[:, :, 0], c[:, :, 2] - c[:, :, 0]
    across = torch.linalg.cross(one, two)
    area = across.square().sum(-1, keepdim=True).clamp(min=1e-6)
    lean_one, lean_two = (r[:, :, :1] - r[:, :, 1:]).split(1, -1)
    inside = (lean_one * torch.linalg.cross(two, across) + lean_two * torch.linalg.cross(across, one)) / area
    rest = 1 - inside.square().sum(-1, keepdim=True)
    out = across * (rest.clamp(min=0) / area).sqrt()
    n = torch.cat([inside + out, inside - out], 1)  # (batch, 2 T, 3)
    v = torch.cat([c, c], 1) + torch.cat([r, r], 1)[..., None] * n[:, :, None]
    edges = torch.linalg.cross(v, v.roll(-1, 2))
    volume = (v[:, :, 0] * edges[:, :, 1]).sum(-1)
    seen = ((n * v[:, :, 0]).sum(-1) < 0) & (torch.cat([rest, rest], 1)[..., 0] > 0)
    edges = edges * (volume.sign() * seen)[..., None, None]
    return torch.cat([edges.flatten(2), (volume.abs() * seen)[..., None], n], -1)


def meet_balls(ball: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """First root of |z d - c|^2 = r^2, infinite where the ray misses.

    Args:
        ball: columns of the table, each (M, 1, 1).
        x, y: of the rays' d, (M, 1, w) and (M, h, 1).

    Returns:
        z, (M, h, w).
    """
    cx, cy, cz, power = ball
    return _first_root(x * x + (y * y + 1), x * cx + (y * cy + cz), power)


def meet_cones(cone: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """First root of min_s |z d - a - s (b - a)|^2 - (r_a + s (r_b - r_a))^2 = 0; infinite unless 0 <= s <= 1."""
    ax, ay, az, qx, qy, qz, g, c, length = cone
    dq = x * qx + (y * qy + qz)
    z = _first_root(x * x + (y * y + 1) - dq * dq, x * ax + (y * ay + az) + dq * g, c)
    s = z * dq + g  # times the length
    return torch.where((s >= 0) & (s <= length), z, torch.inf)


def meet_facets(facet: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """A ray meets the triangle where d . e_i >= 0 for all edges, at z = volume / sum_i d . e_i."""
    one, two, three = (x * facet[i] + (y * facet[i + 1] + facet[i + 2]) for i in (0, 3, 6))
    inside = torch.minimum(torch.minimum(one, two), three) >= 0
    return torch.where(inside, facet[9] / (one + two + three), torch.inf)


def _first_root(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """First root of a z^2 - 2 b z + c, infinite where there is none."""
    square = b * b - a * c
    return torch.where(square >= 0, (b - square.clamp(min=0).sqrt()) / a, torch.inf)  # sqrt of less is slow


def discs(centres: Tensor, radii: Tensor) -> tuple[Tensor, Tensor]:
    """Middles (batch, N, 2) and radii (batch, N) of discs that hold the spheres' pictures at focal length 1.

    A sphere that is seen at angle t from the axis and has angular radius a reaches out to tan(t + a).
    """
    distance = centres.norm(dim=-1)
    sin, cos = radii / distance, (1 - (radii / distance).square()).clamp(min=0).sqrt()
    cos_t, sin_t = centres[..., 2] / distance, centres[..., :2].norm(dim=-1) / distance
    edge = cos_t * cos - sin_t * sin
    return centres[..., :2] / centres[..., 2:], torch.where(edge > 0, sin / (cos_t * edge), torch.inf)


def near_segments(a: Tensor, b: Tensor, spread: Tensor, middles: Tensor, reach: Tensor) -> Tensor:
    """Tiles that come within `spread` of the segments ab, (batch, P, tiles, tiles), row before column.

    Args:
        a, b: end points in the image at focal length 1, (batch, P, 2).
        spread: (batch, P).
        middles: x of the tiles' columns and y of their rows, (batch, 2, tiles).
        reach: from a tile's middle to its corners, (batch,).
    """
    x, y = middles[:, 0, None, None, :], middles[:, 1, None, :, None]
    (ax, ay), (wx, wy) = (t[..., None, None].unbind(2) for t in (a, b - a))
    x, y = x - ax, y - ay
    s = ((x * wx + y * wy) / (wx * wx + wy * wy).clamp(min=1e-12)).clamp(0, 1)
    gap = (x - s * wx).square() + (y - s * wy).square()
    return gap <= (spread + reach[:, None]).square()[..., None, None]


def near_facets(table: Tensor, middles: Tensor, reach: Tensor) -> Tensor:
    """Tiles that no edge keeps apart from the facets, (batch, P, tiles, tiles); none if it is not seen."""
    x, y = middles[:, 0, None, None, None, :], middles[:, 1, None, None, :, None]
    edges = table[..., :9].unflatten(2, (3, 3))
    slack = edges[..., :2].norm(dim=-1) * reach[:, None, None]
    ex, ey, ez = edges[..., None, None].unbind(3)
    near = (x * ex + y * ey + ez >= -slack[..., None, None]).all(2)
    return near & (table[..., 9, None, None] > 0)
