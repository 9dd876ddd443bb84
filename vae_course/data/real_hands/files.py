"""Images, pickles and MATLAB files that may be missing, damaged or hostile."""

import pickle
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vae_course.data.idx import DataError
from vae_course.extras import require


def read_image(source: Path | BinaryIO, name: str | None = None) -> np.ndarray:
    """Decode an image file.

    Args:
        source: a path, or an open file with a `name` for messages.

    Returns:
        uint8 (H, W, 3), or (H, W) where the file has one channel.

    Raises:
        DataError: the file is missing, truncated, or no 8-bit image.
    """
    module = require("PIL.Image")
    name = name or str(source)
    try:
        with module.open(source) as image:
            pixels = np.array(image)
    except FileNotFoundError as error:
        raise DataError(f"{name} is missing: unpack the data set again, whole") from error
    # Pillow raises SyntaxError for a broken PNG, and OSError for a truncated file or none it knows.
    except (OSError, SyntaxError, ValueError, module.DecompressionBombError) as error:
        raise DataError(f"{name} is truncated or is not an image ({error})") from error
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise DataError(f"{name} is not an 8-bit image of 1 or 3 channels: {pixels.dtype} {pixels.shape}")
    return pixels


def read_png(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Decode an image that must have a certain shape, (H, W) or (H, W, 3); DataError where it has not."""
    pixels = read_image(path)
    if pixels.shape != shape:
        raise DataError(f"{path} has the shape {pixels.shape}, not {shape}")
    return pixels


def read_mat(path: Path, key: str) -> np.ndarray:
    """One array of a MATLAB file, float64; DataError if the file is missing, damaged or lacks it."""
    scipy_io = require("scipy.io")
    if not path.is_file():
        raise DataError(f"{path} is missing: unpack the data set again, whole")
    try:
        content = scipy_io.loadmat(path)
    except Exception as error:  # a damaged file raises anything from ValueError to zlib.error
        raise DataError(f"{path} is truncated or is not a MATLAB file ({error})") from error
    if key not in content:
        raise DataError(f"{path} holds no array {key!r}")
    try:
        return np.asarray(content[key], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {key!r} is not an array of numbers") from error


def read_pickle(path: Path) -> object:
    """Unpickle dicts, lists and numbers with NumPy arrays in them, and nothing else.

    A pickle may name any function for its reader to call, so a data set from the internet could run code. Here
    it may name only what rebuilds an array.

    Raises:
        DataError: the file is missing, truncated, or names something else.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing: unpack the data set again, whole")
    try:
        with path.open("rb") as file:
            return _ArrayUnpickler(file, encoding="latin1").load()  # latin1: arrays pickled by Python 2
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except Exception as error:  # a damaged pickle raises anything from EOFError to MemoryError
        raise DataError(f"{path} is truncated or is not a pickle ({error})") from error


def _latin1(text: str, encoding: str) -> bytes:
    """How Python 3 pickles bytes for protocol 2; any other encoding is refused."""
    if encoding != "latin1":
        raise DataError(f"this pickle encodes text as {encoding!r}")
    return text.encode("latin1")


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        core = module.replace("numpy._core", "numpy.core")  # NumPy 2 renamed its core
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if (core, name) in (("numpy.core.multiarray", "_reconstruct"), ("numpy.core.numeric", "_frombuffer")):
            return np.zeros(0).__reduce_ex__(2 if name == "_reconstruct" else 5)[0]
        if (core, name) == ("numpy.core.multiarray", "scalar"):
            return np.float64(0).__reduce__()[0]
        if (module, name) == ("_codecs", "encode"):
            return _latin1
        raise DataError(f"this pickle wants to call {module}.{name}, which no array needs: do not trust it")
