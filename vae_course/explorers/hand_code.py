"""Chapter 8: one code of a hand, and four descriptions that decode from it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from vae_course.data.hand_modalities import UNIT, draw_joint_rows, hand_units, joints_mm, joints_px
from vae_course.data.hands.anatomy import FINGERS
from vae_course.explorers.explorer import Explorer, png
from vae_course.explorers.export import Exported, FromJoints, export
from vae_course.figures.hands import FINGER_COLOURS, draw_skeleton, draw_skeleton_3d
from vae_course.figures.style import plt
from vae_course.models import CrossModalVAE, skeleton_hands
from vae_course.weights import load_weights

SIDE = 64
"""Pixels of a picture."""

DIRECTIONS = ("back – palm", "palm left – right", "lean left – right", "fingers near – far", "fist – open")
"""What the sliders move; `described` measures it."""

HANDS = (30, 36, 12, 53, 8, 19, 43, 37)
"""Numbers of the drawn hands one can begin from, an open palm first."""

SPAN = 240
"""Width of the space that is shown, mm."""

FINGER_CHAINS = [[0, *chain] for chain in FINGERS.values()]
"""From the palm to the tip of each finger: numbers of joints."""


def shipped_hands() -> CrossModalVAE:
    """The cross-modal model of chapter 8 with its weights. Raises WeightsError if they are not there."""
    model = skeleton_hands(sharpness=3.0)
    load_weights("hands-encoders", model.encoders)
    load_weights("hands-decoders", model.decoders)
    return model


def drawn_joints(n: int = 1000) -> Tensor:
    """3-D joints (n, 63) of hands that were not trained on, in units of the networks.

    Args:
        n: how many.
    """
    return hand_units(draw_joint_rows(n, seed=2))["joints_3d"]


def described(joints: Tensor) -> Tensor:
    """What `DIRECTIONS` names, of hands in the camera's frame: (n, 63) -> (n, 5), each more for the second word.

    The first four are components of the normal that leaves the back of the hand and of the axis towards the fingers;
    the last is the mean distance of the fingertips to the palm, mm.

    Args:
        joints: in units of the networks.
    """
    hands = joints_mm(joints)
    knuckles = {name: hands[:, chain[0]] for name, chain in FINGERS.items()}
    tips = hands[:, [chain[-1] for chain in FINGERS.values()]]
    up = normalize(knuckles["middle"], dim=-1)  # the palm is the origin
    back = normalize(torch.linalg.cross(up, knuckles["index"] - knuckles["little"]), dim=-1)
    return torch.stack([back[:, 2], -back[:, 0], up[:, 0], up[:, 2], tips.norm(dim=-1).mean(1)], dim=1)


def directions_of(codes: Tensor, properties: Tensor) -> Tensor:
    """Where codes go when one property grows by a standard deviation and the others stay: (k, latent_dim).

    It is the regression of codes on properties, so that each direction moves what it is named after.

    Args:
        codes: of hands, (n, latent_dim).
        properties: of the same hands, (n, k).
    """
    scaled = (properties - properties.mean(0)) / properties.std(0)
    known = torch.cat([scaled, torch.ones(len(scaled), 1)], dim=1)
    return torch.linalg.lstsq(known.double(), codes.double()).solution[:-1].float()


def exported_hands(model: CrossModalVAE, codes: Tensor) -> tuple[Exported, ...]:
    """The four decoders as they travel: of 2-D joints, 3-D joints, cut-outs and depth.

    What a picture states is its own error, from exact joints. The page draws from its own joints, which are rounded
    too; from code to picture the largest error is two to four times as large, and the mean up to 1.6 times.

    Args:
        model: decodes.
        codes: on which the errors are measured, (n, latent_dim).
    """
    of_joints = [model.decoders[name] for name in ("joints_2d", "joints_3d")]
    with torch.no_grad():
        known = torch.cat([codes, *(decoder(codes) for decoder in of_joints)], dim=-1)
    return (
        export("hands-joints-2d", of_joints[0], codes),
        export("hands-joints-3d", of_joints[1], codes, tolerance=0.2),
        export("hands-cutout", FromJoints(model.decoders["cutout"]), known, tolerance=0.2),
        export("hands-depth", FromJoints(model.decoders["depth"]), known, tolerance=0.2),
    )


@torch.no_grad()
def hand_code() -> Explorer:
    """The explorer of chapter 8, with the shipped weights: move the code, and four descriptions of a hand follow.

    Raises WeightsError if the weights are not there.
    """
    model = shipped_hands()
    joints = drawn_joints()
    codes = model.q_z(joints, "joints_3d").mean
    directions = directions_of(codes, described(joints))
    # Three digits: the last ones differ between machines.
    hands, directions = ((x * 1000).round() / 1000 for x in (codes[[*HANDS]], directions))
    return Explorer(
        kind="hand-code",
        label="One code of a hand, and four descriptions",
        settings={
            "hands": [[round(v, 3) for v in code] for code in hands.tolist()],
            "names": DIRECTIONS,
            "directions": [[round(v, 3) for v in direction] for direction in directions.tolist()],
            "fingers": FINGER_CHAINS,
            "colours": list(FINGER_COLOURS.values()),
            "unit": UNIT,
            "span": SPAN,
        },
        picture=_picture(model, hands[0]),
        alt="One hand three times: a cut-out in colour, a depth image with the 2-D skeleton over it, and a skeleton "
        "in space, all decoded from one code",
        models=exported_hands(model, codes[:200]),
    )


def _picture(model: CrossModalVAE, z: Tensor) -> bytes:
    """What the page shows at first."""
    found = {name: model.p_x(z[None], name).mean[0] for name in model.decoders}
    figure = plt.figure(figsize=(7, 2.6))
    cutout, depth = figure.add_subplot(131), figure.add_subplot(132)
    cutout.imshow((found["cutout"].view(3, SIDE, SIDE) + 0.5).clamp(0, 1).movedim(0, -1).numpy())
    cutout.set_axis_off()
    image = found["depth"].view(SIDE, SIDE).clamp(0, 1)
    draw_skeleton(depth, joints_px(found["joints_2d"], SIDE), image=image, width=1)
    draw_skeleton_3d(figure.add_subplot(133, projection="3d"), joints_mm(found["joints_3d"]))
    for axes, title in zip(figure.axes, ("cut-out", "depth and 2-D joints", "3-D joints"), strict=True):
        axes.set_title(title)
    return png(figure)
