"""Files are written whole or not at all."""

import pytest

from vae_course.files import write_whole


def test_text_and_bytes_arrive_and_missing_folders_are_made(tmp_path):
    text, data = tmp_path / "a" / "text.md", tmp_path / "data.bin"
    write_whole({text: "µ\n", data: b"\x00\xff"})
    assert text.read_bytes() == "µ\n".encode()
    assert data.read_bytes() == b"\x00\xff"


def test_where_one_cannot_be_written_none_changes(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "file" / "bad"
    good.write_text("old")
    bad.parent.write_text("a file where a folder is needed")
    with pytest.raises(OSError, match="file"):
        write_whole({good: "new", bad: "new"})
    assert good.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "good"]


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    path.write_text("old")

    def crash(handle):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(OSError, match="no space"):
        write_whole({path: "new" * 1000})
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
