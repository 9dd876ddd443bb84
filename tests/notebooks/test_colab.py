"""All chapters as a Colab user meets them: an environment of what Colab ships, an empty folder, the first cell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
MINUTES = {"install": 8, "run": 12}  # then it is a failure; both take about one minute on two cores


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


def environment(repository: Path) -> dict[str, str]:
    """The variables of a new machine, where the course's public address leads to `repository`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": twins.repository(ROOT),
    }
    mine = {"PYTHONNOUSERSITE": "1", "OMP_NUM_THREADS": "1", "VAE_COURSE_BUDGET": "smoke"}
    return {**kept, **PIP, **redirect, **mine}


def test_chapters_run_where_only_what_colab_ships_is_installed(tmp_path):
    """One test, because the environment is dear. The first chapter installs the library, the others find it there."""
    (tmp_path / "repository").mkdir()
    commit = snapshot(tmp_path / "repository")
    variables = environment(tmp_path / "repository")
    call(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--constraint", ROOT / "constraints.txt", *SHIPPED, *RUNNERS]
    call(*pip, env=variables, cwd=tmp_path, minutes=MINUTES["install"])
    notebooks = []
    for chapter in CHAPTERS:
        empty = tmp_path / chapter.name
        empty.mkdir()
        notebooks.append(shutil.copy(chapter.twin, empty))
    script = shutil.copy(Path(__file__).with_name("run_in_colab.py"), tmp_path)
    call(python, script, "report.json", *notebooks, env=variables, cwd=tmp_path, minutes=MINUTES["run"])
    report = json.loads((tmp_path / "report.json").read_text())

    # The library came from the address in the first cell, into that environment, as this working tree has it.
    assert len(report["kernels"]) == len(CHAPTERS) > 0
    assert all(Path(file).is_relative_to(tmp_path / "venv") for file, _ in report["kernels"])
    origin = report["origin"]
    assert origin["url"] == twins.repository(ROOT)
    assert origin["vcs_info"]["commit_id"] == commit
    # Nothing that was there changed, and nothing else came.
    before, after = report["before"], report["after"]
    assert {name: after.get(name) for name in before} == before
    assert set(after) - set(before) == {"vae-course"}
    # Nothing of the checkout could have been imported.
    paths = {path for _, search in report["kernels"] for path in search if path}
    assert [path for path in paths if Path(path).is_relative_to(ROOT)] == []
