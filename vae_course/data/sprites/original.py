"""The original file of dSprites, for those who have it: `dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz`."""

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from vae_course.data.idx import DataError
from vae_course.data.sprites.dataset import Sprites
from vae_course.data.sprites.factors import COUNT, classes_of
from vae_course.data.sprites.polygons import SIZE

AT_ONCE = 4096
"""Images unpacked at a time: all of them are 3 GB."""


def load_original(path: str | Path, index: Tensor | None = None) -> Sprites:
    """Read images of the original .npz file; the whole file is checked, only the wanted images are kept.

    Args:
        path: the file.
        index: int64 (N,), which sprites, in this order. Default: all 737,280, which need 3 GB of memory.

    Raises:
        DataError: no such file, truncated, or not the original: the arrays `imgs` and `latents_classes` must have
            its shapes, its pixels must be 0 or 1 and its rows in its order.
        ValueError: an index outside 0 to 737,279.
    """
    index = torch.arange(COUNT) if index is None else index.cpu()
    classes = classes_of(index)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_order(archive, path)
            return Sprites(_images(archive, path, index), classes)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist") from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder; name the .npz file in it") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path} is truncated or is not an .npz file ({error}); get it again") from error


def _open(
    archive: zipfile.ZipFile, path: str | Path, name: str, shape: tuple[int, ...]
) -> tuple[BinaryIO, np.dtype]:
    """An array's bytes, ready to be read behind the header, and their type. Nothing is unpickled."""
    names = [member.removesuffix(".npy") for member in archive.namelist()]
    if name not in names:
        raise DataError(
            f"{path} is not the original dSprites: it lacks {name!r}, and holds {', '.join(names)}"
        )
    file = archive.open(name + ".npy")
    try:
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        found, fortran, dtype = read_header(file)
    except ValueError as error:
        raise DataError(f"{path}: {name!r} is not a NumPy array ({error})") from error
    if found != shape or fortran or dtype.kind not in "iu":
        raise DataError(
            f"{path} is not the original dSprites: {name!r} is {dtype} of shape {found}, not {shape}"
        )
    return file, dtype


def _read(file: BinaryIO, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    wanted = int(np.prod(shape)) * dtype.itemsize
    content = file.read(wanted)
    if len(content) != wanted:
        raise EOFError(f"{wanted - len(content)} bytes are missing")
    return np.frombuffer(content, dtype).reshape(shape)


def _check_order(archive: zipfile.ZipFile, path: str | Path) -> None:
    file, dtype = _open(archive, path, "latents_classes", (COUNT, 6))
    with file:
        classes = torch.from_numpy(_read(file, dtype, (COUNT, 6)).astype(np.int64))
    if not torch.equal(classes, classes_of(torch.arange(COUNT))):
        raise DataError(f"{path} is not the original dSprites: its rows are in another order")


def _images(archive: zipfile.ZipFile, path: str | Path, index: Tensor) -> Tensor:
    images = torch.empty(len(index), SIZE, SIZE, dtype=torch.uint8)
    file, dtype = _open(archive, path, "imgs", (COUNT, SIZE, SIZE))
    with file:
        for start in range(0, COUNT, AT_ONCE):
            part = _read(file, dtype, (min(AT_ONCE, COUNT - start), SIZE, SIZE))
            if part.min() < 0 or part.max() > 1:
                raise DataError(f"{path} is not the original dSprites: it has other pixels than 0 and 1")
            wanted = ((index >= start) & (index < start + len(part))).nonzero()[:, 0]
            images[wanted] = torch.from_numpy(part.astype(np.uint8))[index[wanted] - start]
        file.read(1)  # at the end, zipfile compares the checksum
    return images
