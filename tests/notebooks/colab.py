"""A fresh environment of what Colab ships, in which a chapter's first cell has installed the library."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.notebooks.chapters import CHAPTERS, ROOT
from tools import twins

# What Colab ships of what the chapters use, and what runs a notebook.
SHIPPED = ["torch", "numpy", "tqdm", "safetensors", "matplotlib", "sympy", "scikit-learn", "mlxtend", "pooch"]
RUNNERS = ["ipykernel", "ipywidgets", "nbclient"]
PRIVATE = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_", "COV_")  # of the process that runs the tests
PIP = {
    "PIP_DEFAULT_TIMEOUT": "20",
    "PIP_RETRIES": "2",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
}
KERNEL = "colab"
MINUTES = {"install": 8, "first cell": 4}  # then it is a failure; on two cores both together take a minute


@dataclass(frozen=True)
class Colab:
    """The environment's folder, the variables of processes in it, and what run_in_colab.py reported.

    Attributes:
        commit: of the snapshot of the working tree to which the course's public address leads.
    """

    folder: Path
    variables: dict[str, str]
    commit: str
    report: dict


def call(*command: str | Path, minutes: float = 1, **options) -> str:
    """What the command printed. AssertionError with its last words where it fails or takes too long."""
    line = " ".join(map(str, command))
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            text=True,
            capture_output=True,
            timeout=60 * minutes,
            **options,
        )
    except subprocess.TimeoutExpired:
        raise AssertionError(f"not done after {minutes} minutes: {line}") from None
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def snapshot(repository: Path) -> str:
    """Make a repository at `repository` with one commit, the working tree as it is now. Returns the commit."""
    listed = call("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository / name)
    call("git", "init", "-q", cwd=repository)
    call("git", "add", "--all", cwd=repository)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    call("git", *identity, "commit", "-q", "-m", "snapshot", cwd=repository)
    return call("git", "rev-parse", "HEAD", cwd=repository).strip()


def clean_environment(**more: str) -> dict[str, str]:
    """The variables of a process at the smoke budget with one thread, without those of the tests' own process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    return {**kept, "PYTHONNOUSERSITE": "1", "OMP_NUM_THREADS": "1", "VAE_COURSE_BUDGET": "smoke", **more}


def first_cell() -> nbformat.NotebookNode:
    """A notebook of the cell with which every chapter begins."""
    chapter = nbformat.read(CHAPTERS[0].twin, as_version=4)
    chapter.cells = [cell for cell in chapter.cells if cell.cell_type == "code"][:1]
    return chapter


def install(folder: Path) -> Colab:
    """Make the environment in `folder`/venv, with a kernel named `KERNEL`, and run the first cell in it."""
    (folder / "repository").mkdir()
    commit = snapshot(folder / "repository")
    python = folder / "venv" / "bin" / "python"
    kernel = folder / "jupyter" / "kernels" / KERNEL
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": KERNEL, "language": "python"})
    )
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{(folder / 'repository').as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": twins.repository(ROOT),
    }
    variables = clean_environment(**PIP, **redirect, JUPYTER_PATH=str(folder / "jupyter"))
    call(sys.executable, "-m", "venv", folder / "venv")
    pip = [python, "-m", "pip", "install", "-q", "--constraint", ROOT / "constraints.txt", *SHIPPED, *RUNNERS]
    call(*pip, env=variables, cwd=folder, minutes=MINUTES["install"])
    empty = folder / "empty"
    empty.mkdir()
    nbformat.write(first_cell(), empty / "first.ipynb")
    script = shutil.copy(Path(__file__).with_name("run_in_colab.py"), folder)
    report = folder / "report.json"
    call(
        python,
        script,
        report,
        KERNEL,
        empty / "first.ipynb",
        env=variables,
        cwd=folder,
        minutes=MINUTES["first cell"],
    )
    return Colab(folder, variables, commit, json.loads(report.read_text()))
