"""Attacks on the protocol and on the process: forged frames, and every way to die, to hang or to take too much."""

# ruff: noqa: E501 - an attack reads best as its author would have typed it

import re
from pathlib import Path

import pytest

from tests.grading.hostile.attacks import FATAL, FORGE, FRAMES
from tests.grading.hostile.tasks import LIMITS, RIGHT, graded, problems
from tests.grading.sandbox.tools import soon
from vae_course.grading.sandbox import AnswerError, Worker

pytestmark = pytest.mark.xdist_group("hostile processes")
PLAIN_KINDS = {"NoneType", "bool", "int", "float", "str", "list", "tuple", "dict", "ndarray"}
TOOLS = """
import ctypes, os, re, socket, stat, struct, threading, time
def is_socket(n):
    try: return stat.S_ISSOCK(os.fstat(n).st_mode)
    except OSError: return False
"""


@pytest.fixture
def worker(server, tmp_path):
    started = Worker(server.path, tmp_path / "log", LIMITS)
    yield started
    started.close()


def said(worker: Worker) -> str:
    """What a call says that fails, or "" where it returns a plain value."""
    try:
        value = worker.call("double", 1.0)
    except AnswerError as error:
        return str(error)
    assert type(value).__name__ in PLAIN_KINDS
    return ""


@pytest.mark.parametrize("name", FRAMES)
def test_forged_frames_bring_a_plain_value_or_words(worker, name):
    # The forger ends after it spoke; otherwise the forged answer would only be the first of two.
    assert worker.run("cell", f"{FORGE}\ndef double(x):\n    say({FRAMES[name]})\n    os._exit(0)") == ""
    for _ in range(2):
        words = said(worker)
        assert words == "" or 5 < len(words) < 2500
        assert all(c.isprintable() or c in "\n\t" for c in words)
        words.encode()


@pytest.mark.parametrize("name", FATAL)
def test_a_worker_that_dies_hangs_or_takes_too_much_says_why(worker, name):
    source, reason = FATAL[name]
    assert worker.run("cell", f"{TOOLS}def double(x):\n    {source}\n") == ""
    assert re.search(reason, said(worker))


IN_THE_ENGINE = {
    "answers in advance": (FRAMES["a thousand answers in advance"], "return 0 * x"),
    "an error of half a character": (FRAMES["an error of half a character"], "os._exit(0)"),
    "a death of half a character": (FRAMES["a death of half a character"], "os._exit(0)"),
    "a long error": (FRAMES["a long error"], "return 0 * x"),
    "a forged verdict": (FRAMES["a forged verdict"], "return 0 * x"),
    "a broken header": (FRAMES["a broken header"], "os._exit(0)"),
}
IN_THE_ENGINE = {
    name: f"{FORGE}\ndef double(x):\n    say({frames})\n    {end}" for name, (frames, end) in IN_THE_ENGINE.items()
} | {
    "an exit in the cell": "import os\nos._exit(0)",
    "an exit in the second call": "import os\ncalls = []\ndef double(x):\n    calls.append(1)\n    if len(calls) == 2: os._exit(0)\n    return 2 * x",
    "an exit between two calls": "import os, threading, time\nthreading.Timer(0.1, os._exit, [0]).start()\ntime.sleep(0.3)",
    "a fork that answers as well": "import os\ndef double(x):\n    os.fork()\n    return 0 * x",
    "a memory bomb": "def double(x):\n    held = []\n    while True: held.append(bytearray(b'x') * 10**7)",
}  # fmt: skip


@pytest.mark.parametrize("name", IN_THE_ENGINE)
def test_the_engine_gives_no_point_and_a_reason(server, name):
    outcome = graded(server.path, [IN_THE_ENGINE[name]], 2)
    assert outcome.points[1] == 0
    assert not problems(outcome, 1)
    assert outcome.points[2] == 1 or not problems(outcome, 2)  # the worker may be gone


def test_a_worker_that_ends_late_keeps_the_points_that_were_earned(server):
    assert graded(server.path, [RIGHT, "import os\ndef double(x):\n    os._exit(0)"], 2).points == {
        1: 1,
        2: 0,
    }


def test_the_next_honest_submission_gets_all_points(server):
    assert graded(server.path, [], 2).points == {1: 1, 2: 1}


def test_all_workers_end(server):
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    assert soon(lambda: children.read_text() == "")
