"""Every chapter runs where torch says that there is a GPU: what it trains and shows is moved there and back."""

import os
import subprocess
import sys

import pytest

from tests.notebooks.chapters import NAMES, ROOT


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_keeps_its_devices_apart(name):
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu.chapter", ROOT / "chapters" / f"{name}.ipynb"],
        cwd=ROOT,
        env=os.environ | {"VAE_COURSE_BUDGET": "smoke", "TQDM_DISABLE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert done.stdout.startswith("device: cuda (a GPU that is not there)")
