"""The server of workers: it imports torch once, and forks a sandboxed worker for every connection.

It runs as a process of its own with an empty environment. Every worker is a copy of its memory, so nothing that a
student must not see ever enters it: no test, no solution, no seed, and of the library only what talks to the kernel.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from vae_course.grading.sandbox.forking import fork_for_each, run_and_exit
from vae_course.grading.sandbox.jail import Jail, adopt_orphans
from vae_course.grading.sandbox.limits import WATCHED_SECONDS, Cage, Limits, sweep
from vae_course.grading.sandbox.wire import WireError, receive, send
from vae_course.grading.sandbox.worker import close_other_files, serve, use_given_library

FIRST_USER = 200_000
LOG_BYTES = 64 * 2**10


def main(path: str) -> None:
    """Listen on the Unix socket `path` until standard input closes, which it does when the owner dies."""
    import numpy  # noqa: F401  what takes seconds to import is imported here, before any fork
    import torch

    torch.set_num_threads(1)  # a pool of threads would not survive a fork
    adopt_orphans()
    sweep()
    fork_for_each(path, _supervise)


def _supervise(connection: socket.socket) -> None:
    """Start one worker, and end it when its client leaves, its time is over or it dies."""
    try:
        wishes = receive(connection)
        limits = Limits(**wishes["limits"])
        library = {place: Path(file) for place, file in wishes["library"].items()}
        walls = None
        if not wishes["unsafe"]:
            jail = Jail(library)  # first: where it fails, no control group must stay behind
            walls = (Cage(limits), jail)
    except Exception as error:
        send(connection, {"refused": f"{type(error).__name__}: {error}"})
        return
    reason = ""
    try:
        log_end, log = os.pipe()
        worker = os.fork()
        if worker == 0:
            os.close(log_end)
            run_and_exit(_become_worker, connection, walls, log)
        os.close(log)
        send(connection, {"limits": walls[0].kind if walls else "none"})
        reason = _watch(connection, worker, walls, log_end, Path(wishes["log"]), limits.total_seconds)
    finally:
        if walls:
            cage, jail = walls
            jail.close()
            cage.remove()
            reason = cage.killed_for_memory or reason
        else:
            os.kill(worker, signal.SIGKILL)
    with contextlib.suppress(OSError, WireError):
        send(connection, {"died": reason})


def _watch(
    connection: socket.socket,
    worker: int,
    walls: tuple[Cage, Jail] | None,
    log_end: int,
    log: Path,
    seconds: float,
) -> str:
    """Wait until the client has left, the worker is dead or the time is over; keep the first of what it prints."""
    watched = walls is not None and walls[0].is_watched
    handle = os.pidfd_open(worker)
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP | select.POLLHUP)
    poll.register(handle, select.POLLIN)
    poll.register(log_end, select.POLLIN)
    deadline = time.monotonic() + seconds
    room = LOG_BYTES
    with log.open("wb") as file:
        while (left := deadline - time.monotonic()) > 0:
            ready = dict(poll.poll(1000 * (min(left, WATCHED_SECONDS) if watched else left)))
            if watched and walls[0].watch(walls[1].init):
                return "too much memory"  # the cage says it better
            if log_end in ready:
                part = os.read(log_end, 65536)
                file.write(part[:room])
                file.flush()
                room -= min(room, len(part))
                if not part:
                    poll.unregister(log_end)
            if connection.fileno() in ready:
                return "the client left"
            if handle in ready:
                status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
                how = f"was ended by signal {-status}" if status < 0 else "ended itself"
                return f"the process that runs the answers {how}"
    return f"all answers together took longer than {seconds:g} seconds"


def _become_worker(connection: socket.socket, walls: tuple[Cage, Jail] | None, log: int) -> None:
    if walls:
        cage, jail = walls
        cage.enter()
        jail.enter(FIRST_USER + os.getpid() % 1_000_000)
    child = os.fork() if walls else 0  # only a child is in the sandbox's own process namespace
    if child == 0:
        os.setsid()
        nothing = os.open("/dev/null", os.O_RDONLY)
        for target, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, target)
        close_other_files(connection.fileno())
        if walls:
            use_given_library()
        serve(connection)
        return
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:  # die the same way, so that the supervisor sees how
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
