"""What a worker may use, and the cage that holds its whole tree of processes to it."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
FILE_BYTES = 64 * 2**20

WATCHED_SECONDS = 0.1
"""From one look at a tree's memory to the next, where there are no control groups."""

SCRATCH = ("tmp", "home", "dev/shm")
"""Folders of a sandbox whose files lie in memory."""


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Attributes:
        memory, processes: of its whole tree, in bytes and in number.
        call_seconds: of one cell, or one call of a function.
        total_seconds: of all together.
    """

    memory: int = 2 * 2**30
    processes: int = 64
    call_seconds: float = 60.0
    total_seconds: float = 300.0


class Cage:
    """A control group of its own for one worker, or, where none can be made, limits on each process.

    Attributes:
        killed_for_memory: a sentence, once `remove` found that the kernel killed for lack of it.
        kind: "cgroup v2", "cgroup v1" or "rlimit". Under "rlimit" the kernel bounds the memory of each process alone;
            that of the tree is looked at from outside, `WATCHED_SECONDS` apart, and a report has to say so.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.folders = _make_groups(limits)
        self.killed_for_memory = ""
        self.kind = "rlimit"
        if self.folders:
            self.kind = "cgroup v2" if (self.folders[0] / "cgroup.controllers").exists() else "cgroup v1"

    def enter(self) -> None:
        """Put the calling process, and all that it will start, under the limits. There is no way back."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))
        bounds = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: FILE_BYTES,
            resource.RLIMIT_NOFILE: 256,
            # Counted for the worker's own user, who has nothing else running; root has no such limit.
            resource.RLIMIT_NPROC: self.limits.processes,
        }
        if not self.folders:
            bounds[resource.RLIMIT_AS] = self.limits.memory + _address_space()
        for what, bound in bounds.items():
            resource.setrlimit(what, (bound, bound))

    @property
    def is_watched(self) -> bool:
        """Whether `watch` has to be called again and again, because no control group does the counting."""
        return not self.folders

    def watch(self, init: int) -> bool:
        """Whether the sandbox whose first process is `init` uses more memory than it may, and note it."""
        if _memory_of(init) > self.limits.memory:
            self._note_excess()
            return True
        return False

    def remove(self) -> None:
        """Kill what is left in the group, note whether the kernel killed for memory, and remove the group."""
        for folder in self.folders:
            self._note_memory(folder)
            for _ in range(100):
                for process in (folder / "cgroup.procs").read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(process), signal.SIGKILL)
                try:
                    folder.rmdir()
                    break
                except OSError:  # a dying process still holds it
                    time.sleep(0.01)

    def _note_memory(self, folder: Path) -> None:
        for file in ("memory.events", "memory.oom_control"):
            if (folder / file).exists():
                counts = dict(line.split()[:2] for line in (folder / file).read_text().splitlines())
                if int(counts.get("oom_kill", 0)):
                    self._note_excess()

    def _note_excess(self) -> None:
        gib = self.limits.memory / 2**30
        self.killed_for_memory = f"the answers used more than {gib:g} GiB of memory"


def sweep() -> None:
    """Remove the empty groups of workers whose supervisor was killed before it could."""
    for folder in (*CGROUPS.glob("vae-course-*"), *CGROUPS.glob("*/vae-course-*")):
        maker = folder.name.split("-")[2]
        if not Path("/proc", maker).exists():
            with contextlib.suppress(OSError):  # not empty, or not ours to remove
                folder.rmdir()


def _make_groups(limits: Limits) -> list[Path]:
    """One folder that bounds memory and processes (version 2), or several (version 1), or none.

    Groups share the processors evenly, however many processes each has: a worker that starts sixty does not make its
    neighbours run out of time.
    """
    name = f"vae-course-{os.getpid()}-{secrets.token_hex(4)}"
    shares = [(CGROUPS / "cpu" / name, {})] if (CGROUPS / "cpu").is_dir() else []
    wanted = (
        [(CGROUPS / name, {"memory.max": limits.memory, "memory.swap.max": 0, "pids.max": limits.processes})],
        [
            (CGROUPS / "memory" / name, {"memory.limit_in_bytes": limits.memory, "memory.swappiness": 0}),
            (CGROUPS / "pids" / name, {"pids.max": limits.processes}),
            *shares,
        ],
    )
    for groups in wanted:
        made: list[Path] = []
        try:
            for folder, values in groups:
                folder.mkdir()
                made.append(folder)
                for file, value in values.items():
                    if not (folder / file).exists():
                        raise OSError(f"no {file} here")
                    (folder / file).write_text(str(value))
            return made
        except OSError:
            for folder in made:
                folder.rmdir()
    return []


def _memory_of(init: int) -> int:
    """Bytes that a sandbox takes: its processes, of shared pages each its part, and its files in memory."""
    total = 0
    for folder in SCRATCH:
        with contextlib.suppress(OSError):
            room = os.statvfs(f"/proc/{init}/root/{folder}")
            total += (room.f_blocks - room.f_bfree) * room.f_frsize
    with contextlib.suppress(OSError):
        namespace = os.stat(f"/proc/{init}/ns/pid").st_ino
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is another user's
                if os.stat(process / "ns/pid").st_ino == namespace:
                    lines = (process / "smaps_rollup").read_text().splitlines()
                    total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _address_space() -> int:
    """Bytes of addresses that this process has taken already: the imported packages, which the limit is not for."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
