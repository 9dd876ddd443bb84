"""Where rays through pixel centres first meet spheres, tapered capsules and thick triangles, in closed form.

A ray is p = z d with d = ((u - c_x) / f, (v - c_y) / f, 1), so z is depth. The hull of two spheres consists of parts
of both and of the cone that touches them; the hull of three consists of the hulls of its pairs and of the two
triangles that touch all three. The nearest of all these, each cut to its own part, is the surface.

A primitive is compared with the rays of those tiles of 8 x 8 pixels only that it may touch.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

TILE = 8
"""Side of a tile, pixels."""

NOTHING = torch.iinfo(torch.int64).max


@dataclass(frozen=True)
class Hits:
    """The M rays of a batch that meet the surface.

    Attributes:
        ray: index of the ray in (batch, size, size), flattened, (M,).
        image: its image, (M,).
        point: where it first meets the surface, (M, 3) mm; the last coordinate is the depth.
        normal: unit vector out of the surface there, (M, 3).
        part: index of what it meets there: spheres first, then capsules, then two triangles a triple, (M,).
    """

    ray: Tensor
    image: Tensor
    point: Tensor
    normal: Tensor
    part: Tensor


@dataclass(frozen=True)
class Rays:
    """Rays through the pixel centres of square images, one camera an image: focal (batch,), centre (batch, 2)."""

    focal: Tensor
    centre: Tensor
    size: int

    @property
    def tiles(self) -> int:
        """Tiles in a row."""
        return -(-self.size // TILE)

    def slopes(self) -> Tensor:
        """The first two coordinates of d by column and by row, (batch, 2, 8 tiles); past the border they go on."""
        pixel = torch.arange(self.tiles * TILE, device=self.focal.device) + 0.5
        return (pixel - self.centre[..., None]) / self.focal[:, None, None]


def cast(
    centres: Tensor,
    radii: Tensor,
    capsules: tuple[tuple[int, int], ...],
    triangles: tuple[tuple[int, int, int], ...],
    rays: Rays,
) -> Hits:
    """Meet the union of spheres, tapered capsules between pairs and thick triangles between triples of them.

    Args:
        centres: of the spheres, (batch, N, 3) mm in the camera frame, all in front of the camera.
        radii: (batch, N) mm.
        capsules: pairs of spheres.
        triangles: triples of spheres whose pairs are among the capsules.
        rays: one camera an image.
    """
    pairs = torch.tensor(capsules, dtype=torch.long, device=centres.device).view(-1, 2)
    triples = torch.tensor(triangles, dtype=torch.long, device=centres.device).view(-1, 3)
    cones = _cones(centres, radii, pairs)
    facets = _facets(centres, radii, triples)
    slopes = rays.slopes()
    step = TILE * torch.arange(rays.tiles, device=centres.device)
    middles = slopes[..., step + TILE // 2] - 0.5 / rays.focal[:, None, None]  # (batch, 2, tiles)
    reach = (TILE - 1) / 2**0.5 / rays.focal  # from a tile's middle to its outermost pixel centres

    side = rays.tiles * TILE
    buffer = torch.full((len(centres) * side * side,), NOTHING, device=centres.device)
    balls = torch.cat([centres, (centres.square().sum(-1) - radii.square())[..., None]], -1)
    flat, spread = _discs(centres, radii)
    first = 0
    for table, near, meet in (
        (balls, _near_capsules(flat, flat, spread, middles, reach), _meet_balls),
        (
            cones,
            _near_capsules(
                flat[:, pairs[:, 0]], flat[:, pairs[:, 1]], spread[:, pairs].amax(-1), middles, reach
            ),
            _meet_cones,
        ),
        (facets, _near_facets(facets, middles, reach), _meet_facets),
    ):
        image, part, row, column = near.nonzero().T
        around = torch.arange(TILE, device=centres.device)
        x = slopes[image[:, None], 0, TILE * column[:, None] + around][:, None]  # (tiles touched, 1, 8)
        y = slopes[image[:, None], 1, TILE * row[:, None] + around][..., None]  # (tiles touched, 8, 1)
        z = meet(
            table[image, part][..., None, None].unbind(1), x, y
        )  # (tiles touched, 8, 8), NaN or inf: missed
        corner = (image * side + TILE * row) * side + TILE * column
        met = (z < torch.inf).flatten().nonzero()[:, 0]
        tile, inside = met // TILE**2, met % TILE**2
        pixel = corner[tile] + inside // TILE * side + inside % TILE
        # Positive floats are ordered as their bits are, so one minimum finds both depth and part.
        key = z.flatten()[met].view(torch.int32).long() << 32 | (first + part[tile])
        buffer.scatter_reduce_(0, pixel, key, "amin")
        first += table.shape[1]

    buffer = buffer.view(-1, side, side)[:, : rays.size, : rays.size].flatten()
    ray = (buffer != NOTHING).nonzero()[:, 0]
    key = buffer[ray]
    z, part = (key >> 32).int().view(torch.float32), key & 0xFFFFFFFF
    image = ray // rays.size**2
    x = slopes[image, 0, ray % rays.size]
    y = slopes[image, 1, ray // rays.size % rays.size]
    point = torch.stack([x * z, y * z, z], -1)
    return Hits(ray, image, point, _normals(centres, radii, pairs, facets, image, part, point), part)


def _cones(centres: Tensor, radii: Tensor, pairs: Tensor) -> Tensor:
    """What `_meet_cones` needs of each pair, (batch, C, 9)."""
    a, ra = centres[:, pairs[:, 0]], radii[:, pairs[:, 0]]
    axis, grow, inverse = _axes(centres, radii, pairs)
    q = axis * inverse.sqrt()[..., None]
    g = (ra * grow - (a * axis).sum(-1)) * inverse.sqrt()
    c = a.square().sum(-1) - ra.square() - g.square()
    length = torch.where(inverse > 0, inverse.rsqrt(), -1.0)  # none where one sphere holds the other
    return torch.cat([a, q, torch.stack([g, c, length], -1)], -1)


def _axes(centres: Tensor, radii: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Each pair's b - a, r_b - r_a, and 1 / (|b - a|^2 - (r_b - r_a)^2), 0 where one sphere holds the other."""
    axis = centres[:, pairs[:, 1]] - centres[:, pairs[:, 0]]
    grow = radii[:, pairs[:, 1]] - radii[:, pairs[:, 0]]
    square = axis.square().sum(-1) - grow.square()
    return axis, grow, torch.where(square > 1e-6, 1 / square.clamp(min=1e-6), 0.0)


