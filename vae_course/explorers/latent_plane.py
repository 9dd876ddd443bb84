"""Chapter 4: the latent plane of a VAE of digits, its decoder under the pointer, its encoder under a pen."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke
from torch import Tensor

from vae_course import models, nets
from vae_course.data import Split, binarize, load_digits
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures import CLASS_COLOURS
from vae_course.figures.digits import show_tiles
from vae_course.figures.latent import label_places
from vae_course.figures.style import plt
from vae_course.weights import load_weights

Stroke = Sequence[tuple[float, float]]
"""Points (x, y) that a pen has passed, y downwards."""

WEIGHTS = "digits-plane"
"""Name of the shipped weights."""

LIMIT = 4.0  # the plane goes from -4 to 4 in both directions
PEN = 1.3  # radius of the pen in pixels of a digit
SIDE, BOX, PAD = 28, 20, 280  # pixels of a digit, of the box that holds its ink; units of the drawing pad
START = (2.2, 0.8)
# A three, so that the pad does not begin empty.
EXAMPLE = (
    ((85, 75), (105, 52), (140, 44), (178, 56), (188, 84), (172, 114), (132, 130)),
    ((132, 130), (176, 144), (194, 176), (184, 212), (146, 234), (104, 226), (82, 200)),
)


def plane_vae() -> models.VAE:
    """The VAE that the page runs: two latent dimensions, and half the weights of the one chapter 4 trains."""
    encoder = nets.GaussianEncoder(SIDE**2, [256, 128], 2)
    return models.VAE(encoder, nets.Decoder(2, [128, 256], SIDE**2), models.Bernoulli())


def exported_plane(vae: models.VAE, digits: Split) -> tuple[Exported, Exported]:
    """Encoder and decoder as they travel, the error measured on the digits and on draws from the prior.

    Args:
        vae: as `plane_vae` makes it.
        digits: N images.
    """
    z = torch.randn(1000, 2, generator=torch.Generator().manual_seed(0))
    pixels = binarize(digits.images, torch.Generator().manual_seed(0))
    encoder = export("digits-plane-encoder", vae.encoder, pixels)
    return encoder, export("digits-plane-decoder", vae.decoder, z, display="sigmoid")


@torch.no_grad()
def latent_plane(shown: int = 1000) -> Explorer:
    """The explorer of chapter 4, with the shipped weights: move over the plane, or draw a digit.

    Args:
        shown: how many training digits are points of the plane.

    Raises DataError or MissingExtraError if the digits are not there, WeightsError if the weights are not.
    """
    digits = load_digits()
    vae = load_weights(WEIGHTS, plane_vae())
    images, labels = digits.train.images[:shown], digits.train.labels[:shown]
    codes = vae.q_z(binarize(images, torch.Generator().manual_seed(0))).mean
    whole = (codes * 1000).round().clamp(-32767, 32767).numpy().astype("<i2")
    return Explorer(
        kind="latent-plane",
        label="The latent plane of a VAE of digits",
        settings={
            "limit": LIMIT,
            "pen": PEN,
            "start": START,
            "strokes": EXAMPLE,
            "classes": CLASS_COLOURS,
            "codes": base64.b64encode(whole.tobytes()).decode(),
            "labels": "".join(map(str, labels.tolist())),
        },
        picture=_picture(vae, codes, labels),
        alt="Left, the plane with training digits as points coloured by digit, one point ringed, and an ellipse "
        "where a drawn three lands. Right, the digit decoded at the ring, the drawn three, and its reconstruction",
        models=exported_plane(vae, digits.test),
    )


def digit_of(strokes: Sequence[Stroke], pen: float = PEN) -> Tensor:
    """Strokes as MNIST would store them, (28, 28) in [0, 1]; front/latent-plane.js does the same.

    Scaled into a box of 20 x 20 pixels with proportions kept, drawn with a round pen that leaves grey rims, and
    shifted so that the centre of mass is the centre of the image.

    Args:
        strokes: on the pad of 280 x 280 units, at least one point.
        pen: its radius in pixels.
    """
    points = np.concatenate([np.asarray(stroke, dtype=float) for stroke in strokes])
    low, high = points.min(0), points.max(0)
    scale = (BOX - 2 * pen) / max(*(high - low), PAD / 10)

    def place(middle: np.ndarray) -> list[np.ndarray]:
        return [(np.asarray(stroke, dtype=float) - middle) * scale + SIDE / 2 for stroke in strokes]

    middle = (low + high) / 2
    ink = _ink(place(middle), pen)
    centres = np.stack(
        np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5), axis=-1
    )  # (28, 28, 2): x, y
    mass = (ink[..., None] * centres).sum((0, 1)) / ink.sum()
    return torch.from_numpy(_ink(place(middle + (mass - SIDE / 2) / scale), pen)).float()


def _ink(strokes: list[np.ndarray], pen: float) -> np.ndarray:
    """How much of each pixel (28, 28) a round pen covers, by the distance from its middle to the nearest stroke."""
    pixels = np.stack(np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5), axis=-1)
    nearest = np.full((SIDE, SIDE), np.inf)
    for stroke in strokes:
        for a, b in zip([stroke[0], *stroke[:-1]], stroke, strict=True):
            along = ((pixels - a) @ (b - a) / max((b - a) @ (b - a), 1e-12)).clip(0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(pixels - a - along[..., None] * (b - a), axis=-1))
    return (0.5 + pen - nearest).clip(0, 1)


def _picture(vae: models.VAE, codes: Tensor, labels: Tensor) -> bytes:
    """What the page shows at first."""
    drawn = digit_of(EXAMPLE)
    q = vae.q_z(drawn.flatten().unsqueeze(0))
    images = {
        "decoder draws": torch.sigmoid(vae.decoder(torch.tensor([START]))),
        "encoder sees": drawn.unsqueeze(0),
        "rebuilt": torch.sigmoid(vae.decoder(q.mean)),
    }
    figure = plt.figure(figsize=(7, 5.2))
    grid = figure.add_gridspec(3, 2, width_ratios=[3.3, 1])
    plane = figure.add_subplot(grid[:, 0])
    plane.scatter(
        *codes.T.tolist(), s=7, c=[CLASS_COLOURS[label] for label in labels], linewidths=0, alpha=0.8
    )
    for label, place in label_places(codes, labels, LIMIT / 6).items():
        outline = [withStroke(linewidth=3, foreground="white")]
        look = {"size": 14, "weight": "bold", "ha": "center", "va": "center", "path_effects": outline}
        plane.text(*place.tolist(), str(label), color=CLASS_COLOURS[label], **look)
    plane.plot(*START, "o", markersize=11, markerfacecolor="none", markeredgecolor="black", markeredgewidth=2)
    mean, sigma = q.mean[0].tolist(), q.stddev[0].tolist()
    plane.add_patch(
        Ellipse(mean, 2 * sigma[0], 2 * sigma[1], facecolor=(0, 0, 0, 0.2), edgecolor="black", linewidth=1.5)
    )
    plane.plot(*mean, "k+", markersize=16)
    plane.set_aspect("equal", adjustable="box")
    plane.set(xlabel="$z_1$", ylabel="$z_2$", xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT))
    for row, (title, image) in enumerate(images.items()):
        axes = figure.add_subplot(grid[row, 1])
        show_tiles(axes, image, 1)
        axes.set_title(title)
        axes.add_patch(plt.Rectangle((-0.5, -0.5), SIDE, SIDE, fill=False, edgecolor="0.7"))
    return png(figure)
