"""Writing files so that a reader sees the old content or the new, and never half of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write_whole(files: Mapping[Path, bytes | str]) -> None:
    """Write several files: all contents reach the disk beside their places, then each takes its place.

    Args:
        files: content by path; text is written as UTF-8. Missing folders are made.

    Raises OSError if one cannot be written; then no file has changed.
    """
    waiting = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in files}
    try:
        for path, unfinished in waiting.items():
            content = files[path]
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
        for path, unfinished in waiting.items():
            unfinished.replace(path)
    finally:
        for unfinished in waiting.values():
            unfinished.unlink(missing_ok=True)