def _facets(centres: Tensor, radii: Tensor, triples: Tensor) -> Tensor:
    """The triangles that touch all three spheres of a triple, (batch, 2 T, 13): 3 edges, volume, outward normal.

    The normal n solves n . (c_i - c_0) = r_0 - r_i with |n| = 1: one part of it lies in the plane of the centres,
    the other, of either sign, across it. Corners are c_i + r_i n. With edge e_i = v_i x v_i+1, a ray meets the
    triangle if d . e_i >= 0 for all three, at z = v_0 . (v_1 x v_2) / sum_i d . e_i.
    """
    c, r = centres[:, triples], radii[:, triples]  # (batch, T, 3, 3), (batch, T, 3)
    one, two = c[:, :, 1] - c[:, :, 0], c[:, :, 2] - c[:, :, 0]
    across = torch.linalg.cross(one, two)
    area = across.square().sum(-1, keepdim=True).clamp(min=1e-6)
    lean = r[:, :, :1] - r[:, :, 1:]
    inside = (
        lean[..., :1] * torch.linalg.cross(two, across) + lean[..., 1:] * torch.linalg.cross(across, one)
    ) / area
    rest = 1 - inside.square().sum(-1, keepdim=True)
    out = across * (rest.clamp(min=0) / area).sqrt()
    n = torch.cat([inside + out, inside - out], 1)  # (batch, 2 T, 3)
    v = torch.cat([c, c], 1) + torch.cat([r, r], 1)[..., None] * n[:, :, None]
    edges = torch.linalg.cross(v, v.roll(-1, 2))
    volume = (v[:, :, 0] * edges[:, :, 1]).sum(-1)
    seen = ((n * v[:, :, 0]).sum(-1) < 0) & torch.cat([rest, rest], 1)[..., 0].gt(0)
    edges = edges * volume.sign()[..., None, None]
    return torch.cat([edges.flatten(2), torch.where(seen, volume.abs(), torch.nan)[..., None], n], -1)


