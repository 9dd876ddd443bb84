"""Sign-language digits: 2,060 photographs of hands with a permissive licence, and what a detector saw in them."""

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_course.data.digits import DATA_ENV
from vae_course.data.idx import DataError
from vae_course.data.real_hands.files import read_image
from vae_course.extras import require

IMAGES = (
    "sign_language_digits_jpeg_original.zip",
    "143fdc376c8e131f2eb17fb7f7a48715319f099d32d63df00aff13319530ea87",
)
LANDMARKS = (
    "sign_language_digits_landmarks.npz",
    "b197d3f3b3ca2311368fdc585eb1bc358c2745f08f5999d628729f884ad79767",
)
"""File name and SHA-256."""

BLOCKS = ("train", "train", "test", "train", "val", "train", "train", "test", "train", "train")
"""The split of each tenth of the subjects, in the order of the file numbers."""

SMALLEST = 0.3  # of the image's side: where the landmarks span less, the detector took a finger for the hand


@dataclass(frozen=True)
class SignLanguageSplit:
    """Photographs and pseudo-labels of N hands.

    Attributes:
        images: uint8 (N, 3, size, size).
        joints_2d: (N, 21, 2) px of these images, (u, v).
        joints_3d: (N, 21, 3) mm, camera frame (x right, y down, z forward), relative to the wrist.
        labels: int64 (N,), the digit 0 to 9 that is signed.
        side: bool (N,), True for a left hand; all are right hands.
        subjects: int64 (N,), the same number for images of one person, distinct across splits.
    """

    images: Tensor
    joints_2d: Tensor
    joints_3d: Tensor
    labels: Tensor
    side: Tensor
    subjects: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class SignLanguage:
    """The data set with its fixed parts, which share no person.

    Attributes:
        train: 1,401 images of 141 persons.
        val: 195 images of 20 persons.
        test: 398 images of 40 persons.
    """

    train: SignLanguageSplit
    val: SignLanguageSplit
    test: SignLanguageSplit


def load_sign_language(folder: str | Path | None = None, size: int = 64) -> SignLanguage:
    """Load the sign-language digits (Mavi, 2020; Apache-2.0), split by person.

    The joints are PSEUDO-labels: MediaPipe's hand landmarker put them there, nobody measured them. Bone lengths
    vary by 6 to 17 %, and some hands are wrong, most often in the sign 1. Five are left out: the four that the
    detector took for left hands, and one where it took a finger for the hand. Depth is relative and rough. Its
    sign is that of z forward: in the sign 0, seen from the little finger's side, the thumb behind the fingers has
    the larger z, and in the signs 2 to 9 fingers bend to the palmar side with this sign (88 to 100 % of them).

    Nobody noted who is who, but the file numbers follow the photographer: they run through the digits 0 to 9
    again and again, in 188 of 217 runs through exactly ten. Colours below the wrist differ by 10 grey levels (of
    255) between neighbours in a run, by 29 across its end. A run ends where the digit falls; neighbouring runs of
    together at most ten images are one person who signed out of order. That makes 207 subjects, where the authors
    count 218. Since an end may be off by some images, the last subject before each change of split is left out.

    Args:
        folder: the folder that holds `hands/` with the zip of images and the npz of landmarks. Default: the one
            that the environment variable VAE_COURSE_DATA names. There is no download: the landmarks have no
            public address.
        size: side of the square images. Three are photographed lying on their side, and stay so.

    Raises:
        DataError: missing or damaged files; the message says what to do.
        MissingExtraError: Pillow is not installed.
    """
    if size < 1:
        raise ValueError(f"size must be positive, not {size}")
    folder = folder or os.environ.get(DATA_ENV)
    if folder is None:
        raise DataError(
            f"give a folder with hands/{IMAGES[0]} and hands/{LANDMARKS[0]}, or set {DATA_ENV} to it"
        )
    archive, landmarks = (_read(Path(folder), *file) for file in (IMAGES, LANDMARKS))
    with np.load(io.BytesIO(landmarks), allow_pickle=False) as arrays:
        table = {name: arrays[name] for name in ("paths", "labels", "kp2d", "world_m", "handedness_mp")}
    numbers = [int(str(path).rpartition("_")[2].removesuffix(".JPG")) for path in table["paths"]]
    order = np.argsort(numbers)
    table = {name: array[order] for name, array in table.items()}
    subjects = find_subjects(table["labels"])
    splits = split_subjects(subjects)
    span = (table["kp2d"].max(1) - table["kp2d"].min(1)).max(1)
    # MediaPipe assumes a mirrored image, so its "Left" is a right hand.
    good = (table["handedness_mp"] == "Left") & (span >= SMALLEST)
    with zipfile.ZipFile(io.BytesIO(archive)) as images:
        return SignLanguage(
            *(
                _split(images, table, subjects, good & (splits == part), size)
                for part in ("train", "val", "test")
            )
        )


def find_subjects(labels: np.ndarray) -> np.ndarray:
    """Number the persons who signed the digits `labels`, (N,) in the order of photographing: int64 (N,).

    A run ends where the digit falls; neighbouring runs of together at most ten images are one person.
    """
    runs = np.split(labels, np.flatnonzero(np.diff(labels.astype(int)) < 0) + 1)
    sizes: list[int] = []  # images of each subject
    for run in runs:
        if sizes and sizes[-1] + len(run) <= 10:
            sizes[-1] += len(run)
        else:
            sizes.append(len(run))
    return np.repeat(np.arange(len(sizes)), sizes)


def split_subjects(subjects: np.ndarray) -> np.ndarray:
    """The split of each image by its subject, (N,) of "train", "val", "test", or "" between two splits."""
    count = subjects.max() + 1
    splits = np.array(BLOCKS)[np.arange(count) * len(BLOCKS) // count]
    splits[:-1][splits[:-1] != splits[1:]] = ""
    return splits[subjects]


def _read(folder: Path, name: str, sha256: str) -> bytes:
    path = folder / "hands" / name
    if not path.is_file():
        raise DataError(
            f"{path} is missing ({DATA_ENV} or the argument `folder` names the folder above `hands`)"
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(f"{path} has another content than it should: it is truncated or of another version")
    return content


def _split(
    images: zipfile.ZipFile, table: dict[str, np.ndarray], subjects: np.ndarray, chosen: np.ndarray, size: int
) -> SignLanguageSplit:
    module = require("PIL.Image")
    pixels = []
    for path in table["paths"][chosen]:
        with images.open(str(path)) as file:
            image = module.fromarray(read_image(file, str(path)))
        pixels.append(np.asarray(image.resize((size, size), module.Resampling.BILINEAR)))
    world = table["world_m"][chosen]
    return SignLanguageSplit(
        images=torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous(),
        joints_2d=torch.from_numpy(table["kp2d"][chosen] * size),
        joints_3d=torch.from_numpy(1000 * (world - world[:, :1])),
        labels=torch.from_numpy(table["labels"][chosen].astype(np.int64)),
        side=torch.zeros(len(world), dtype=torch.bool),
        subjects=torch.from_numpy(subjects[chosen]),
    )
