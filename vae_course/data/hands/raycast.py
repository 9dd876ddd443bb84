"""What the rays through the pixels of an image meet first: a z-buffer over balls, cones and facets.

Each primitive is compared only with the rays of those tiles of 8 x 8 pixels that it may be seen in.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from vae_course.data.hands.primitives import (
    ball_table,
    cone_axes,
    cone_table,
    discs,
    facet_table,
    meet_balls,
    meet_cones,
    meet_facets,
    near_facets,
    near_segments,
)

TILE = 8
"""Side of a tile, pixels."""

NOTHING = torch.iinfo(torch.int64).max
"""What the z-buffer holds where no ray has met anything."""


@dataclass(frozen=True)
class Rays:
    """The rays through the pixel centres of square images, one camera an image.

    Attributes:
        focal: (batch,) pixels.
        centre: (c_x, c_y), (batch, 2) pixels.
        size: height and width, pixels.
    """

    focal: Tensor
    centre: Tensor
    size: int

    @property
    def tiles(self) -> int:
        """Tiles in a row; the last may reach past the border."""
        return -(-self.size // TILE)

    def slopes(self) -> Tensor:
        """x of d = (x, y, 1) by column and y by row, (batch, 2, 8 tiles)."""
        pixel = torch.arange(self.tiles * TILE, device=self.focal.device) + 0.5
        return (pixel - self.centre[..., None]) / self.focal[:, None, None]


@dataclass(frozen=True)
class Hits:
    """The M rays of a batch that meet the surface.

    Attributes:
        ray: index of the ray in (batch, size, size), flattened, (M,).
        image: its image, (M,).
        part: what it meets: the spheres are counted first, then the capsules, then two facets a triangle, (M,).
        point: where it first meets the surface, (M, 3) mm; the last coordinate is the depth.
        normal: unit vector out of the surface there, (M, 3).
    """

    ray: Tensor
    image: Tensor
    part: Tensor
    point: Tensor
    normal: Tensor


def cast(
    centres: Tensor,
    radii: Tensor,
    capsules: tuple[tuple[int, int], ...],
    triangles: tuple[tuple[int, int, int], ...],
    rays: Rays,
) -> Hits:
    """Meet the union of spheres, tapered capsules between pairs and thick triangles between triples of them.

    Args:
        centres: of the spheres, float32 (batch, N, 3) mm in the camera frame, all in front of the camera.
        radii: (batch, N) mm.
        capsules: pairs of spheres.
        triangles: triples of spheres, whose pairs are among the capsules.
        rays: one camera an image.
    """
    pairs = torch.tensor(capsules, dtype=torch.long, device=centres.device).view(-1, 2)
    triples = torch.tensor(triangles, dtype=torch.long, device=centres.device).view(-1, 3)
    slopes, flat, spread = rays.slopes(), *discs(centres, radii)
    middles = slopes.unflatten(2, (-1, TILE)).mean(3)  # (batch, 2, tiles)
    reach = (TILE - 1) / 2**0.5 / rays.focal

    facets = facet_table(centres, radii, triples)
    ends = flat[:, pairs[:, 0]], flat[:, pairs[:, 1]], spread[:, pairs].amax(-1)
    kinds = (
        (meet_balls, ball_table(centres, radii), near_segments(flat, flat, spread, middles, reach)),
        (meet_cones, cone_table(centres, radii, pairs), near_segments(*ends, middles, reach)),
        (meet_facets, facets, near_facets(facets, middles, reach)),
    )
    side = rays.tiles * TILE
    buffer = torch.full((len(centres) * side * side,), NOTHING, device=centres.device)
    around = torch.arange(TILE, device=centres.device)
    count = 0
    for meet, table, near in kinds:
        image, part, row, column = near.nonzero().T  # one entry a primitive and tile
        x = slopes[image[:, None], 0, TILE * column[:, None] + around][:, None]
        y = slopes[image[:, None], 1, TILE * row[:, None] + around][..., None]
        z = meet(table[image, part][..., None, None].unbind(1), x, y)  # (entries, 8, 8)
        met = (z < torch.inf).flatten().nonzero()[:, 0]
        entry, inside = met // TILE**2, met % TILE**2
        corner = (image * side + TILE * row) * side + TILE * column
        pixel = corner[entry] + (side * around[:, None] + around).flatten()[inside]
        # Positive floats are ordered as their bits are: one minimum finds the least depth and the part it is of.
        key = z.flatten()[met].view(torch.int32).long() << 32 | (count + part[entry])
        buffer.scatter_reduce_(0, pixel, key, "amin")
        count += table.shape[1]

    buffer = buffer.view(-1, side, side)[:, : rays.size, : rays.size].flatten()
    ray = (buffer != NOTHING).nonzero()[:, 0]
    key = buffer[ray]
    z, part = (key >> 32).int().view(torch.float32), key & 0xFFFFFFFF
    image, pixel = ray // rays.size**2, ray % rays.size**2
    x, y = slopes[image, 0, pixel % rays.size], slopes[image, 1, pixel // rays.size]
    point = torch.stack([x * z, y * z, z], -1)
    rows = _normal_table(centres, radii, pairs, facets)[image, part]
    return Hits(ray, image, part, point, _normals(rows, point))


def _normal_table(centres: Tensor, radii: Tensor, pairs: Tensor, facets: Tensor) -> Tensor:
    """What `_normals` needs of each part, (batch, parts, 12): a, b - a, r_a (r_b - r_a) / k, 1 / k, flat, n."""
    axis, grow, inverse = cone_axes(centres, radii, pairs)
    a, ra = centres[:, pairs[:, 0]], radii[:, pairs[:, 0]]
    cones = torch.cat([a, axis, torch.stack([ra * grow * inverse, inverse], -1)], -1)
    flat = torch.cat([torch.ones_like(facets[..., :1]), facets[..., 10:]], -1)
    return torch.cat([pad(centres, (0, 9)), pad(cones, (0, 4)), pad(flat, (8, 0))], 1)


def _normals(rows: Tensor, point: Tensor) -> Tensor:
    """A facet's normal, or away from that sphere of a ball's or cone's family that touches the point, (M, 3)."""
    a, axis, shift, inverse, flat, n = rows.split([3, 3, 1, 1, 1, 3], 1)
    offset = point - a
    s = ((offset * axis).sum(1, keepdim=True) * inverse + shift).clamp(0, 1)
    return torch.where(flat > 0, n, normalize(offset - s * axis, dim=1))