def _discs(centres: Tensor, radii: Tensor) -> tuple[Tensor, Tensor]:
    """Middles (batch, N, 2) and radii (batch, N) of discs that hold the spheres' pictures at focal length 1.

    A sphere seen at angle t from the axis and of angular radius a reaches out to tan(t + a).
    """
    flat = centres[..., :2] / centres[..., 2:]
    distance = centres.norm(dim=-1)
    sin, cos = radii / distance, (1 - (radii / distance).square()).clamp(min=0).sqrt()
    cos_t, sin_t = centres[..., 2] / distance, centres[..., :2].norm(dim=-1) / distance
    edge = cos_t * cos - sin_t * sin
    return flat, torch.where(edge > 0, sin / (cos_t * edge), torch.inf)


def _near_capsules(a: Tensor, b: Tensor, spread: Tensor, middles: Tensor, reach: Tensor) -> Tensor:
    """Tiles within `spread` of the segment ab, (batch, P, tiles, tiles), row before column."""
    x, y = middles[:, 0, None, None, :], middles[:, 1, None, :, None]
    (ax, ay), (wx, wy) = (t[..., None, None].unbind(2) for t in (a, b - a))
    x, y = x - ax, y - ay
    s = ((x * wx + y * wy) / (wx * wx + wy * wy).clamp(min=1e-12)).clamp(0, 1)
    return (x - s * wx).square() + (y - s * wy).square() <= (spread + reach[:, None]).square()[
        ..., None, None
    ]


def _near_facets(facets: Tensor, middles: Tensor, reach: Tensor) -> Tensor:
    """Tiles that no edge keeps apart from the triangle, (batch, P, tiles, tiles)."""
    x, y = middles[:, 0, None, None, None, :], middles[:, 1, None, None, :, None]
    edges = facets[..., :9].unflatten(2, (3, 3))
    slack = edges[..., :2].norm(dim=-1) * reach[:, None, None]
    ex, ey, ez = edges[..., None, None].unbind(3)
    near = (x * ex + y * ey + ez >= -slack[..., None, None]).all(2)
    return near & ~facets[..., 9, None, None].isnan()


def _meet_balls(ball: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """First root of |z d - c|^2 = r^2."""
    cx, cy, cz, power = ball
    along = x * cx + (y * cy + cz)
    square = x * x + (y * y + 1)
    return (along - (along * along - square * power).sqrt()) / square


def _meet_cones(cone: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    """First root of min_s |z d - a - s (b - a)|^2 - (r_a + s (r_b - r_a))^2 = 0, infinite unless 0 <= s <= 1."""
    ax, ay, az, qx, qy, qz, g, c, length = cone
    dq = x * qx + (y * qy + qz)
    square = x * x + (y * y + 1) - dq * dq
    along = (x * ax + (y * ay + az)).addcmul(dq, g, value=1)
    z = (along - (along * along - square * c).sqrt()) / square
    s = z * dq + g
    return torch.where((s >= 0) & (s <= length), z, torch.inf)


def _meet_facets(facet: tuple[Tensor, ...], x: Tensor, y: Tensor) -> Tensor:
    one, two, three = (x * facet[i] + (y * facet[i + 1] + facet[i + 2]) for i in (0, 3, 6))
    inside = torch.minimum(torch.minimum(one, two), three) >= 0
    return torch.where(inside, facet[9] / (one + two + three), torch.inf)


def _normals(
    centres: Tensor, radii: Tensor, pairs: Tensor, facets: Tensor, image: Tensor, part: Tensor, point: Tensor
) -> Tensor:
    """Away from the nearest sphere of the part's family: s = ((p - a) . (b - a) + r_a (r_b - r_a)) / k along it."""
    axis, grow, inverse = _axes(centres, radii, pairs)
    a, ra = centres[:, pairs[:, 0]], radii[:, pairs[:, 0]]
    cones = torch.cat([a, axis, (ra * grow * inverse)[..., None], inverse[..., None]], -1)
    table = torch.cat([pad(centres, (0, 5)), cones, pad(facets[..., 10:], (0, 5))], 1)
    row = table[image, part]
    offset = point - row[:, :3]
    s = (offset * row[:, 3:6]).sum(-1) * row[:, 7] + row[:, 6]
    normal = normalize(offset - s.clamp(0, 1)[:, None] * row[:, 3:6], dim=-1)
    flat = part >= centres.shape[1] + len(pairs)
    return torch.where(flat[:, None], row[:, :3], normal)
