"""Chapter 6: latent traversals under three codes of the same sprite, for beta = 1, beta = 8, and another seed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vae_course.data.sprites import COUNT, classes_of, draw_half_size
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures.digits import show_tiles
from vae_course.figures.style import plt
from vae_course.models import VAE
from vae_course.models.sprites import sprite_vae
from vae_course.weights import load_weights

MODELS = {
    "sprites-beta-1": "β = 1",
    "sprites-beta-8": "β = 8",
    "sprites-beta-8-turned": "β = 8, another seed",
}
COLOURS = ("#332288", "#CC6677", "#117733", "#B8860B", "#3399CC")
LIMIT, SPAN = 3.0, 2.0  # of the sliders, and of what is said about them
STARTS = (257, 7, 4, 3, 10)  # held-out sprites
IN_USE = 0.1  # nats


def held_out(count: int) -> Tensor:
    """Classes (count, 6) of sprites on which no shipped model was trained, in the order that chapter 6 has them."""
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    return classes_of(order[100_000 : 100_000 + count])


def sprite_decoder(name: str, vae: VAE) -> Exported:
    """The decoder of a model of sprites as it travels, with its error on draws from the prior.

    Args:
        name: of the shipped weights.
        vae: with these weights.
    """
    z = torch.randn(1000, vae.decoder.latent_dim, generator=torch.Generator().manual_seed(0))
    return export(f"{name}-decoder", vae.decoder, z, display="sigmoid")


@torch.no_grad()
def in_use(vae: VAE, x: Tensor) -> list[int]:
    """The coordinates whose mean KL is more than 0.1 nats, the largest first.

    Args:
        vae: with a diagonal encoder, for a prior N(0, I).
        x: sprites, (N, 1024).
    """
    q = vae.q_z(x)
    kl = 0.5 * (q.mean**2 + q.variance - 1 - q.variance.log()).mean(0)
    return [k for k in kl.argsort(descending=True).tolist() if kl[k] > IN_USE]


def centres(images: Tensor) -> Tensor:
    """Centre of mass along x and y, in pixels, and mass of images (N, 1024): (N, 3), as the page computes them."""
    images = images.view(-1, 32, 32)
    middles, mass = torch.arange(32) + 0.5, images.sum((1, 2))
    x, y = (images.sum(1) * middles).sum(1) / mass, (images.sum(2) * middles).sum(1) / mass
    return torch.stack([x, y, mass], dim=1)


@torch.no_grad()
def traverse(vae: VAE, code: Tensor, k: int, count: int = 9) -> Tensor:
    """Images (count, 1024) of a code with coordinate k moved from -2 to 2 and the others as they are.

    Args:
        vae: decodes.
        code: (latent_dim,).
        k: which coordinate.
        count: how many values.
    """
    z = code.repeat(count, 1)
    z[:, k] = torch.linspace(-SPAN, SPAN, count)
    return torch.sigmoid(vae.decoder(z))


@torch.no_grad()
def latent_traversals() -> Explorer:
    """The explorer of chapter 6, with the shipped weights: one coordinate moves, and the decoder draws.

    Raises WeightsError if the weights are not there.
    """
    x = draw_half_size(held_out(500))
    vaes = {name: load_weights(name, sprite_vae()).eval() for name in MODELS}
    used = [in_use(vae, x) for vae in vaes.values()]
    # Three digits: the last ones differ between machines.
    codes = [(vae.q_z(x[list(STARTS)]).mean * 1000).round() / 1000 for vae in vaes.values()]
    settings: dict[str, Any] = {
        "names": list(MODELS.values()),
        "dimensions": used,
        "codes": [[[round(v, 3) for v in code] for code in rows.tolist()] for rows in codes],
        "colours": COLOURS,
        "limit": LIMIT,
    }
    return Explorer(
        kind="latent-traversals",
        label="Latent traversals of three models of sprites",
        settings=settings,
        picture=_picture(list(vaes.values()), used, [rows[0] for rows in codes]),
        alt="For each of three models a map with the ways that its coordinates move a sprite, and a row of sprites. "
        "For beta 1 several curved ways, for beta 8 one level and one upright, for the other seed two diagonals",
        models=tuple(sprite_decoder(name, vae) for name, vae in vaes.items()),
    )


def _picture(vaes: list[VAE], used: list[list[int]], codes: list[Tensor]) -> bytes:
    """All three models at the first sprite, the coordinate with the largest KL moved."""
    figure, axes = plt.subplots(3, 2, figsize=(7, 4.6), gridspec_kw={"width_ratios": [1, 4.4]})
    for (ways, strip), vae, dims, code, name in zip(axes, vaes, used, codes, MODELS.values(), strict=True):
        sprite = torch.sigmoid(vae.decoder(code)).view(32, 32)
        ways.imshow(sprite / 4, vmin=0, vmax=1, cmap="gray_r", extent=(0, 32, 32, 0))
        for k, colour in zip(dims, COLOURS, strict=False):
            path = centres(traverse(vae, code, k))
            ways.plot(path[:, 0], path[:, 1], color=colour, linewidth=3 if k == dims[0] else 1.5)
            ways.plot(path[-1, 0], path[-1, 1], "o", color=colour, markersize=5)
        ways.set(xticks=[], yticks=[])
        ways.grid(False)
        moved = traverse(vae, code, dims[0])
        show_tiles(strip, moved, 9)
        x, y, ink = (centres(moved).amax(0) - centres(moved).amin(0)).tolist()
        strip.set_title(
            f"{name}: $z_{{{dims[0] + 1}}}$ from −2 to 2, x by {x:.1f} px, y by {y:.1f}, ink by {ink:.0f}",
            loc="left",
            size=11,
        )
    return png(figure)
