"""What the tests of the notebooks share."""

import pytest

from tests.notebooks import colab as environments


@pytest.fixture(scope="session")
def colab(tmp_path_factory) -> environments.Colab:
    """One for all tests that want it, because it is dear; they run in one process."""
    return environments.install(tmp_path_factory.mktemp("colab"))
