"""A process that has imported everything once and forks a copy of itself for every connection."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any


def fork_for_each(path: str, serve: Callable[[socket.socket], None]) -> None:
    """Listen on the Unix socket `path`, and serve each connection in a process of its own.

    Says "ready" on standard output when it listens. Returns when standard input closes, as it does when the owner dies.
    """
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print("ready", flush=True)
        # Nobody reads on: a process that went on writing into this pipe would wait for ever once it is full.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # these children are not waited for
        while True:
            readable, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                run_and_exit(serve, connection)
            connection.close()


def run_and_exit(function: Callable[..., None], *arguments: Any) -> None:
    """Run the function in this forked process and end it, without what Python does at a normal exit."""
    status = 1
    try:
        function(*arguments)
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)
