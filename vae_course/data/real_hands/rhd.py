"""Rendered Hand Pose (Zimmermann and Brox, 2017), version 2, from a folder you have: research use only."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from vae_course.data.idx import DataError
from vae_course.data.real_hands.files import read_pickle, read_png
from vae_course.data.real_hands.sample import HandSample

ORDER = np.array([0, *(base - i for base in (4, 8, 12, 16, 20) for i in range(4))])
"""For each of our joints its number in RHD, whose fingers run from the tip to the palm."""

SIZE = 320
LEFT, RIGHT = slice(0, 21), slice(21, 42)
LEFT_IDS, RIGHT_IDS = (2, 17), (18, 33)  # classes of the mask, ends included; 0 is background, 1 the person
DEPTH_RANGE = 5000.0  # mm, at the code 65,535


class RHD:
    """The hands of one split, read when asked for: `RHD(folder, "training")[0]`.

    Of the two hands, a sample shows the one with more pixels in the mask, the left only if strictly more. 2-D
    joints are as in the file. Depth is in mm, of everything in the image; `mask` is that of the chosen hand.

    Args:
        folder: holds `training` and `evaluation`.
        split: "training" (41,258 samples in the published set) or "evaluation" (2,728).

    Raises:
        DataError: a missing or damaged file, here for the annotations, on indexing for images.
    """

    def __init__(self, folder: str | Path, split: Literal["training", "evaluation"]):
        if split not in ("training", "evaluation"):
            raise ValueError(f'split must be "training" or "evaluation", not {split!r}')
        self.folder = Path(folder) / split
        if not self.folder.is_dir():
            raise DataError(f"{self.folder} does not exist: give the folder RHD_published_v2 itself")
        path = self.folder / f"anno_{split}.pickle"
        self._annotations = read_pickle(path)
        if not isinstance(self._annotations, dict) or set(self._annotations) != set(
            range(len(self._annotations))
        ):
            raise DataError(f"{path} is not a dict with the keys 0, 1, 2, ...")

    def __len__(self) -> int:
        return len(self._annotations)

    def __getitem__(self, index: int) -> HandSample:
        index = range(len(self))[index]  # IndexError beyond the end, which also ends a for loop
        uv, visible, xyz, K = self._annotation(index)
        name = f"{index:05d}.png"
        image = read_png(self.folder / "color" / name, (SIZE, SIZE, 3))
        ids = read_png(self.folder / "mask" / name, (SIZE, SIZE))
        code = read_png(self.folder / "depth" / name, (SIZE, SIZE, 3)).astype(np.float32)
        left, right = (((ids >= low) & (ids <= high)) for low, high in (LEFT_IDS, RIGHT_IDS))
        side = bool(left.sum() > right.sum())
        joints = np.arange(42)[LEFT if side else RIGHT][ORDER]
        depth = (code[..., 0] * 256 + code[..., 1]) / 65535 * DEPTH_RANGE
        return HandSample(
            image=torch.from_numpy(image).permute(2, 0, 1).contiguous(),
            joints_2d=_tensor(uv[joints]),
            joints_3d=_tensor(1000 * xyz[joints]),  # the file is in metres
            visible=torch.from_numpy(visible[joints]),
            K=_tensor(K),
            side=side,
            depth=torch.from_numpy(depth),
            mask=torch.from_numpy(left if side else right),
        )

    def _annotation(self, index: int) -> tuple[np.ndarray, ...]:
        """uv (42, 2), visible (42,), xyz (42, 3) in metres, K (3, 3)."""
        entry = self._annotations[index]
        arrays = []
        for key, shape in (("uv_vis", (42, 3)), ("xyz", (42, 3)), ("K", (3, 3))):
            array = entry.get(key) if isinstance(entry, dict) else None
            if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.kind not in "fiu":
                raise DataError(f"{self.folder}: annotation {index} has no array {key!r} of shape {shape}")
            arrays.append(array)
        uv_vis, xyz, K = arrays
        return uv_vis[:, :2], uv_vis[:, 2] == 1, xyz, K


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))
