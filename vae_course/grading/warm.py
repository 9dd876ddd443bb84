"""Trusted kernels that start in a moment: a process imports everything once and forks a kernel for each notebook.

jupyter_client starts the program of a kernel specification. Ours is `STUB`, a few lines without imports worth the name:
it asks the forking process for a kernel, stands for it, passes on an interrupt, and ends when the kernel ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys

from vae_course.grading.sandbox.client import Server
from vae_course.grading.sandbox.forking import fork_for_each
from vae_course.grading.sandbox.jail import die_with_parent

NAME = "vae-course-grading"

STUB = """\
import json, os, signal, socket, sys
kernel = socket.socket(socket.AF_UNIX)
kernel.connect(sys.argv[1])
signal.signal(signal.SIGINT, lambda *_: kernel.send(b"i"))
wish = {"file": sys.argv[2], "folder": os.getcwd(), "job": os.environ["VAE_COURSE_GRADING_JOB"]}
kernel.sendall(json.dumps(wish).encode() + b"\\n")
while kernel.recv(1):
    pass
"""


class Kernels(Server):
    """A process that forks trusted kernels, and the kernel specification by which nbval finds it.

    Use it in a `with` statement; inside, `JUPYTER_PATH` names the specification.
    """

    module = "vae_course.grading.warm"

    def __enter__(self) -> Kernels:
        super().__enter__()
        folder = self.folder / "kernels" / NAME
        folder.mkdir(parents=True)
        (folder / "stub.py").write_text(STUB, encoding="utf-8")
        command = [
            sys.executable,
            "-I",
            "-S",
            str(folder / "stub.py"),
            str(self.folder / "socket"),
            "{connection_file}",
        ]
        spec = {"argv": command, "display_name": "Grading", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        self.before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(self.folder), self.before]))
        return self

    def close(self) -> None:
        """End the process and forget the specification."""
        if hasattr(self, "before"):
            if self.before is None:
                os.environ.pop("JUPYTER_PATH", None)
            else:
                os.environ["JUPYTER_PATH"] = self.before
        super().close()


def main(path: str) -> None:
    """Listen on the Unix socket `path` until standard input closes."""
    sys.modules["debugpy"] = None  # no one debugs these kernels, and loading it is half of their start
    import ipykernel.kernelapp  # noqa: F401
    import IPython.core.debugger  # noqa: F401
    import numpy  # noqa: F401
    import torch

    import vae_course.grading.checks
    import vae_course.grading.kernel  # noqa: F401

    torch.set_num_threads(1)  # a pool of threads would not survive a fork
    fork_for_each(path, _supervise)


def _supervise(connection: socket.socket) -> None:
    """Start a kernel; end it when its stub ends, and the other way round."""
    text = b""
    while not text.endswith(b"\n"):
        part = connection.recv(4096)
        if not part:
            return
        text += part
    wish = json.loads(text)
    kernel = os.fork()
    if kernel == 0:
        connection.close()
        _become_kernel(wish)
    handle = os.pidfd_open(kernel)
    while True:
        readable, _, _ = select.select([connection, handle], [], [])
        if handle in readable:
            return  # closing the connection ends the stub
        if not connection.recv(1):
            os.kill(kernel, signal.SIGKILL)
            return
        os.kill(kernel, signal.SIGINT)


def _become_kernel(wish: dict[str, str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    from vae_course.grading.kernel import JOB

    os.setsid()
    die_with_parent()
    os.chdir(wish["folder"])
    # A home of its own: whoever grades may have IPython run files of theirs at every start.
    os.environ.update({JOB: wish["job"], "HOME": wish["folder"], "IPYTHONDIR": wish["folder"]})
    options = ["-f", wish["file"], "--HistoryManager.enabled=False", "--log-level=ERROR"]
    IPKernelApp.launch_instance(options)


if __name__ == "__main__":
    main(sys.argv[1])
