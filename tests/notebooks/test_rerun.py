"""Chapters run again at the smoke budget; deterministic outputs must come out as stored."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.notebooks.chapters import NAMES, ROOT


@pytest.mark.parametrize("name", NAMES)
def test_chapter_runs_and_repeats_its_outputs(name, tmp_path):
    notebook = shutil.copy(ROOT / "chapters" / f"{name}.ipynb", tmp_path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        "--nbval-cell-timeout",
        "600",
        "-x",
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
        str(notebook),
    ]
    environment = {**os.environ, "VAE_COURSE_BUDGET": "smoke", "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout[-6000:]
