"""Chapter 8: a photograph of a hand is read in the page, and may be dimmed or covered."""

from __future__ import annotations

import base64

import torch
from torch import Tensor

from vae_course.data.hand_modalities import UNIT, hand_units, joints_mm, joints_px, photograph_rows
from vae_course.data.real_hands import example_photographs
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, export
from vae_course.explorers.hand_code import FINGER_CHAINS, SIDE, SPAN
from vae_course.figures.hands import FINGER_COLOURS, draw_skeleton, draw_skeleton_3d
from vae_course.figures.style import plt
from vae_course.models import CrossModalVAE, cross_modal_hands
from vae_course.weights import load_weights

START = 2
"""The photograph that the page begins with."""


def photograph_reader() -> CrossModalVAE:
    """The model of photographs of chapter 8 with its weights. Raises WeightsError if they are not there."""
    model = cross_modal_hands(("rgb", "joints_3d"), ("joints_2d", "joints_3d"), size=32)
    return load_weights("hands-real", model)


def exported_reader(model: CrossModalVAE, photographs: Tensor) -> tuple[Exported, ...]:
    """The encoder of photographs and the decoders of joints as they travel.

    Args:
        model: as `photograph_reader` makes it.
        photographs: in the network's units, (n, 3 * 32 * 32), on which the errors are measured.
    """
    with torch.no_grad():
        z = model.q_z(photographs, "rgb").mean
    return (
        export("hands-real-encoder", model.encoders["rgb"], photographs, tolerance=0.5),
        export("hands-real-joints-2d", model.decoders["joints_2d"], z),
        export("hands-real-joints-3d", model.decoders["joints_3d"], z, tolerance=0.2),
    )


@torch.no_grad()
def hand_photographs() -> Explorer:
    """The second explorer of chapter 8, with the shipped weights: photographs to joints.

    Raises WeightsError if the weights are not there.
    """
    photographs, model = example_photographs(), photograph_reader()
    rows = hand_units(photograph_rows(photographs))
    labels = joints_mm(rows["joints_3d"]).flatten(1)
    return Explorer(
        kind="hand-photographs",
        label="Photographs of hands, and the joints that the model reads from them",
        settings={
            "photographs": base64.b64encode(photographs.images.numpy().tobytes()).decode(),
            "labels": [[round(v) for v in row] for row in labels.tolist()],
            "start": START,
            "fingers": FINGER_CHAINS,
            "colours": list(FINGER_COLOURS.values()),
            "unit": UNIT,
            "span": SPAN,
        },
        picture=_picture(model, photographs.images[START], rows["rgb"][START : START + 1]),
        alt="A photograph of a hand that signs a digit, with the skeleton that the model reads from it, and beside it "
        "the same skeleton in space",
        models=exported_reader(model, rows["rgb"]),
    )


def _picture(model: CrossModalVAE, image: Tensor, x: Tensor) -> bytes:
    """What the page shows at first."""
    z = model.q_z(x, "rgb").mean
    figure = plt.figure(figsize=(5, 2.6))
    draw_skeleton(
        figure.add_subplot(121),
        joints_px(model.p_x(z, "joints_2d").mean[0], SIDE),
        image=image / 255,
        width=1,
    )
    draw_skeleton_3d(
        figure.add_subplot(122, projection="3d"), joints_mm(model.p_x(z, "joints_3d").mean[0]), width=1
    )
    for axes, title in zip(figure.axes, ("photograph and 2-D joints", "3-D joints"), strict=True):
        axes.set_title(title)
    return png(figure)
