"""Stereo Tracking Benchmark (Zhang et al., 2017) from a folder you have: left hands only, 18,000 frames."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from vae_course.data.hands.anatomy import FINGERS
from vae_course.data.idx import DataError
from vae_course.data.real_hands.files import read_mat, read_png
from vae_course.data.real_hands.sample import HandSample

ORDER = np.array([0, *(first + i for first in (17, 13, 9, 5, 1) for i in range(4))])
"""For each of our joints its number in STB, which begins with the palm and the little finger."""

SPLITS = {"training": (2, 3, 4, 5, 6), "evaluation": (1,)}
"""The backgrounds B1 to B6 that belong to each split; each has the sequences Counting and Random."""

FRAMES = 1500
HEIGHT, WIDTH = 480, 640
BASELINE = 120.054  # mm between the two Bumblebee cameras
BUMBLEBEE = np.array([[822.79041, 0, 318.47345], [0, 822.79041, 250.31296], [0, 0, 1]])
REALSENSE_COLOUR = np.array([[607.92271, 0, 314.78337], [0, 607.88192, 236.42484], [0, 0, 1]])
REALSENSE_DEPTH = np.array([[475.62768, 0, 336.41179], [0, 474.77709, 238.77962], [0, 0, 1]])

# From the RealSense's colour camera to its depth camera, in which the labels are: x_depth = R x_colour + t.
ROTATION = np.array([0.00531, -0.01196, 0.00301])  # axis times angle
TRANSLATION = np.array([-24.0381, -0.4563, -1.2326])  # mm

Camera = Literal["BB_left", "BB_right", "SK_color"]


class STB:
    """The frames of one split by one camera, read when asked for: `STB(folder, "training")[0]`.

    The labels mark the centre of the palm instead of the wrist. Joint 0 is the wrist that makes the palm's centre
    the mean of wrist and middle MCP, as it is defined for RHD: 2 palm - MCP. `prepare.with_palm` gives the
    labelled palm back. All joints count as visible.

    Args:
        folder: holds `labels` and the sequences, with or without a folder `images` around these.
        split: "training" (B2 to B6, 15,000 frames) or "evaluation" (B1, 3,000).
        camera: the stereo camera's left or right eye, or "SK_color", the RealSense, which alone comes with depth.
            That depth is as recorded, seen by `REALSENSE_DEPTH`, 24 mm beside the colour camera: it does not lie
            on the image, nor on `joints_2d`.

    Raises:
        DataError: a missing or damaged file, here for the labels, on indexing for images.
    """

    def __init__(
        self,
        folder: str | Path,
        split: Literal["training", "evaluation"],
        camera: Camera = "BB_left",
    ):
        if split not in SPLITS:
            raise ValueError(f'split must be "training" or "evaluation", not {split!r}')
        if camera not in ("BB_left", "BB_right", "SK_color"):
            raise ValueError(f'camera must be "BB_left", "BB_right" or "SK_color", not {camera!r}')
        folder = Path(folder)
        if not (folder / "labels").is_dir():
            raise DataError(f"{folder / 'labels'} does not exist: give the folder that holds STB's `labels`")
        self.camera = camera
        self.K = REALSENSE_COLOUR if camera == "SK_color" else BUMBLEBEE
        self._images = folder / "images" if (folder / "images").is_dir() else folder
        self.sequences = [f"B{i}{kind}" for i in SPLITS[split] for kind in ("Counting", "Random")]
        labels = [_read_labels(folder / "labels" / f"{name}_{camera[:2]}.mat") for name in self.sequences]
        self._joints = _seen_by(camera, np.concatenate(labels))  # (frames, 21, 3)

    def __len__(self) -> int:
        return len(self._joints)

    def __getitem__(self, index: int) -> HandSample:
        index = range(len(self))[index]  # IndexError beyond the end, which also ends a for loop
        sequence, frame = divmod(index, FRAMES)
        folder = self._images / self.sequences[sequence]
        image = read_png(folder / f"{self.camera}_{frame}.png", (HEIGHT, WIDTH, 3))
        depth = None
        if self.camera == "SK_color":
            code = read_png(folder / f"SK_depth_{frame}.png", (HEIGHT, WIDTH, 3)).astype(np.float32)
            depth = torch.from_numpy(code[..., 1] * 256 + code[..., 0])
        joints = self._joints[index]
        homogeneous = joints @ self.K.T
        return HandSample(
            image=torch.from_numpy(image).permute(2, 0, 1).contiguous(),
            joints_2d=torch.from_numpy((homogeneous[:, :2] / homogeneous[:, 2:]).astype(np.float32)),
            joints_3d=torch.from_numpy(joints.astype(np.float32)),
            visible=torch.ones(21, dtype=torch.bool),
            K=torch.from_numpy(self.K.astype(np.float32)),
            side=True,
            depth=depth,
        )


def _read_labels(path: Path) -> np.ndarray:
    """Joints in our order with the extrapolated wrist, (frames, 21, 3) mm."""
    joints = read_mat(path, "handPara")
    if joints.shape != (3, 21, FRAMES):
        raise DataError(f"{path}: handPara has the shape {joints.shape}, not {(3, 21, FRAMES)}")
    if not np.isfinite(joints).all() or (joints[2] <= 0).any():
        raise DataError(f"{path}: handPara has joints that are not in front of the camera")
    joints = joints.transpose(2, 1, 0)[:, ORDER]
    joints[:, 0] = 2 * joints[:, 0] - joints[:, FINGERS["middle"][0]]
    return joints


def _seen_by(camera: Camera, joints: np.ndarray) -> np.ndarray:
    """From the frame of the labels, the left eye's or the depth camera's, to that of the image."""
    if camera == "BB_right":
        return joints - [BASELINE, 0, 0]
    if camera == "SK_color":
        return (joints - TRANSLATION) @ _rotation(ROTATION)  # R^T (x - t), for rows
    return joints


def _rotation(vector: np.ndarray) -> np.ndarray:
    """Rodrigues' formula: the rotation (3, 3) about `vector` by its length in radians."""
    angle = np.linalg.norm(vector)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
