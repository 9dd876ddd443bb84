"""One server for the tests of a module, and a worker for each test."""

import subprocess

import pytest

from tests.grading.sandbox.tools import SHORT, missing
from vae_course.grading.sandbox import Server, Worker


@pytest.fixture(scope="module")
def server():
    if reason := missing():
        pytest.skip(reason)
    with Server() as started:
        yield started


class WithoutGroups(Server):
    """A server on a machine without control groups: their folder is empty for it."""

    def command(self) -> list[str]:
        hide = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", hide, "-", *super().command()]


@pytest.fixture(scope="module")
def server_without_groups():
    if reason := missing():
        pytest.skip(reason)
    hidden = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/sys/fs/cgroup"]
    if subprocess.run(hidden, capture_output=True).returncode:
        pytest.skip("control groups cannot be hidden here")
    with WithoutGroups() as started:
        yield started


@pytest.fixture
def start(server, tmp_path):
    """Start workers that end with the test."""
    started = []

    def one(limits=SHORT, source="", **options) -> Worker:
        worker = Worker(server.path, tmp_path / f"log-{len(started)}", limits, **options)
        started.append(worker)
        assert worker.run("cell", source) == ""
        return worker

    yield one
    for worker in started:
        worker.close()
