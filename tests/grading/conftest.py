"""Tests that grade need a sandbox that works here, not only its program."""

import pytest

from tests.grading.sandbox.tools import missing


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_sandbox: grades answers, so it needs a sandbox")


def pytest_runtest_setup(item):
    if item.get_closest_marker("needs_sandbox") and (reason := missing()):
        pytest.skip(reason)
