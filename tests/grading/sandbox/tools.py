"""A server and its workers for tests, and why there may be none."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from vae_course.grading.sandbox import AnswerError, Limits, SandboxError, Server, Worker

SHORT = Limits(memory=2**29, processes=24, call_seconds=4, total_seconds=20)
"""Limits of most tests."""


@functools.cache
def missing() -> str:
    """Why no sandbox can be made here, or ""."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    try:
        with Server() as server:
            Worker(server.path, Path("/dev/null"), SHORT).close()
    except SandboxError as error:
        return str(error)
    return ""


def answer(worker: Worker, function: str, *arguments) -> str:
    """What a call that must fail says."""
    try:
        value = worker.call(function, *arguments)
    except AnswerError as error:
        return str(error)
    raise AssertionError(f"{function} answers {value!r}; it was to fail")


def soon(happens: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something comes true before the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.02)
    return False


def running(marker: str) -> list[int]:
    """Processes of this machine whose command line holds the marker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def descendants(process: int) -> list[int]:
    """A process's children, their children and so on."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return []
    return [int(c) for c in children] + [d for child in children for d in descendants(int(child))]


def groups(server: Server) -> set[str]:
    """Names of the control groups in which workers of this server are."""
    found = set()
    for process in descendants(server.process.pid):
        with contextlib.suppress(OSError):
            found |= set(re.findall(r"vae-course-[0-9a-f-]+", Path(f"/proc/{process}/cgroup").read_text()))
    return found
