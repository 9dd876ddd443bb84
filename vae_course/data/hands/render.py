"""Pictures of hands: colour, depth and mask, from joints."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hands.appearance import Appearance
from vae_course.data.hands.raycast import Hits, Rays, cast
from vae_course.data.hands.skin import bump, in_palm, shade
from vae_course.data.hands.surface import CAPSULES, TRIANGLES, Surface, hand_surface

CHUNK = 8
"""Images drawn at once on a CPU: few enough that intermediate results stay in its cache. A GPU draws 512."""

REACH = 0.065
"""How far a point's surroundings reach right, left, up and down, in parts of the picture's side."""


@dataclass(frozen=True)
class Rendering:
    """Pictures of a batch of hands.

    Attributes:
        rgb: uint8 (batch, 3, size, size).
        depth: z of the nearest point behind each pixel's centre, float32 (batch, size, size) mm; 0: no hand.
        mask: where the hand is, bool (batch, size, size).
    """

    rgb: Tensor
    depth: Tensor
    mask: Tensor


def render(
    joints: Tensor,
    radii: Tensor,
    side: Tensor,
    focal: Tensor,
    centre: Tensor,
    size: int,
    appearance: Appearance,
) -> Rendering:
    """Draw hands through a pinhole camera: u = f X / Z + c_x, v = f Y / Z + c_y.

    Args:
        joints: (batch, 21, 3) mm in the camera frame: x right, y down, z forward.
        radii: of the flesh around them, (batch, 21) mm.
        side: whether it is a left hand, bool (batch,).
        focal: (batch,) pixels.
        centre: principal point (c_x, c_y), (batch, 2) pixels.
        size: height and width of the pictures, at least 16 pixels.
        appearance: skin, light and background.

    Raises:
        ValueError: a shape is wrong, there are no hands or not as many appearances, the pictures are too small,
            or a hand is not in front of the camera.
    """
    n = len(joints)
    shapes = {"joints": (n, 21, 3), "radii": (n, 21), "side": (n,), "focal": (n,), "centre": (n, 2)}
    for (name, shape), value in zip(shapes.items(), (joints, radii, side, focal, centre), strict=True):
        if value.shape != shape:
            raise ValueError(f"{name} must be {shape}, not {tuple(value.shape)}")
    if n == 0 or len(appearance.skin) != n:
        raise ValueError(f"each hand needs an appearance: {n} hands, {len(appearance.skin)} appearances")
    if size < 16:
        raise ValueError(f"size must be at least 16 pixels, not {size}")
    surface = hand_surface(joints.float(), radii.float(), side.bool())
    if not (surface.centres[..., 2] > surface.radii).all():
        raise ValueError("part of a hand is not in front of the camera: move its joints along z")
    step = CHUNK if joints.device.type == "cpu" else 512
    chunks = [slice(i, i + step) for i in range(0, n, step)]
    parts = [
        _draw(surface[c], Rays(focal[c].float(), centre[c].float(), size), appearance[c]) for c in chunks
    ]
    rgb, depth = (torch.cat(part) for part in zip(*parts, strict=True))
    return Rendering(rgb, depth, depth > 0)


def _draw(surface: Surface, rays: Rays, appearance: Appearance) -> tuple[Tensor, Tensor]:
    """Colour and depth. A pixel's colour is half its centre's and an eighth of each corner's, to smooth edges."""
    inner, depth = _layer(surface, rays, appearance)
    corners = Rays(rays.focal, rays.centre + 0.5, rays.size + 1)
    outer = _layer(surface, corners, appearance)[0]
    outer = (outer[..., :-1] + outer[..., 1:]) / 2
    outer = (outer[..., :-1, :] + outer[..., 1:, :]) / 2
    colour, cover = ((inner + outer) / 2).split([3, 1], 1)
    rgb = colour + (1 - cover) * appearance.background.paint(rays.size)
    return (255 * rgb).round().to(torch.uint8), depth


def _layer(surface: Surface, rays: Rays, appearance: Appearance) -> tuple[Tensor, Tensor]:
    """Colour and cover (batch, 4, size, size), 0 where there is no hand, and depth (batch, size, size)."""
    hits = cast(surface.centres, surface.radii, CAPSULES, TRIANGLES, rays)
    shape = len(surface.centres), rays.size, rays.size
    around = _neighbourhood(hits, shape)
    behind = hits.point[:, 2] - around[:, 3]  # the hand around it lies that much before it
    behind = behind / surface.radii[hits.image, 0]
    openness = (1 - 0.9 * behind.clamp(min=0)).clamp(min=0.35)
    # The palm's thick triangles meet in edges, which flesh has not: there the normal is a mean over neighbours.
    soft = in_palm(hits.part) * bump(2 * behind)
    normal = normalize(torch.lerp(hits.normal, around[:, :3], soft[:, None]), dim=-1)
    colour = shade(replace(hits, normal=normal), surface, appearance, openness)
    depth = torch.zeros(shape, device=rays.focal.device)
    depth.view(-1)[hits.ray] = hits.point[:, 2]
    layer = torch.zeros(*shape, 4, device=rays.focal.device)
    layer.view(-1, 4)[hits.ray] = torch.cat([colour, torch.ones_like(colour[:, :1])], 1)
    return layer.permute(0, 3, 1, 2), depth


def _neighbourhood(hits: Hits, shape: tuple[int, int, int]) -> Tensor:
    """Mean normal and depth of the hand around each point, (M, 4), weighted by their nearness."""
    batch, size, _ = shape
    image = hits.point.new_zeros(5, batch * size * size)
    image[:, hits.ray] = torch.cat([hits.normal, hits.point[:, 2:], torch.ones_like(hits.point[:, 2:])], 1).T
    place = torch.arange(size, device=image.device) / (REACH * size)
    band = bump(place - place[:, None])
    sums = (band @ image.view(5, batch, size, size) @ band).view(5, -1)[:, hits.ray].T
    return sums[:, :4] / sums[:, 4:]
