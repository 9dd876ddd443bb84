"""Chapters run again at the smoke budget; deterministic outputs must come out as stored."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks.chapters import NAMES, ROOT

MINUTES = 12


def rerun(notebook: Path) -> subprocess.CompletedProcess:
    """Strict nbval on a notebook, in a process and a folder of its own, with one thread."""
    options = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout", "600", "-q", "-x"]
    isolated = ["-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, "--rootdir", notebook.parent]
    command = [sys.executable, "-m", "pytest", *options, *isolated, notebook]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"VAE_COURSE_BUDGET": "smoke", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(part) for part in command],
        cwd=notebook.parent,
        env=environment,
        text=True,
        capture_output=True,
        timeout=60 * MINUTES,
    )


@pytest.mark.parametrize("name", NAMES)
def test_chapter_runs_and_repeats_its_outputs(name, tmp_path):
    done = rerun(Path(shutil.copy(ROOT / "chapters" / f"{name}.ipynb", tmp_path)))
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
    done = rerun(tmp_path / "small.ipynb")
    assert said in done.stdout
    assert (done.returncode == 0) == (said == "1 passed")
