"""The visible checks of a student's notebook, run by nbval as `pytest --nbval-lax` runs them, with readable reasons."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from vae_course.grading.format import grade_id, role

CELL_TIMEOUT = 60  # seconds; nbval itself waits 2,000, also for a kernel that has died


class CheckError(Exception):
    """The checks could not be run; the message names the fix."""


@dataclass(frozen=True)
class Result:
    """One question: its state ("passed", "not started" or "not yet") and why."""

    number: int
    title: str
    state: str
    reasons: tuple[str, ...]


def check(path: str | Path) -> list[Result]:
    """Run a student's notebook from the top and return a result for each question.

    Raises CheckError if the file is not a notebook of an exercise set, or if its setup fails.
    """
    notebook = _load(Path(path))
    failures = _run(notebook)
    for cell in notebook.cells:
        if role(cell) == "setup" and (failure := failures.get(cell.id)):
            raise CheckError(
                f"the given cell {grade_id(cell)} fails: {failure}; take a fresh copy of the notebook"
            )
    return _results(notebook, failures)


def _load(path: Path) -> NotebookNode:
    try:
        notebook = nbformat.read(path, as_version=4)
    except OSError as error:
        raise CheckError(f"{path}: {error.strerror}; give the path of your notebook") from error
    except Exception as error:  # nbformat raises several kinds for what is not a notebook
        raise CheckError(f"{path} is not a notebook; give an .ipynb file that Jupyter opens") from error
    if "set" not in notebook.metadata.get("vae_course", {}):
        raise CheckError(f"{path} is not an exercise notebook of this course; take a copy from exercises/")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # Colab drops ids
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None  # nbval refuses a cell that was saved half run
    return notebook


def _run(notebook: NotebookNode) -> dict[str, str]:
    """Run all code cells under nbval; return what went wrong, in words, by cell id."""
    recorder = _Recorder()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notebook.ipynb"
        nbformat.write(notebook, path)
        options = ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}"]
        # The user's own pytest settings and plugins for parallel runs have no say here.
        quiet = ["-c", os.devnull, f"--rootdir={folder}", "-p", "no:cacheprovider", "-p", "no:xdist"]
        with contextlib.redirect_stdout(io.StringIO()) as output:
            pytest.main([*options, *quiet, str(path)], plugins=[recorder])
    code_cells = {cell.id for cell in notebook.cells if cell.cell_type == "code"}
    if recorder.seen != code_cells:
        raise CheckError(f"nbval did not run every cell: {output.getvalue().strip().splitlines()[-1:]}")
    return recorder.failures


class _Recorder:
    """A pytest plugin that keeps what each cell raised."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.failures: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        cell = item.cell.id
        if call.when == "call":
            self.seen.add(cell)
        if report.outcome != "passed" or hasattr(report, "wasxfail"):
            self.seen.add(cell)
            self.failures.setdefault(cell, self._reason(item, report))
        return report

    @staticmethod
    def _reason(item, report) -> str:
        errors = [output for output in item.test_outputs or [] if output.output_type == "error"]
        if errors and errors[0].ename == "AssertionError":
            return errors[0].evalue
        if errors and errors[0].ename != "KeyboardInterrupt":
            return f"{errors[0].ename}: {_plain_text(errors[0].evalue)}"
        if hasattr(report, "wasxfail"):  # how nbval marks what stands below a cell that did not end
            return "not run, since a cell above did not end"
        if item.parent.timed_out:
            return f"no end after {CELL_TIMEOUT} seconds: a loop without end, or a kernel that died"
        return "the kernel gave no answer"


def _results(notebook: NotebookNode, failures: dict[str, str]) -> list[Result]:
    questions: dict[int, list[NotebookNode]] = {}
    for cell in notebook.cells:
        if number := cell.metadata.get("vae_course", {}).get("question"):
            questions.setdefault(number, []).append(cell)
    results = []
    for number, cells in sorted(questions.items()):
        heading = next((cell.source.splitlines()[0] for cell in cells if role(cell) == "statement"), "")
        title = re.sub(r"^## Question \d+: | \(\d+ points?\)$", "", heading) or "(its statement is gone)"
        broken = [
            f"the cell {grade_id(cell)}: {failures[cell.id]}"
            for cell in cells
            if role(cell) in ("solution", "observe") and cell.id in failures
        ]
        checks = [cell for cell in cells if role(cell) == "visible"]
        missing = [failures[c.id] for c in checks if failures.get(c.id, "").startswith("NotImplementedError")]
        wrong = [failures[c.id] for c in checks if c.id in failures and failures[c.id] not in missing]
        if not checks:
            wrong.append("its check is gone; take a fresh copy of the notebook and put your answers in")
        todo = [text.removeprefix("NotImplementedError: ") for text in missing]
        # Checks that failed because a cell above did not run say nothing new.
        reasons = tuple(dict.fromkeys(broken or [*wrong, *todo]))
        state = "passed" if not reasons else "not started" if todo and not (broken or wrong) else "not yet"
        results.append(Result(number, title, state, reasons))
    return results


def _plain_text(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
