"""Chapter 7: the table of factors and coordinates, and beside it what each of the two moves in the other."""

from __future__ import annotations

import base64

import numpy as np
import torch
from torch import Tensor

from vae_course.data.sprites import NAMES, SIZES, draw_half_size
from vae_course.evaluation.disentanglement.arrays import check
from vae_course.evaluation.disentanglement.information import entropy, mutual_information
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.sprites import centres, held_out, in_use, sprite_decoder, traverse
from vae_course.figures.digits import show_tiles
from vae_course.figures.style import plt
from vae_course.models import VAE
from vae_course.models.sprites import sprite_vae
from vae_course.weights import load_weights

MODELS = {"sprites-tc-8": "β-TCVAE, 8", "sprites-beta-8": "β-VAE, 8"}
FACTORS = ("shape", "scale", "orientation", "x", "y")
BASE = (0, 1, 4, 6, 20, 12)
"""Classes of the sprite that is shown: an ellipse, rather large, right of the middle and above it."""

START = 3  # the factor x
LIMIT = 3.0


def walk(factor: int) -> Tensor:
    """Classes (n, 6) of the sprite with one factor at each of its n values and the others as in `BASE`.

    Args:
        factor: 0 to 4, as in `FACTORS`.
    """
    rows = torch.tensor(BASE).repeat(SIZES[factor + 1], 1)
    rows[:, factor + 1] = torch.arange(len(rows))
    return rows


@torch.no_grad()
def information_share(vae: VAE, classes: Tensor) -> np.ndarray:
    """Information of each coordinate about each factor, as a share of the factor's entropy: (latent_dim, 5).

    Args:
        vae: encodes.
        classes: of sprites, (N, 6).
    """
    codes, factors = check(vae.q_z(draw_half_size(classes)).mean, classes)
    return mutual_information(codes, factors, bins=20) / entropy(factors)


@torch.no_grad()
def factor_matrix() -> Explorer:
    """The explorer of chapter 7, with the shipped weights: a factor moves codes, and a coordinate moves the sprite.

    Raises WeightsError if the weights are not there.
    """
    classes = held_out(5000)
    x = draw_half_size(classes[:500])
    vaes = {name: load_weights(name, sprite_vae()).eval() for name in MODELS}
    used = [in_use(vae, x) for vae in vaes.values()]
    shares = [information_share(vae, classes)[dims] for vae, dims in zip(vaes.values(), used, strict=True)]
    walks = [draw_half_size(walk(factor)) for factor in range(len(FACTORS))]
    codes = [[vae.q_z(sprites).mean for sprites in walks] for vae in vaes.values()]
    return Explorer(
        kind="factor-matrix",
        label="Factors of sprites and coordinates of two codes",
        settings={
            "names": list(MODELS.values()),
            "factors": FACTORS,
            "values": [_values(factor) for factor in range(len(FACTORS))],
            "base": BASE[1:],
            "start": START,
            "used": used,
            "shares": [share.round(3).tolist() for share in shares],
            "sprites": [_packed(np.packbits(sprites.bool().numpy(), axis=1)) for sprites in walks],
            "codes": [[_packed(_whole(code)) for code in ofModel] for ofModel in codes],
            "limit": LIMIT,
        },
        picture=_picture(list(vaes.values()), used, shares, codes),
        alt="For each of two models a table of three coordinates by five factors, beside it how far each coordinate "
        "moves while x runs from end to end, and a row of sprites decoded along the first coordinate",
        models=tuple(sprite_decoder(name, vae) for name, vae in vaes.items()),
    )


def _values(factor: int) -> list[str]:
    """What each value of a factor is called."""
    if NAMES[factor + 1] == "shape":
        return ["square", "ellipse", "heart"]
    return [str(value) for value in range(SIZES[factor + 1])]


def _whole(codes: Tensor) -> np.ndarray:
    """Codes in thousandths, two bytes each."""
    return (codes * 1000).round().clamp(-32767, 32767).numpy().astype("<i2")


def _packed(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _picture(
    vaes: list[VAE], used: list[list[int]], shares: list[np.ndarray], codes: list[list[Tensor]]
) -> bytes:
    """Both models, the factor x, and the coordinate that knows most about it."""
    figure = plt.figure(figsize=(7, 5.6))
    grid = figure.add_gridspec(4, 2, height_ratios=[3, 1, 3, 1], width_ratios=[1.5, 1])
    for place, (vae, dims, share, walks) in enumerate(zip(vaes, used, shares, codes, strict=True)):
        names = [f"$z_{{{k + 1}}}$" for k in dims]
        table = figure.add_subplot(grid[2 * place, 0])
        table.imshow(share, vmin=0, vmax=0.6, cmap="Purples", aspect="auto")
        for (i, j), value in np.ndenumerate(share):
            table.text(j, i, f"{value:.2f}", ha="center", va="center")
        table.set_xticks(range(len(FACTORS)), FACTORS)
        table.set_yticks(range(len(dims)), names)
        table.set_title(list(MODELS.values())[place], loc="left")
        table.grid(False)
        moved = walks[START][:, dims]
        ways = figure.add_subplot(grid[2 * place, 1])
        for i, (low, high) in enumerate(zip(moved.amin(0), moved.amax(0), strict=True)):
            ways.plot([low, high], [i, i], color="#6A51A3", linewidth=6, alpha=0.5)
            ways.plot(moved[BASE[START + 1], i], i, "o", color="#3F007D")
        ways.set(xlim=(-LIMIT, LIMIT), ylim=(len(dims) - 0.5, -0.5), yticks=range(len(dims)))
        ways.set_yticklabels(names)
        ways.set_title("code, x from end to end", loc="left")
        best = dims[int(share[:, START].argmax())]
        strip = figure.add_subplot(grid[2 * place + 1, :])
        images = traverse(vae, walks[START][BASE[START + 1]], best)
        show_tiles(strip, images, 9)
        x, y, _ = (centres(images).amax(0) - centres(images).amin(0)).tolist()
        strip.set_title(f"$z_{{{best + 1}}}$ from −2 to 2: x by {x:.1f} px, y by {y:.1f} px", loc="left")
    return png(figure)
