"""Submissions a minute: `vae-course grade` beside nbgrader's autograde and otter, on the same exercise and answers.

    python benchmarks/grading.py --nbgrader VENV/bin/nbgrader --otter VENV/bin/otter

Both need environments of their own, in which torch and this library are installed, too. All three get the reference's
answers to exercises/source/02-elbo.md and the same tests; every copy differs in a comment. What each gives must be full
marks. nbgrader and otter run a student's code and the tests in one kernel, without a sandbox. nbgrader works through
the class in one process; otter is started for each submission, as many at a time as there are cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from vae_course.grading.format import grade_id, read_source, role
from vae_course.grading.release import solution, write

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = read_source(ROOT / "exercises" / "source" / "02-elbo.md")
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def copies(count: int) -> dict[str, str]:
    """The worked notebook, each copy with a comment of its own."""
    made = {}
    for number in range(count):
        notebook = solution(EXERCISES)
        for cell in notebook.cells:
            if role(cell) == "solution":
                cell.source += f"\n# student {number}"
        made[f"student-{number:03d}"] = nbformat.writes(notebook)
    return made


def ours(folder: Path, notebooks: dict[str, str]) -> float:
    """Seconds of `vae-course grade`."""
    for name, text in notebooks.items():
        (folder / "class").mkdir(exist_ok=True)
        (folder / "class" / f"{name}.ipynb").write_text(text)
    command = [
        sys.executable,
        "-m",
        "vae_course.cli",
        "grade",
        str(folder / "class"),
        "--out",
        str(folder / "out"),
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, env=ENVIRONMENT)
    seconds = time.perf_counter() - began
    results = json.loads((folder / "out" / "results.json").read_text())
    _demand(row["points"] for row in results)
    return seconds


def nbgrader(program: Path, folder: Path, notebooks: dict[str, str]) -> float:
    """Seconds of `nbgrader autograde`, after the assignment was made."""
    name = EXERCISES.name
    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n"
    )
    write(EXERCISES.notebook, folder / "source" / name / f"{name}.ipynb")
    environment = ENVIRONMENT | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}

    def run(*arguments: str) -> None:
        subprocess.run([program, *arguments], check=True, cwd=folder, capture_output=True, env=environment)

    run("generate_assignment", name)
    for student, text in notebooks.items():
        path = folder / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    began = time.perf_counter()
    run("autograde", name)
    seconds = time.perf_counter() - began
    run("export")
    with (folder / "grades.csv").open() as file:
        _demand(float(row["score"]) for row in csv.DictReader(file))
    return seconds


def otter(program: Path, folder: Path, notebooks: dict[str, str]) -> float:
    """Seconds of one `otter run` a submission, as many at a time as there are cores."""
    (folder / "tests").mkdir()
    for cell in EXERCISES.notebook.cells:
        if role(cell) == "verify":
            case = {"code": f">>> exec({cell.source!r}, globals())\n", "hidden": True, "locked": False}
            suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
            test = {"name": grade_id(cell), "points": cell.metadata.nbgrader.points, "suites": [suite]}
            (folder / "tests" / f"{grade_id(cell)}.py").write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n")
    make = [program, "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment"]
    subprocess.run(make, check=True, cwd=folder, capture_output=True, env=ENVIRONMENT)

    def run(student: str, text: str) -> float:
        (folder / student).mkdir()
        (folder / f"{student}.ipynb").write_text(text)
        command = [program, "run", "-a", "autograder.zip", "-o", student, "--no-logo", f"{student}.ipynb"]
        subprocess.run(command, check=True, cwd=folder, capture_output=True, env=ENVIRONMENT)
        tests = json.loads((folder / student / "results.json").read_text())["tests"]
        return sum(test.get("score", 0) for test in tests)

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        points = list(pool.map(run, *zip(*notebooks.items(), strict=True)))
    seconds = time.perf_counter() - began
    _demand(points)
    return seconds


def _demand(points) -> None:
    wrong = [p for p in points if p != EXERCISES.points]
    if wrong:
        raise SystemExit(f"full marks were due, and {wrong[:5]} were given: the comparison is not fair")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nbgrader", type=Path, required=True)
    parser.add_argument("--otter", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24, help="submissions (24)")
    options = parser.parse_args()
    notebooks = copies(options.count)
    ways = {
        "vae-course grade": lambda folder: ours(folder, notebooks),
        "nbgrader autograde": lambda folder: nbgrader(options.nbgrader.absolute(), folder, notebooks),
        "otter run": lambda folder: otter(options.otter.absolute(), folder, notebooks),
    }
    rates = {}
    for name, way in ways.items():
        folder = Path(tempfile.mkdtemp())
        rates[name] = 60 * options.count / way(folder)
        shutil.rmtree(folder)
    first = rates["vae-course grade"]
    print(f"{options.count} submissions, {os.cpu_count()} cores")
    for name, rate in rates.items():
        print(
            f"{name:20s} {rate:7.1f} submissions/min   vae-course grade is {first / rate:5.2f} times as fast"
        )


if __name__ == "__main__":
    main()
