"""A bubblewrap sandbox that a running process can step into.

bubblewrap makes the namespaces, the file system and the devices, and keeps them alive. A process that has imported
torch already then joins them after a fork (setns, see namespaces(7)), gives up every privilege and is as shut in as
a program started inside. Only the seconds of the imports are saved.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from vae_course.grading.sandbox.filter import refuse_system_calls

NAMESPACES = {  # in the order in which they are joined; the numbers are those of clone(2)
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "net": 0x40000000,
    "cgroup": 0x02000000,
    "pid": 0x20000000,
    "mnt": 0x00020000,
    "user": 0x10000000,
}
NOBODY = 65534
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")
SCRATCH_BYTES = 64 * 2**20

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER, _PR_CAPBSET_DROP = 1, 38, 36, 24
_CAPABILITY_VERSION_3 = 0x20080522
_KEYCTL = {"x86_64": 250, "aarch64": 219}  # number of the system call; the C library does not wrap it
_KEYCTL_JOIN_SESSION_KEYRING = 1
_NS_GET_USERNS = 0xB701  # ioctl_ns(2)


class SandboxError(Exception):
    """No sandbox can be made here; the message says what to install or to allow."""


class Jail:
    """One sandbox: no network, a read-only system, an empty home, nothing of the machine's own processes.

    Args:
        library: modules of the course that the sandbox may hold, path inside the package -> file.

    Raises SandboxError if bubblewrap is missing or may not make namespaces.
    """

    def __init__(self, library: dict[str, Path]) -> None:
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxError(
                "bubblewrap is not installed. Install it (Debian: apt-get install bubblewrap)."
            )
        read, write = os.pipe()
        command = [program, *_arguments(library), "--info-fd", str(write), "--", "/usr/bin/sleep", "infinity"]
        # An empty environment: a process inside could read the launcher's from /proc.
        self.process = subprocess.Popen(
            command, pass_fds=[write], env={}, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        os.close(write)
        self.init = self._wait(read)

    def enter(self, user: int) -> None:
        """Move the calling process into the sandbox, as the given user, with no privilege left.

        The process must have one thread. Its children, not itself, are in the sandbox's process namespace.
        """
        own = {name: os.stat(f"/proc/self/ns/{name}").st_ino for name in NAMESPACES}
        there = {
            name: os.open(f"/proc/{self.init}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in NAMESPACES
        }
        # Without root bubblewrap makes two user namespaces. The outer one owns the others, so it is joined first.
        outer = fcntl.ioctl(there["mnt"], _NS_GET_USERNS)
        for name, namespace in (("user", outer), *there.items()):
            inode = os.fstat(namespace).st_ino
            if inode != own[name]:  # the own one cannot be joined
                _check(_libc.setns(namespace, NAMESPACES[name]), f"joining the sandbox's {name} namespace")
                own[name] = inode
            os.close(namespace)
        os.chdir("/home")
        _give_up_privileges(user)

    def close(self) -> None:
        """Kill everything in the sandbox."""
        self.process.kill()  # its child is the first process of the namespace: when it dies, all die
        self.process.wait()
        self.process.stderr.close()

    def _wait(self, read: int) -> int:
        """The sandbox's first process as seen from here, once its file system stands."""
        with os.fdopen(read, "rb") as pipe:
            text = pipe.read(1)
            while text and b"}" not in text:
                text += pipe.read(1)
        if not text:
            self._refuse()
        init = json.loads(text)["child-pid"]
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for process in (init, *_children(init)):
                try:
                    if os.readlink(f"/proc/{process}/exe").endswith(("/sleep", "/coreutils")):
                        return init
                except OSError:
                    continue
            if self.process.poll() is not None:
                self._refuse()
            time.sleep(0.001)
        self.close()
        raise SandboxError("bubblewrap started, and its sandbox did not come up within ten seconds")

    def _refuse(self) -> None:
        """Say why bubblewrap has ended."""
        error = self.process.stderr.read().decode(errors="replace").strip()
        self.close()
        raise SandboxError(
            f"bubblewrap cannot make a sandbox here: {error}. Allow user namespaces "
            "(sysctl kernel.unprivileged_userns_clone=1), or run as root in a container that may."
        )


def _arguments(library: dict[str, Path]) -> list[str]:
    """bubblewrap's options."""
    arguments = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:  # root needs no user namespace, and gives its workers users of their own
        arguments += ["--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    arguments += ["--die-with-parent", "--hostname", "sandbox", "--clearenv", "--cap-drop", "ALL"]
    for path in SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            arguments += ["--ro-bind", path, path]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/tmp", "/home", "/dev/shm"):
        arguments += ["--perms", "1777", "--size", str(SCRATCH_BYTES), "--tmpfs", path]
    # Folders on the way to a mount are private unless they are made first.
    python, places = _python(), [f"/course/vae_course/{place}" for place in library]
    for path in dict.fromkeys(
        str(parent) for place in (*python, *places) for parent in reversed(Path(place).parents) if parent.name
    ):
        if not path.startswith(SYSTEM):
            arguments += ["--perms", "0755", "--dir", path]
    for path in python:
        arguments += ["--ro-bind", path, path]
    packages = Path(sysconfig.get_path("purelib"))
    if (packages / "vae_course").is_dir():  # installed, not editable: the course's answers must not be seen
        arguments += ["--tmpfs", str(packages / "vae_course")]
    for place, file in zip(places, library.values(), strict=True):
        arguments += ["--ro-bind", str(file), place]
    return [*arguments, "--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/home"]


def _python() -> list[str]:
    """The folders that hold this Python and its packages, none inside another or inside the system's."""
    folders = {os.path.realpath(sys.base_prefix), os.path.realpath(sysconfig.get_path("purelib"))}
    folders |= {os.path.realpath(sysconfig.get_path("platlib"))}
    taken = [*SYSTEM, *folders]
    return sorted(f for f in folders if not any(f != t and f.startswith(t + "/") for t in taken))


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _give_up_privileges(user: int) -> None:
    if number := _KEYCTL.get(os.uname().machine):
        # No namespace holds the kernel's keys: the launcher's, and what another worker left, are in the old keyring.
        # Where the call fails it is not for students either: the kernel has no keys, or a filter forbids it.
        _libc.syscall(number, _KEYCTL_JOIN_SESSION_KEYRING, None)
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the first number that the kernel does not know
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, none), "giving up capabilities")
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbidding new privileges")
    refuse_system_calls()


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent dies, however that happens."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "asking to die with the parent")


def adopt_orphans() -> None:
    """Make this process the parent of what its children leave behind, so that nothing stays as a zombie."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "adopting orphans")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise SandboxError(f"{what} failed: {os.strerror(number)}")
