"""What the tests of the book, the notebooks and the browser share."""

from pathlib import Path

import pytest

from tools import build_book

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the finished book, built for this test run."""
    return build_book.build(ROOT, tmp_path_factory.mktemp("book"))
