"""Temporary folders of killed runs are removed by the next, and no others."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from vae_course.grading.scratch import scratch_folder, sweep_scratch


def test_only_folders_of_processes_that_are_no_more_go(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here = f"vae-course-{os.stat('/proc/self/ns/pid').st_ino}"
    left = tmp_path / f"{here}-{dead.pid}-abc"
    left.mkdir()
    (left / "job.json").write_text("{}")
    names = ("vae-course-notes", f"{here}-{os.getppid()}-abc", f"vae-course-1-{dead.pid}-abc", "else")
    others = [tmp_path / name for name in names]
    for folder in others:
        folder.mkdir()
    link = tmp_path / f"{here}-{dead.pid}-link"
    link.symlink_to(others[0])
    with scratch_folder() as mine:
        sweep_scratch()
        assert not left.exists()
        assert all(folder.exists() for folder in others)
        assert Path(mine).stat().st_mode & 0o077 == 0
