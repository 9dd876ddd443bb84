"""The trusted side: start the server, get a worker, and call a student's functions in it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from vae_course.grading.sandbox.jail import SandboxError
from vae_course.grading.sandbox.limits import Limits
from vae_course.grading.sandbox.wire import WireError, receive, send
from vae_course.grading.scratch import scratch_folder, sweep_scratch

PACKAGE = Path(__file__).resolve().parents[2]
GIVEN = ("__init__.py", "grading/__init__.py", "grading/checks.py", "grading/seeds.py", "grading/values.py")
"""What every sandbox holds of the library: the imported half of a worker, and what exercises compare with."""


START_SECONDS = 60
"""What a worker may take to start, on a busy machine."""

MESSAGE = 2200
"""Characters of a message that are kept."""


class AnswerError(AssertionError):
    """A student's code failed where a test called it; the message is for the student."""


class Server:
    """A process that forks sandboxed workers. Use it in a `with` statement, which does not wait until it is ready.

    Attributes:
        folder: of its own, readable by its owner alone.
        process: what was started.
    """

    module = "vae_course.grading.sandbox.server"

    def __enter__(self) -> Server:
        sweep_scratch()
        self.scratch = scratch_folder()
        self.folder = Path(self.scratch.name)
        self.ready = False
        self.process = subprocess.Popen(
            self.command(),
            env={"PATH": os.defpath, "OMP_NUM_THREADS": "1"},  # this environment can be read in every worker
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
        )
        return self

    def command(self) -> list[str]:
        """The process that is started."""
        return [sys.executable, "-I", "-m", self.module, str(self.folder / "socket")]

    @property
    def path(self) -> Path:
        """The socket on which it listens, once it does. Raises SandboxError if the process did not start."""
        if not self.ready and self.process.stdout.readline() != b"ready\n":
            raise SandboxError(f"{self.module} did not start; its message stands above")
        self.ready = True
        return self.folder / "socket"

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the server; workers end with their clients."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.scratch.cleanup()


class Worker:
    """One sandbox for one submission.

    Args:
        path: of the server's socket.
        log: file for the first 64 KiB of what the student's code prints.
        limits: memory, processes and time.
        library: further modules that the set gives, as paths inside the package.
        unsafe: no sandbox at all; for answers that are trusted.

    Raises SandboxError with the reason if there is no sandbox.
    """

    def __init__(
        self,
        path: Path,
        log: Path,
        limits: Limits | None = None,
        library: tuple[str, ...] = (),
        *,
        unsafe: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.dead = ""
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(START_SECONDS)
        self.connection.connect(str(path))
        files = {place: str(PACKAGE / place) for place in dict.fromkeys([*GIVEN, *library])}
        send(
            self.connection,
            {"limits": asdict(self.limits), "library": files, "log": str(log), "unsafe": unsafe},
        )
        answer = receive(self.connection, START_SECONDS)
        if "limits" not in answer:
            raise SandboxError(answer.get("refused", "the sandbox did not start"))
        self.kind = answer["limits"]

    def run(self, cell: str, source: str) -> str:
        """Run a cell's source; returns what went wrong, or ""."""
        try:
            source.encode()
        except UnicodeEncodeError:
            return f"cell {cell} holds characters that are no text (lone surrogates); delete them"
        try:
            self._ask({"do": "run", "cell": cell, "source": source})
        except AnswerError as error:
            return str(error)
        return ""

    def call(self, function: str, *arguments: Any, **named: Any) -> Any:
        """Call a function that a cell defined. Raises AnswerError, for whatever reason there is no value."""
        return self._ask({"do": "call", "function": function, "arguments": arguments, "named": named})

    def function(self, name: str) -> Callable[..., Any]:
        """The student's function, as an ordinary function of plain values."""

        def call(*arguments: Any, **named: Any) -> Any:
            return self.call(name, *arguments, **named)

        call.__name__ = name
        return call

    def close(self) -> None:
        """End the worker."""
        self.connection.close()

    def _ask(self, request: dict[str, Any]) -> Any:
        if self.dead:
            raise AnswerError(self.dead)
        seconds = self.limits.call_seconds
        reason = ""
        try:
            self.connection.settimeout(seconds)
            with contextlib.suppress(BrokenPipeError):  # why it has died may stand in what it sent before
                send(self.connection, request)
            answer = receive(self.connection, seconds)
        except TimeoutError:
            reason = f"one call took longer than {seconds:g} seconds"
        except (WireError, OSError) as error:
            reason = f"the process that runs the answers broke off: {error}"
        if reason:
            self._die(reason)
        if not isinstance(answer, dict) or len(answer) != 1:
            self._die("the process that runs the answers sent something that is no answer")
        if isinstance(answer.get("died"), str):
            self._die(_said(answer["died"]))
        if isinstance(answer.get("error"), str):
            raise AnswerError(_said(answer["error"]))
        if "value" not in answer:
            self._die("the process that runs the answers sent something that is no answer")
        return answer["value"]

    def _die(self, reason: str) -> None:
        self.dead = reason
        self.close()
        raise AnswerError(reason)


def _said(text: str) -> str:
    """A message of the other side as text that can be shown: not endless, not empty, no control characters."""
    shown = "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text[:MESSAGE]
    )
    return shown.strip() or "the answers failed without a word"
