"""System calls that a student's code never needs and that have been ways out of sandboxes: they fail.

The namespaces already leave these calls next to nothing to act upon. The filter is a second wall: it keeps the code
from watching its neighbours in the sandbox, from making namespaces of its own, and from much of the kernel's attack
surface. It is a program for the kernel's packet filter, see seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import os

# Numbers on x86_64 and on aarch64. From 424 on, the two have the same.
_REFUSED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE, _CLONE3, _IOCTL = (56, 220), (435, 435), (16, 29)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, name in the kernel
_CLONE_NEWUSER, _TIOCSTI, _TIOCLINUX = 0x10000000, 0x5412, 0x541C
_OTHER_TABLE = 0x40000000  # numbers from here on are the x32 calls of an x86_64 kernel

# Where the kernel's description of a call holds its number, architecture and first two arguments.
_NUMBER, _ARCHITECTURE, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

_libc = ctypes.CDLL(None, use_errno=True)
Step = tuple[int, int, int, int]  # operation, steps to skip if true, steps to skip if false, operand


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def refuse_system_calls() -> None:
    """Let the calls fail from now on, in this process and in all that it starts; it must have no_new_privs set.

    Elsewhere than on x86_64 and aarch64 nothing happens. Raises OSError if the kernel takes no filter.
    """
    if os.uname().machine not in _ARCHITECTURES:
        return
    steps = program(*_ARCHITECTURES[os.uname().machine])
    packed = b"".join(
        operation.to_bytes(2, "little") + bytes((true, false)) + operand.to_bytes(4, "little")
        for operation, true, false, operand in steps
    )
    buffer = ctypes.create_string_buffer(packed)
    if _libc.prctl(
        _PR_SET_SECCOMP,
        _SECCOMP_MODE_FILTER,
        ctypes.byref(_Program(len(steps), ctypes.addressof(buffer))),
        0,
        0,
    ):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def program(column: int, architecture: int) -> list[Step]:
    """The filter, one step after the other."""
    refuse = (_RETURN, 0, 0, _FAIL | errno.EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, _OTHER_TABLE),
        refuse,
    ]
    for numbers in _REFUSED.values():
        steps += [(_IF_EQUAL, 0, 1, numbers[column]), refuse]
    # The flags of clone3 lie in memory, where no filter can look; the C library falls back on clone.
    steps += [(_IF_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _FAIL | errno.ENOSYS)]
    steps += [(_IF_EQUAL, 0, 4, _CLONE[column]), (_LOAD, 0, 0, _ARGUMENT_0)]
    steps += [(_IF_ANY_BIT, 0, 1, _CLONE_NEWUSER), refuse, allow]
    steps += [(_IF_EQUAL, 0, 5, _IOCTL[column]), (_LOAD, 0, 0, _ARGUMENT_1)]
    steps += [(_IF_EQUAL, 1, 0, _TIOCSTI), (_IF_EQUAL, 0, 1, _TIOCLINUX), refuse, allow]
    return [*steps, allow]
