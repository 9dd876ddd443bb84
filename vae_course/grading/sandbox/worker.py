"""What runs inside the sandbox: a student's cells, and calls of the functions that they define.

Nothing here protects anything. Student code can rewrite every line of this module in its own process; all that it
gains is to answer its own questions with values of its own.
"""

from __future__ import annotations

import contextlib
import linecache
import os
import socket
import sys
import traceback
from typing import Any

from vae_course.grading.sandbox.wire import WireError, receive, send
from vae_course.grading.values import NotPlain

MESSAGE = 2000
"""Characters of an error that are sent."""


def serve(connection: socket.socket) -> None:
    """Run cells and answer calls until the connection closes."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    while True:
        try:
            request = receive(connection)
        except (WireError, OSError):
            return
        try:
            value = _answer(request, namespace)
            with contextlib.suppress(
                Exception
            ):  # what was printed so far; a student may have closed the streams
                sys.stdout.flush()
                sys.stderr.flush()
            send(connection, {"value": value})
        except BaseException as error:
            send(connection, {"error": _say(error)})


def _answer(request: dict[str, Any], namespace: dict[str, Any]) -> Any:
    if request["do"] == "run":
        _run(request["cell"], request["source"], namespace)
        return None
    function = namespace.get(request["function"])
    if function is None:
        raise NameError(f"the function {request['function']} is not defined")
    return function(*request["arguments"], **request["named"])


def _run(cell: str, source: str, namespace: dict[str, Any]) -> None:
    linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)  # for tracebacks
    exec(compile(source, cell, "exec"), namespace)


def _say(error: BaseException) -> str:
    """One line, with the line of the student's cell where it happened."""
    if isinstance(error, NotPlain):
        return f"what is returned cannot be graded: {error}"[:MESSAGE]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in linecache.cache]
    own = [f for f in frames if not f.filename.startswith(("/", "<"))]
    place = f" (cell {own[-1].filename}, line {own[-1].lineno})" if own else ""
    try:
        text = str(error).encode(errors="replace").decode()
    except BaseException:
        text = "an error that cannot say what it is"
    kind = "" if isinstance(error, AssertionError) and text else f"{type(error).__name__}: "
    return (kind + text)[:MESSAGE] + place


def use_given_library() -> None:
    """Let imports of the course's library find what the sandbox holds of it, and nothing else."""
    sys.argv[:] = ["worker"]
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if isinstance(finder, type)
    ]  # no editable installs
    for name in ("vae_course", "vae_course.grading"):
        sys.modules[name].__path__ = [f"/course/{name.replace('.', '/')}"]


def close_other_files(keep: int) -> None:
    """Close every file but the standard ones and `keep`."""
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) > 2 and int(descriptor) != keep:
            with contextlib.suppress(OSError):
                os.close(int(descriptor))
