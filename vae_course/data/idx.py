"""The IDX files in which MNIST is distributed (LeCun et al., 1998): a big-endian header, then bytes."""

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np


class DataError(Exception):
    """A data set is missing, incomplete or not what it should be; the message says what to do."""


def read_idx(path: Path, shape: tuple[int, ...], sha256: str) -> np.ndarray:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Args:
        path: the file; a name ending in .gz is decompressed.
        shape: the shape the header must announce.
        sha256: checksum of the *uncompressed* file, so that recompressed copies pass.

    Returns:
        uint8 array of that shape.

    Raises:
        DataError: the file is truncated, has another header, or another content.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is truncated or is not a gzip file ({error})") from error
    header = 4 + 4 * len(shape)
    magic = bytes([0, 0, 8, len(shape)])  # 8: unsigned bytes; then the number of dimensions
    if content[:4] != magic:
        raise DataError(f"{path} is not an IDX file of bytes: it starts with {content[:4]!r}, not {magic!r}")
    announced = tuple(int(n) for n in np.frombuffer(content[4:header], dtype=">u4"))
    if announced != shape:
        raise DataError(f"{path} announces the shape {announced}, not {shape}")
    expected = header + int(np.prod(shape))
    if len(content) != expected:
        raise DataError(f"{path} holds {len(content)} bytes uncompressed, not {expected}: it is truncated")
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise DataError(f"{path} has another content than MNIST: SHA-256 {digest}, expected {sha256}")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape).copy()
