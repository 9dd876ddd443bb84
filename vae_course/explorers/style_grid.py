"""Chapter 5: one style and ten digits. What moves with the style moves in all ten pictures."""

from __future__ import annotations

import base64

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from vae_course import models, nets
from vae_course.data import binarize, load_digits
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.figures.digits import show_tiles
from vae_course.figures.style import plt
from vae_course.weights import load_weights

WEIGHTS = "digits-style"
"""Name of the shipped weights."""

LATENT, CLASSES, PIXELS = 5, 10, 784
LIMIT = 3.0
HANDS = (63, 37, 7, 9, 22, 36, 11, 6)  # test digits whose style can be taken


def style_m2() -> models.M2:
    """The model that the page runs: chapter 5's M2 with other layers, 250,000 weights, most of them in the decoder."""
    return models.M2(
        nets.Encoder(PIXELS, [48], CLASSES),
        nets.GaussianEncoder(PIXELS + CLASSES, [100], LATENT),
        nets.Decoder(LATENT + CLASSES, [96, 144], PIXELS),
        models.Bernoulli(),
        classes=CLASSES,
    )


def exported_style(m2: models.M2, x: Tensor) -> tuple[Exported, Exported]:
    """Decoder and classifier as they travel, the errors measured on draws from the prior and on images.

    Args:
        m2: as `style_m2` makes it.
        x: binary images, (N, 784).
    """
    noise = torch.Generator().manual_seed(0)
    z = torch.randn(1000, LATENT, generator=noise)
    digit = one_hot(torch.arange(1000) % CLASSES, CLASSES).float()
    decoder = export("digits-style-decoder", m2.decoder, torch.cat([z, digit], 1), display="sigmoid")
    return decoder, export("digits-style-classifier", m2.classifier, x, tolerance=0.5)


@torch.no_grad()
def in_style(m2: models.M2, z: Tensor) -> Tensor:
    """The ten digits in one style: images (10, 784).

    Args:
        m2: decodes.
        z: the style, (5,).
    """
    return m2.p_x(torch.arange(CLASSES), z.expand(CLASSES, -1)).mean


@torch.no_grad()
def style_grid() -> Explorer:
    """The explorer of chapter 5, with the shipped weights: one style, and the ten digits written in it.

    Raises DataError or MissingExtraError if the digits are not there, WeightsError if the weights are not.
    """
    digits = load_digits().test
    m2 = load_weights(WEIGHTS, style_m2())
    x = binarize(digits.images, torch.Generator().manual_seed(0))
    hands = list(HANDS)
    # Three digits: the last ones differ between machines.
    styles = (m2.q_z(x[hands], digits.labels[hands]).mean * 1000).round() / 1000
    images = digits.images[hands].flatten(1)
    return Explorer(
        kind="style-grid",
        label="The ten digits in one style",
        settings={
            "limit": LIMIT,
            "styles": [[round(value, 3) for value in style] for style in styles.tolist()],
            "hands": base64.b64encode(images.numpy().tobytes()).decode(),
        },
        picture=_picture(m2, images[:4].float() / 255, styles[:4]),
        alt="Four test digits, and beside each the digits 0 to 9 in its style: a bold upright hand, a bold slanted "
        "one, a thin one and a flat one",
        models=exported_style(m2, x),
    )


def _picture(m2: models.M2, written: Tensor, styles: Tensor) -> bytes:
    """The first four hands, the one that the page begins with on top."""
    figure, axes = plt.subplots(len(styles), 2, figsize=(7, 3), gridspec_kw={"width_ratios": [1, 10]})
    for (left, right), image, style in zip(axes, written, styles, strict=True):
        show_tiles(left, image.unsqueeze(0), 1)
        show_tiles(right, in_style(m2, style), CLASSES)
    axes[0, 0].set_title("hand")
    axes[0, 1].set_title("its style as 0 to 9", loc="left")
    return png(figure)
