"""The original file, fabricated small: what is read, and what is refused."""

import io
import zipfile

import numpy as np
import pytest
import torch

from vae_course.data import DataError
from vae_course.data.sprites import classes_of, draw_sprites, load_original, original

ROWS = 5000


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A data set of the first 5,000 rows, read in several parts."""
    monkeypatch.setattr(original, "COUNT", ROWS)
    monkeypatch.setattr(original, "AT_ONCE", 1024)


def arrays() -> dict[str, np.ndarray]:
    classes = classes_of(torch.arange(ROWS))
    return {"imgs": draw_sprites(classes).numpy(), "latents_classes": classes.numpy()}


def write(path, **changed):
    np.savez_compressed(path, **arrays() | changed)
    return path


def test_wanted_rows_come_in_the_wanted_order(tmp_path):
    path = write(tmp_path / "sprites.npz", latents_values=np.zeros((ROWS, 6)))
    index = torch.tensor([4999, 0, 1500, 1500])
    sprites = load_original(path, index)
    assert torch.equal(sprites.classes, classes_of(index))
    assert torch.equal(sprites.images, draw_sprites(classes_of(index)))
    assert len(load_original(path)) == ROWS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"imgs": np.zeros((ROWS, 32, 32), np.uint8)}, r"'imgs' is uint8 of shape \(5000, 32, 32\)"),
        ({"imgs": np.zeros((ROWS, 64, 64))}, "'imgs' is float64"),
        ({"imgs": np.full((ROWS, 64, 64), 255, np.uint8)}, "other pixels than 0 and 1"),
        ({"latents_classes": classes_of(torch.arange(ROWS)).flip(0).numpy()}, "in another order"),
    ],
)
def test_another_content_is_refused(tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        load_original(write(tmp_path / "sprites.npz", **change))


def test_missing_arrays_are_named(tmp_path):
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    with pytest.raises(DataError, match="lacks 'latents_classes', and holds images"):
        load_original(tmp_path / "other.npz")


def test_pickled_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "evil.npz", imgs=arrays()["imgs"], latents_classes=np.array([{}] * 3, dtype=object))
    with pytest.raises(DataError, match="latents_classes"):
        load_original(tmp_path / "evil.npz")


def test_truncated_and_foreign_files_are_refused(tmp_path):
    whole = write(tmp_path / "sprites.npz").read_bytes()
    for name, content in {"cut.npz": whole[: len(whole) // 2], "text.npz": b"not an archive"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name} is truncated or is not an .npz file"):
            load_original(tmp_path / name)


@pytest.mark.parametrize(
    ("cut", "message"), [(-100, "100 bytes are missing"), (4, "'imgs' is not a NumPy array")]
)
def test_a_damaged_array_in_a_sound_archive_is_refused(tmp_path, cut, message):
    content = io.BytesIO()
    np.save(content, arrays()["imgs"])
    np.savez(tmp_path / "damaged.npz", latents_classes=arrays()["latents_classes"])
    with zipfile.ZipFile(tmp_path / "damaged.npz", "a") as archive:
        archive.writestr("imgs.npy", content.getvalue()[:cut])
    with pytest.raises(DataError, match=message):
        load_original(tmp_path / "damaged.npz")


def test_a_flipped_bit_is_found(tmp_path):
    path = write(tmp_path / "sprites.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(DataError):
        load_original(path)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        load_original(tmp_path / "nowhere.npz")
    with pytest.raises(DataError, match="is a folder"):
        load_original(tmp_path)
    with pytest.raises(ValueError, match="from 0 to"):
        load_original(write(tmp_path / "s.npz"), torch.tensor([-1]))
