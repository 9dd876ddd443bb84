"""Chapter 6: latent traversals under three codes of the same sprite, for beta = 1, beta = 8, and another seed."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_course.data.sprites import draw_half_size
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.sprites import centres, held_out, in_use, sprite_decoder, thousandths, traverse
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
LIMIT = 3.0  # of the sliders
STARTS = (257, 7, 4, 3, 10)  # held-out sprites


@torch.no_grad()
def latent_traversals() -> Explorer:
    """The explorer of chapter 6, with the shipped weights: one coordinate moves, and the decoder draws.

    Raises WeightsError if the weights are not there.
    """
    x = draw_half_size(held_out(500))
    vaes = {name: load_weights(name, sprite_vae()).eval() for name in MODELS}
    used = [in_use(vae, x) for vae in vaes.values()]
    codes = [thousandths(vae.q_z(x[list(STARTS)]).mean) for vae in vaes.values()]
    settings = {
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
        ways.imshow((sprite / 4).numpy(), vmin=0, vmax=1, cmap="gray_r", extent=(0, 32, 32, 0))
        for k, colour in zip(dims, COLOURS, strict=False):
            path = centres(traverse(vae, code, k))
            ways.plot(*path.numpy().T, color=colour, linewidth=3 if k == dims[0] else 1.5)
            ways.plot(*path[-1].tolist(), "o", color=colour, markersize=5)
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
