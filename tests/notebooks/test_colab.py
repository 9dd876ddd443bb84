"""Both chapters as a Colab user meets them: an environment of what Colab ships, an empty folder, the first cell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.chapters import CHAPTERS, NAMES, ROOT
from tools import twins

# What Colab ships of what the chapters use, and what runs a notebook.
SHIPPED = ["torch", "numpy", "tqdm", "safetensors", "matplotlib", "sympy", "scikit-learn", "mlxtend", "pooch"]
RUNNERS = ["ipykernel", "ipywidgets", "nbclient"]
PRIVATE = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_", "COV_")  # of the process that runs the tests


def call(*command: str | Path, **options) -> str:
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **options)
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    )
    return done.stdout


def snapshot(repository: Path) -> None:
    """A repository at `repository` with one commit: the working tree as it is now."""
    listed = call("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository / name)
    call("git", "init", "-q", cwd=repository)
    call("git", "add", "--all", cwd=repository)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    call("git", *identity, "commit", "-q", "-m", "snapshot", cwd=repository)


def environment(repository: Path) -> dict[str, str]:
    """The variables of a new machine, where the course's public address leads to `repository`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": twins.repository(ROOT),
    }
    return {**kept, **redirect, "PYTHONNOUSERSITE": "1", "VAE_COURSE_BUDGET": "smoke"}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    """What happened when all chapters ran there, one after the other."""
    folder = tmp_path_factory.mktemp("colab")
    (folder / "repository").mkdir()
    snapshot(folder / "repository")
    variables = environment(folder / "repository")
    call(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    constraints = ["--constraint", ROOT / "constraints.txt"]
    call(python, "-m", "pip", "install", "-q", *constraints, *SHIPPED, *RUNNERS, env=variables, cwd=folder)
    notebooks = []
    for chapter in CHAPTERS:
        empty = folder / chapter.name
        empty.mkdir()
        notebooks.append(shutil.copy(chapter.twin, empty))
    script = shutil.copy(Path(__file__).with_name("run_in_colab.py"), folder)
    call(python, script, folder / "report.json", *notebooks, env=variables, cwd=folder)
    return {**json.loads((folder / "report.json").read_text()), "venv": str(folder / "venv")}


pytestmark = pytest.mark.xdist_group("colab")


def test_every_chapter_ran_with_the_installed_library(report):
    assert len(report["kernels"]) == len(NAMES)
    assert all(file.startswith(report["venv"]) for file, _ in report["kernels"])


def test_nothing_of_the_checkout_could_be_imported(report):
    paths = [path for _, search in report["kernels"] for path in search if path]
    assert [path for path in paths if Path(path).is_relative_to(ROOT)] == []


def test_the_first_cell_installs_the_library_and_touches_nothing_else(report):
    before, after = report["before"], report["after"]
    assert {name: after.get(name) for name in before} == before
    assert set(after) - set(before) == {"vae-course"}
