"""Chapters run again at the smoke budget, where only what Colab ships is installed, from an empty folder.

Deterministic outputs must come out as stored.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks.chapters import NAMES, ROOT
from tests.notebooks.colab import KERNEL, clean_environment

MINUTES = 12


def rerun(notebook: Path, kernel: str, variables: dict[str, str]) -> subprocess.CompletedProcess:
    """Strict nbval on a notebook, in a process and a folder of its own."""
    options = ["--nbval", "--nbval-kernel-name", kernel, "--nbval-cell-timeout", "600", "-q", "-x"]
    isolated = ["-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, "--rootdir", notebook.parent]
    command = [sys.executable, "-m", "pytest", *options, *isolated, notebook]
    return subprocess.run(
        [str(part) for part in command],
        cwd=notebook.parent,
        env=variables,
        text=True,
        capture_output=True,
        timeout=60 * MINUTES,
    )


@pytest.mark.xdist_group("colab")
@pytest.mark.parametrize("name", NAMES)
def test_chapter_runs_and_repeats_its_outputs(name, tmp_path, colab):
    notebook = Path(shutil.copy(ROOT / "chapters" / f"{name}.ipynb", tmp_path))
    done = rerun(notebook, KERNEL, colab.variables)
    assert done.returncode == 0, done.stdout[-6000:]


IGNORE = ("nbval-ignore-output",)


@pytest.mark.parametrize(
    ("source", "stored", "tags", "said"),
    [
        ("print(40 + 2)", "42\n", (), "1 passed"),
        ("print(40 + 2)", "41\n", (), "outputs differ"),
        ("print(40 + 2)", None, (), "outputs differ"),
        ("print(40 + 2)", "41\n", IGNORE, "1 passed"),
        ("assert False", None, IGNORE, "execution failed"),
    ],
    ids=["as stored", "altered", "removed", "altered but tagged", "failing though tagged"],
)
def test_what_running_again_sees(source, stored, tags, said, tmp_path):
    outputs = [new_output("stream", name="stdout", text=stored)] if stored else []
    cell = new_code_cell(source, outputs=outputs, execution_count=1, metadata={"tags": list(tags)})
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "small.ipynb")
    done = rerun(tmp_path / "small.ipynb", "python3", clean_environment())
    assert said in done.stdout
    assert (done.returncode == 0) == (said == "1 passed")
