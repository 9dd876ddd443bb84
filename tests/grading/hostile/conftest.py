"""One server of workers and one of kernels for the attacks of a module."""

import pytest

from tests.grading.sandbox.tools import missing
from vae_course.grading.sandbox import Server
from vae_course.grading.warm import Kernels


@pytest.fixture(scope="module")
def server():
    if reason := missing():
        pytest.skip(reason)
    with Server() as workers, Kernels() as kernels:
        assert kernels.path.exists()  # it is ready
        yield workers
