"""Tiny data sets of made-up hands in the exact formats of RHD and STB, with known geometry."""

import pickle
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

FINGERS = ("thumb", "index", "middle", "ring", "little")


def marked(name: str, joint: int) -> np.ndarray:
    """A joint in metres whose coordinates tell its name: finger and place on it, 0 at the palm."""
    if name == "wrist":
        return np.array([0.1, 0.0, 1.0])
    return np.array([0.01 * (1 + FINGERS.index(name)), 0.001 * (1 + joint), 1.0])


def ours() -> np.ndarray:
    """The marked joints in the project's order, (21, 3) m."""
    return np.stack([marked("wrist", 0), *(marked(name, i) for name in FINGERS for i in range(4))])


def write_rhd(folder: Path, counts=((30, 20), (20, 30), (25, 25)), split="evaluation", protocol=2) -> Path:
    """One sample for each (left pixels, right pixels); the left hand lies 2 m away, the right one 1 m."""
    for kind in ("color", "mask", "depth"):
        (folder / split / kind).mkdir(parents=True)
    right = np.stack([marked("wrist", 0), *(marked(name, 3 - i) for name in FINGERS for i in range(4))])
    K = np.array([[300.0, 0, 160], [0, 310, 150], [0, 0, 1]])
    annotations = {}
    for i, (left_pixels, right_pixels) in enumerate(counts):
        xyz = np.concatenate([right + np.array([0, 0, 1]), right])
        uv = xyz @ K.T
        visible = np.ones(42)
        visible[[1, 22]] = 0  # both thumb tips
        visible[41] = 2  # only 1 means visible
        annotations[i] = {
            "uv_vis": np.concatenate([uv[:, :2] / uv[:, 2:], visible[:, None]], 1),
            "xyz": xyz.astype(np.float32),
            "K": K,
        }
        mask = np.zeros((320, 320), np.uint8)
        mask[:, 300:] = 1  # the person, who is no hand
        mask[0, :left_pixels] = np.resize([2, 17], left_pixels)
        mask[1, :right_pixels] = np.resize([18, 33], right_pixels)
        colour = np.zeros((320, 320, 3), np.uint8)
        colour[10, 20] = [200, 100, 50 + i]
        depth = np.zeros((320, 320, 3), np.uint8)
        depth[5, 6] = [255, 255, 0]
        depth[7, 8] = [51, 0, 9]  # 51 * 256 = 13056; blue means nothing
        for kind, pixels in (("color", colour), ("mask", mask), ("depth", depth)):
            Image.fromarray(pixels).save(folder / split / kind / f"{i:05d}.png")
    (folder / split / f"anno_{split}.pickle").write_bytes(pickle.dumps(annotations, protocol=protocol))
    return folder


def write_stb(folder: Path, images="images", backgrounds=(1,)) -> Path:
    """Frame t of a sequence is the marked hand t mm to the right; images only for frames 0 and 1499."""
    native = [marked("wrist", 0), *(marked(name, i) for name in reversed(FINGERS) for i in range(4))]
    still = 1000 * np.stack(native)
    moving = still[None] + np.arange(1500)[:, None, None] * np.array([1.0, 0, 0])
    (folder / "labels").mkdir(parents=True)
    for sequence in (f"B{i}{kind}" for i in backgrounds for kind in ("Counting", "Random")):
        place = folder / images / sequence
        place.mkdir(parents=True)
        for frame in (0, 1499):
            pixels = np.full((480, 640, 3), 7, np.uint8)
            for camera in ("BB_left", "BB_right", "SK_color"):
                Image.fromarray(pixels).save(place / f"{camera}_{frame}.png")
            pixels[3, 4] = [44, 1, 99]  # 1 * 256 + 44 = 300 mm
            Image.fromarray(pixels).save(place / f"SK_depth_{frame}.png")
        for camera in ("BB", "SK"):
            path = folder / "labels" / f"{sequence}_{camera}.mat"
            savemat(path, {"handPara": moving.transpose(2, 1, 0)}, do_compression=True)
    return folder
