"""Skeletons of hands, drawn over an image or in space."""

from matplotlib.axes import Axes
from mpl_toolkits.mplot3d import Axes3D
from torch import Tensor

from vae_course.data.hands.anatomy import FINGERS
from vae_course.figures.style import CLASS_COLOURS

FINGER_COLOURS = dict(zip(FINGERS, CLASS_COLOURS, strict=False))
"""One colour for each finger in every figure."""


def _chains(joints: Tensor) -> dict[str, list[list[float]]]:
    """Each finger's coordinates from the wrist to the tip: lists of 5 values for x, y(, z)."""
    joints = joints.detach().cpu()
    return {name: joints[[0, *chain]].T.tolist() for name, chain in FINGERS.items()}


def draw_skeleton(axes: Axes, joints: Tensor, *, image: Tensor | None = None, width: float = 1.5) -> None:
    """Draw a hand's skeleton in pixels, over its image if there is one.

    Args:
        axes: to draw on; v runs downwards.
        joints: (21, 2) pixels.
        image: RGB (3, height, width), uint8 or in [0, 1], or one channel (height, width).
        width: of the lines, in points.
    """
    if image is not None:
        height, across = image.shape[-2:]
        pixels = image.movedim(0, -1) if image.ndim == 3 else image
        axes.imshow(pixels.detach().cpu().numpy(), extent=(0, across, height, 0), cmap="gray")
    for name, (u, v) in _chains(joints).items():
        if image is not None:  # a light rim, to stand out from any skin
            axes.plot(u, v, color="white", linewidth=2 * width)
        axes.plot(u, v, "o-", color=FINGER_COLOURS[name], linewidth=width, markersize=1.6 * width)
    if image is None:
        axes.set_aspect("equal")
        axes.yaxis.set_inverted(True)
    axes.set_axis_off()


def draw_skeleton_3d(axes: Axes3D, joints: Tensor, *, width: float = 1.5) -> None:
    """Draw a hand's skeleton in space, the camera's frame with its y axis upright.

    Args:
        axes: three-dimensional, to draw on.
        joints: (21, 3) mm in the camera frame, or any frame with y downwards.
        width: of the lines, in points.
    """
    for name, (x, y, z) in _chains(joints).items():
        axes.plot(
            x,
            z,
            [-value for value in y],
            "o-",
            color=FINGER_COLOURS[name],
            linewidth=width,
            markersize=1.6 * width,
        )
    low, high = joints.amin(0), joints.amax(0)
    half = (high - low).max().item() / 2
    x, y, z = ((low + high) / 2).tolist()
    axes.set(
        xlim=(x - half, x + half),
        ylim=(z - half, z + half),
        zlim=(-y - half, -y + half),
        box_aspect=(1, 1, 1),
    )
    axes.set(xticklabels=[], yticklabels=[], zticklabels=[])
    axes.view_init(elev=12, azim=-80)  # nearly the camera's own view
