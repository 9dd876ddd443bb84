"""IDX files: what is read, and what is refused with which words."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from vae_course.data.idx import DataError, read_idx

PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)  # height 3, width 4: a swap would show
CONTENT = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 4) + PIXELS.tobytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("level", [None, 1, 9])
def test_reads_plain_and_gzipped_files_whatever_the_compression(tmp_path, level):
    path = tmp_path / ("images" if level is None else "images.gz")
    path.write_bytes(CONTENT if level is None else gzip.compress(CONTENT, level))
    images = read_idx(path, (2, 3, 4), SHA256)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, PIXELS)
    images[0] = 0  # writable, as torch wants it


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("images", CONTENT[:-1], "truncated"),
        ("images", CONTENT[:2], "not an IDX file"),
        ("images.gz", gzip.compress(CONTENT)[:-9], "truncated"),
        ("images.gz", CONTENT, "not a gzip file"),
        ("images", b"\x00\x00\x0d\x03" + CONTENT[4:], "not an IDX file"),
        ("images", CONTENT[:4] + struct.pack(">3I", 2, 4, 3) + CONTENT[16:], r"shape \(2, 4, 3\)"),
        ("images", CONTENT[:-1] + b"\xff", "SHA-256"),
    ],
    ids=["short", "no header", "gzip cut off", "not gzip", "floats", "turned", "one pixel changed"],
)
def test_a_damaged_file_is_named_with_its_defect(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_idx(path, (2, 3, 4), SHA256)
    assert str(path) in str(caught.value)
