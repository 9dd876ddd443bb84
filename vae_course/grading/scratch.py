"""Temporary folders of a run, which the next run removes if a kill left them behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def scratch_folder() -> tempfile.TemporaryDirectory:
    """A temporary folder that only its owner can read, named after this process."""
    return tempfile.TemporaryDirectory(prefix=f"{_prefix()}{os.getpid()}-")


def sweep_scratch() -> None:
    """Remove the folders of processes that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_prefix()}*"):
        maker = folder.name.removeprefix(_prefix()).partition("-")[0]
        if maker.isdigit() and not Path("/proc", maker).exists() and folder.lstat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def _prefix() -> str:
    """With the process namespace in it: containers may share a temporary folder and not their processes' numbers."""
    return f"vae-course-{os.stat('/proc/self/ns/pid').st_ino}-"
