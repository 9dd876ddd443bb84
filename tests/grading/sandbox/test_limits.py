"""What a worker may use: memory, processes, and no more of the machine than that."""

import contextlib
import re
from pathlib import Path

import pytest

from tests.grading.sandbox.tools import SHORT, answer, descendants, groups
from vae_course.grading.sandbox import AnswerError, Limits

pytestmark = pytest.mark.xdist_group("sandbox")


def test_memory_is_limited_and_the_reason_is_told(start):
    worker = start(
        Limits(memory=2**29, call_seconds=8, total_seconds=20),
        "import numpy as np\ndef f(n):\n    return float(np.ones(n)[-1])",
    )
    assert worker.call("f", 2**24) == 1.0  # 128 MiB
    said = answer(worker, "f", 2**28)  # 2 GiB
    assert said == "the answers used more than 0.5 GiB of memory" or "MemoryError" in said


def test_memory_of_all_processes_together_is_limited(start, server):
    worker = start(
        Limits(memory=2**29, call_seconds=8, total_seconds=20),
        "import os, time\ndef f():\n    for _ in range(4):\n        if os.fork() == 0:\n"
        "            held = bytearray(b'x') * (300 * 2**20)\n            time.sleep(60)\n"
        "    time.sleep(3)\n    return 'four times 300 MiB'",
    )
    if worker.kind == "rlimit":
        pytest.skip("without control groups, memory is limited for each process alone")
    with contextlib.suppress(AnswerError):  # children may be killed, or the worker itself
        assert worker.call("f") == "four times 300 MiB"
    for name in groups(server):
        for file in ("memory/{}/memory.max_usage_in_bytes", "{}/memory.peak"):
            if (peak := Path("/sys/fs/cgroup") / file.format(name)).exists():
                assert int(peak.read_text()) <= 2**29
    worker.close()
    # Either way the machine has never held 1.2 GiB for it; the next worker has all of its own.
    assert start(SHORT, "def f():\n    return len(bytearray(b'x') * (200 * 2**20))").call("f") == 200 * 2**20


def test_memory_of_scratch_files_counts(start):
    worker = start(
        Limits(memory=150 * 2**20, call_seconds=8, total_seconds=20),
        "import os\ndef f():\n    for folder in ('/tmp', '/home', '/dev/shm'):\n"
        "        with open(folder + '/full', 'wb') as file:\n"
        "            for _ in range(60): file.write(bytes(2**20))\n    return 'all written'",
    )
    if worker.kind == "rlimit":
        pytest.skip("without control groups, files in memory are limited by their folders alone")
    assert answer(worker, "f").startswith("the answers used more than")


def test_processes_are_limited(start):
    worker = start(
        Limits(memory=2**29, processes=12, call_seconds=8, total_seconds=20),
        "import os, time\ndef f():\n    count = 0\n    try:\n        while True:\n"
        "            if os.fork() == 0:\n                time.sleep(60)\n                os._exit(0)\n"
        "            count += 1\n    except OSError:\n        return count",
    )
    assert 1 < worker.call("f") <= 12


def test_threads_count_as_processes(start):
    worker = start(
        Limits(memory=2**29, processes=12, call_seconds=8, total_seconds=20),
        "import threading, time\ndef f():\n    count = 0\n    try:\n        while count < 100:\n"
        "            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "            count += 1\n    except RuntimeError:\n        pass\n    return count",
    )
    assert 1 < worker.call("f") <= 12


def test_a_fork_bomb_ends_with_its_worker_and_harms_no_other(start):
    bomb = start(
        Limits(memory=2**29, processes=40, call_seconds=1, total_seconds=20),
        "import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass",
    )
    answer(bomb, "f")
    honest = start(SHORT, "def f(x):\n    return 2 * x")
    assert honest.call("f", 1) == 2  # within its limit of a call


def test_limits_count_for_each_worker_and_not_for_all(start):
    source = "def f():\n    held = bytearray(b'x') * (250 * 2**20)\n    return len(held)"
    workers = [start(SHORT, source + "\nkept = f()") for _ in range(3)]
    assert [worker.call("f") for worker in workers] == [250 * 2**20] * 3


def test_no_core_is_written(start):
    worker = start(SHORT, "import resource\ndef f():\n    return resource.getrlimit(resource.RLIMIT_CORE)")
    assert worker.call("f") == (0, 0)


def test_many_processes_of_one_worker_count_as_one_for_the_processors(start, server):
    worker = start(SHORT)
    if worker.kind != "cgroup v1" or not Path("/sys/fs/cgroup/cpu").is_dir():
        pytest.skip("only the first version of control groups shows which controllers a process is under")
    under = [Path(f"/proc/{process}/cgroup").read_text() for process in descendants(server.process.pid)]
    assert [text for text in under if re.search(r"\bcpu(,cpuacct)?:/vae-course-", text)]
