"""What a reader of a real hand data set returns."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class HandSample:
    """One photographed or rendered hand, its joints in the order of `vae_course.data.hands.anatomy.JOINTS`.

    Attributes:
        image: uint8 (3, H, W).
        joints_2d: (21, 2) px, (u, v) in the image.
        joints_3d: (21, 3) mm in the camera frame: x right, y down, z forward.
        visible: bool (21,).
        K: (3, 3), the camera that projects `joints_3d` to `joints_2d`.
        side: True for a left hand.
        depth: float32 (H, W) mm, None where the data set has none.
        mask: bool (H, W), the pixels of this hand, None where the data set has none.
    """

    image: Tensor
    joints_2d: Tensor
    joints_3d: Tensor
    visible: Tensor
    K: Tensor
    side: bool
    depth: Tensor | None = None
    mask: Tensor | None = None
