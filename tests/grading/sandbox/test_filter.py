"""The filter of system calls: what it says of each call, on both architectures, and that the kernel obeys it."""

import os

import pytest

from vae_course.grading.sandbox.filter import program

pytestmark = pytest.mark.xdist_group("sandbox")
X86_64, AARCH64 = 0xC000003E, 0xC00000B7
EPERM, ENOSYS, ALLOWED, KILLED = 0x00050001, 0x00050026, 0x7FFF0000, 0x80000000
NUMBERS = {  # of the kernel's own tables
    0: {"ptrace": 101, "unshare": 272, "setns": 308, "mount": 165, "keyctl": 250, "bpf": 321, "clone3": 435},
    1: {"ptrace": 117, "unshare": 97, "setns": 268, "mount": 40, "keyctl": 219, "bpf": 280, "clone3": 435},
}
CLONE, IOCTL = {0: 56, 1: 220}, {0: 16, 1: 29}
ORDINARY = {
    0: (0, 1, 9, 39, 57, 59, 202, 231),
    1: (63, 64, 222, 172, 221, 98, 94),
}  # read, write, mmap, getpid, ...


def verdict(column: int, number: int, arguments=(0, 0), architecture=None) -> int:
    """What the program returns for a call, by stepping through it as the kernel does."""
    here = (X86_64, AARCH64)[column]
    call = {0: number, 4: architecture or here, 16: arguments[0], 24: arguments[1]}
    steps, place, held = program(column, here), 0, 0
    while True:
        operation, if_true, if_false, operand = steps[place]
        if operation == 0x06:
            return operand
        if operation == 0x20:
            held, jump = call[operand], 0
        else:
            holds = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[operation]
            jump = if_true if holds else if_false
        place += 1 + jump


@pytest.mark.parametrize("column", [0, 1], ids=["x86_64", "aarch64"])
def test_dangerous_calls_fail_and_ordinary_ones_do_not(column):
    for name, number in NUMBERS[column].items():
        assert verdict(column, number) == (ENOSYS if name == "clone3" else EPERM), name
    for number in ORDINARY[column]:
        assert verdict(column, number) == ALLOWED
    assert verdict(column, CLONE[column], (0x01200011, 0)) == ALLOWED  # fork
    assert verdict(column, CLONE[column], (0x10000011, 0)) == EPERM  # with a user namespace
    assert verdict(column, IOCTL[column], (0, 0x5401)) == ALLOWED
    assert verdict(column, IOCTL[column], (0, 0x5412)) == EPERM  # typing into the terminal
    assert verdict(column, IOCTL[column], (0, 0x541C)) == EPERM
    assert verdict(column, 0x40000000 + 101) == EPERM  # the same calls in another table
    assert verdict(column, 1, architecture=0x40000003) == KILLED


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("number", [101, 272, 308, 165, 250, 321, 425, 298, 323, 310])
def test_the_kernel_refuses_them(start, number):
    worker = start(
        source="import ctypes\ndef f(number):\n    libc = ctypes.CDLL(None, use_errno=True)\n"
        "    return [libc.syscall(number, 16, 0, 0, 0, 0), ctypes.get_errno()]"
    )
    assert worker.call("f", number) == [-1, 1]


def test_threads_processes_and_torch_work_as_ever(start):
    worker = start(
        source="import subprocess, threading, torch\ndef f():\n    said = []\n"
        "    thread = threading.Thread(target=said.append, args=('thread',))\n    thread.start()\n    thread.join()\n"
        "    said.append(subprocess.run(['/usr/bin/echo', 'process'], capture_output=True, text=True).stdout.strip())\n"
        "    w = torch.ones(3, requires_grad=True)\n    (w * w).sum().backward()\n    return [*said, w.grad.tolist()]"
    )
    assert worker.call("f") == ["thread", "process", [2.0, 2.0, 2.0]]
