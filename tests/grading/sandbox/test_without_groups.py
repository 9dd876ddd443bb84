"""Where no control group can be made, the memory of a worker's tree is watched from outside."""

import pytest

from tests.grading.sandbox.tools import answer, running, soon
from vae_course.grading.sandbox import Limits, Worker

pytestmark = pytest.mark.xdist_group("sandbox")
HALF = Limits(memory=2**29, call_seconds=15, total_seconds=30)


@pytest.fixture
def begin(server_without_groups, tmp_path):
    started = []

    def one(source: str, limits: Limits = HALF) -> Worker:
        worker = Worker(server_without_groups.path, tmp_path / f"log-{len(started)}", limits)
        started.append(worker)
        assert worker.kind == "rlimit"
        assert worker.run("cell", source) == ""
        return worker

    yield one
    for worker in started:
        worker.close()


def test_ordinary_work_is_done(begin):
    worker = begin("import torch\ndef f(n):\n    return float(torch.ones(n).sum())")
    assert worker.call("f", 2**24) == 2**24  # 64 MiB


def test_a_tree_that_takes_too_much_together_is_ended(begin):
    said = answer(
        begin(
            "import os, time\ndef f():\n    for _ in range(4):\n        if os.fork() == 0:\n"
            "            held = bytearray(b'x') * (300 * 2**20)\n            time.sleep(60)\n"
            "    time.sleep(10)\n    return 'four times 300 MiB'"
        ),
        "f",
    )
    assert said == "the answers used more than 0.5 GiB of memory"


def test_a_daemon_counts_as_well(begin):
    said = answer(
        begin(
            "import os, time\ndef f():\n    for _ in range(4):\n        if os.fork() == 0:\n            os.setsid()\n"
            "            if os.fork() == 0:\n                held = bytearray(b'x') * (300 * 2**20)\n"
            "                time.sleep(60)\n            os._exit(0)\n    time.sleep(10)\n    return 'all held'"
        ),
        "f",
    )
    assert said == "the answers used more than 0.5 GiB of memory"


def test_files_in_memory_count(begin):
    said = answer(
        begin(
            "import time\ndef f():\n    for folder in ('/tmp', '/home', '/dev/shm'):\n"
            "        with open(folder + '/full', 'wb') as file:\n            for _ in range(60):\n"
            "                file.write(bytes(2**20))\n"
            "    time.sleep(10)\n    return 'all written'",
            Limits(memory=150 * 2**20, call_seconds=15, total_seconds=30),
        ),
        "f",
    )
    assert said.startswith("the answers used more than")


def test_nothing_of_an_ended_tree_is_left(begin):
    worker = begin("import os\nif os.fork() == 0:\n    os.execv('/usr/bin/sleep', ['sleep', '76543'])")
    assert soon(lambda: running("76543"))
    worker.close()
    assert soon(lambda: not running("76543"))
