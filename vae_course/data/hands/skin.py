"""The colour of a hand's skin: palm and back, nails, creases, and the light on them."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hands.appearance import Appearance
from vae_course.data.hands.raycast import Hits
from vae_course.data.hands.surface import CAPSULES, PHALANGES, TRIANGLES, Surface

NAIL = torch.tensor([0.97, 0.80, 0.76])
"""What nails tend to: the blood beneath them shows."""

_PALM = len(PHALANGES)  # number of the palm among the bones
_TIPS = tuple(i for i, (_, end) in enumerate(PHALANGES) if end % 4 == 0)


def _owners() -> Tensor:
    """For each part of the surface the phalanx that it belongs to, or the palm."""
    starts = {start: i for i, (start, _) in enumerate(PHALANGES)}
    starts |= {end: i for i, (_, end) in enumerate(PHALANGES) if i in _TIPS}
    spheres = [starts.get(i, _PALM) for i in range(1 + max(max(t) for t in TRIANGLES))]
    capsules = [i if i < len(PHALANGES) else _PALM for i in range(len(CAPSULES))]
    return torch.tensor(spheres + capsules + [_PALM] * 2 * len(TRIANGLES))


_OWNERS = _owners()


def in_palm(part: Tensor) -> Tensor:
    """Whether a part of the surface lies in the palm, the ball of the thumb, a web or the arm, bool (M,)."""
    return _OWNERS.to(part.device)[part] == _PALM


def shade(hits: Hits, surface: Surface, appearance: Appearance, openness: Tensor) -> Tensor:
    """Colours of visible points, (M, 3).

    Args:
        hits: the points.
        surface: of the hands.
        appearance: of the hands.
        openness: how much of the surrounding light reaches each point, (M,) in [0, 1].
    """
    colour, nail = _paint(hits, surface, appearance)
    light, ambient = appearance.light[hits.image], appearance.ambient[hits.image]
    lambert = (hits.normal * light).sum(-1)
    diffuse = ((lambert + 0.25) / 1.25).clamp(min=0)  # what enters the skin comes out a little further on
    sky = 0.75 - 0.25 * hits.normal[:, 1]
    half = normalize(light - normalize(hits.point, dim=-1), dim=-1)
    mirrored = (hits.normal * half).sum(-1).clamp(min=0) ** 24
    gloss = openness * appearance.gloss[hits.image] * (1 + 2 * nail) * mirrored
    strength = appearance.brightness[hits.image] * openness * (ambient * sky + (1 - ambient) * diffuse)
    return (colour * strength.sqrt()[:, None] + gloss[:, None]).clamp(
        0, 1
    )  # colours are gamma-encoded: a root


def _paint(hits: Hits, surface: Surface, appearance: Appearance) -> tuple[Tensor, Tensor]:
    """Colours before any light falls on them, (M, 3), and how much of each is nail, (M,)."""
    image, owner = hits.image, _OWNERS.to(hits.image.device)[hits.part]
    origin, axes, length, radius = (t[image, owner] for t in _frames(surface))
    at = ((hits.point - origin)[:, :, None] * axes).sum(1)  # (M, 3): across, along, to the palmar side
    facing = (hits.normal * _palmar(surface)[image, hits.part]).sum(-1)
    finger = owner != _PALM
    pale = _ramp(-0.4, 0.5, facing) * torch.where(finger, 1.0, _ramp(-0.5, 0.05, at[:, 1] / length))
    crease = torch.where(finger, _joint_lines(at, length, radius), _palm_lines(at / length[:, None]))
    tip = (owner[:, None] == torch.tensor(_TIPS, device=owner.device)).any(1)
    rim, back = _nail_distance(at, length, radius), tip * _ramp(0.1, 0.4, -facing)
    nail = 0.7 * back * _ramp(0.0, 0.4, 1 - rim)

    colour = torch.lerp(appearance.skin[image], appearance.palm[image], pale[:, None])
    dark = (1 - crease * _ramp(0.0, 0.5, facing)) * (1 - 0.25 * back * bump((rim - 1.3) / 0.8))
    return torch.lerp(colour * dark[:, None], NAIL.to(colour), nail[:, None]), nail


def _frames(surface: Surface) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Origin (batch, 15, 3), axes as columns, length and end radius of the 14 phalanges and the palm."""
    start, end = torch.tensor(PHALANGES, device=surface.centres.device).T
    bone = surface.centres[:, end] - surface.centres[:, start]
    along = normalize(bone, dim=-1)
    axes = torch.stack([torch.linalg.cross(along, surface.palmar), along, surface.palmar], -1)
    wrist, knuckle = surface.centres[:, 0], surface.centres[:, 9]
    return (
        torch.cat([surface.centres[:, start], wrist[:, None]], 1),
        torch.cat([axes, surface.palm[:, None]], 1),
        torch.cat([bone.norm(dim=-1), (knuckle - wrist).norm(dim=-1)[:, None]], 1),
        torch.cat([surface.radii[:, end], surface.radii[:, :1]], 1),
    )


def _palmar(surface: Surface) -> Tensor:
    """Where each part's palmar side looks: the mean of its spheres', (batch, parts, 3)."""
    spheres = surface.palm[:, None, :, 2].repeat(1, surface.centres.shape[1], 1)
    ends = torch.tensor(PHALANGES, device=spheres.device)[:, 1]
    spheres[:, ends] = surface.palmar
    spheres[:, 2] = surface.palmar[:, 0]
    pairs, triples = (torch.tensor(t, device=spheres.device) for t in (CAPSULES, TRIANGLES))
    facets = spheres[:, triples].mean(2)
    return normalize(torch.cat([spheres, spheres[:, pairs].mean(2), facets, facets], 1), dim=-1)


def bump(x: Tensor) -> Tensor:
    """1 at 0, falling smoothly to 0 at -1 and 1 and staying there: (1 - x^2)^2."""
    return (1 - x.square()).clamp(min=0).square()


def _ramp(low: float, high: float, x: Tensor) -> Tensor:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def _joint_lines(at: Tensor, length: Tensor, radius: Tensor) -> Tensor:
    """How dark the creases at both ends of a phalanx are."""
    ends = torch.stack([at[:, 1], length - at[:, 1]])
    return 0.2 * bump(ends / (0.36 * radius)).amax(0)


def _palm_lines(at: Tensor) -> Tensor:
    """How dark the palm's creases are: around the thumb's ball, across the palm, below the fingers, at the wrist."""
    x, y, _ = at.unbind(1)
    thumb = ((x - 0.42).square() + (y - 0.3).square()).sqrt() - 0.38
    across = y - 0.62 - 0.3 * x + 0.4 * x.square()
    below = y - 0.76 - 0.9 * (x - 0.05).clamp(min=-1, max=0.2).square() + 0.15 * x
    lines = torch.stack(
        [thumb + (y > 0.75) + (y < 0.02) + (x > 0.3), across + (x < -0.25), below + (x > 0.2), y + 0.05]
    )
    return 0.25 * bump(lines / 0.05).amax(0)


def _nail_distance(at: Tensor, length: Tensor, radius: Tensor) -> Tensor:
    """Below 1 on the nail, nearly as wide as the finger and as long as wide, if the point is on the back."""
    x = at[:, 0] / (0.75 * radius)
    y = (at[:, 1] - length - 0.05 * radius) / (0.95 * radius)
    return x.square().square() + y.square().square()
