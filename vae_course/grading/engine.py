"""One submission through nbval: the instructor's notebook in a trusted kernel, the student's code in a sandbox."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from unittest import mock

import nbformat
import nbval.kernel
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from vae_course.grading.format import ExerciseSet, grade_id, role, without_magics
from vae_course.grading.kernel import JOB
from vae_course.grading.library import given
from vae_course.grading.release import autograder
from vae_course.grading.sandbox import Limits
from vae_course.grading.scratch import scratch_folder
from vae_course.grading.warm import NAME

MARGIN_SECONDS = 30
"""What a cell of the trusted kernel may take beyond the limit of all the student's calls together."""

STARTUP_SECONDS = 300
"""What the trusted kernel may take to start; on a busy machine a minute was too little."""


class GradingError(Exception):
    """Our own half failed: no points follow from that, and the submission has to be graded again."""


@dataclass
class Outcome:
    """What became of one cell: "passed", "failed" or "not run", the reason in words, and the seconds it took."""

    status: str = "not run"
    reason: str = "the notebook was not run so far"
    seconds: float = 0.0


@dataclass
class Graded:
    """One submission's outcomes by cell id, and its points by question."""

    outcomes: dict[str, Outcome]
    points: dict[int, int] = field(default_factory=dict)


def grade(
    exercises: ExerciseSet,
    answers: dict[str, str],
    folder: Path,
    server: Path,
    *,
    seed: int,
    limits: Limits,
    unsafe: bool = False,
) -> Graded:
    """Grade the answers (source by cell id) and leave the log of what they printed in `folder`.

    Args:
        exercises: the set.
        answers: what a student wrote in solution cells; a cell without one gets the stub, and fails.
        folder: for the notebook that is run, of its own.
        server: the workers' socket.
        seed: of the hidden tests' inputs.
        limits: of the student's code.
        unsafe: run that code without a sandbox.

    Raises GradingError if the trusted kernel or the sandbox did not start, or a setup cell failed in the kernel.
    """
    complete = autograder(exercises, answers)
    notebook, sources = trusted(complete)
    job = {
        "server": str(server),
        "log": str(folder / "output.log"),
        "limits": asdict(limits),
        "unsafe": unsafe,
        "library": given(exercises),
        "seed": seed,
        "sources": sources,
        "passed": str(folder / "passed"),
    }
    (folder / "passed").touch()
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    path = folder / "graded.ipynb"
    nbformat.write(notebook, path)
    collected = _nbval(path, folder / "job.json", limits.total_seconds + MARGIN_SECONDS)
    outcomes = {}
    for number, cell in enumerate(notebook.cells):
        outcomes[cell.id] = collected.get(number, Outcome())
    for ours in ("begin", *(grade_id(cell) for cell in complete.cells if role(cell) == "setup")):
        if outcomes[ours].status != "passed":
            raise GradingError(f"our own cell {ours!r} did not run: {outcomes[ours].reason or 'no reason'}")
    # Two witnesses: what nbval saw from outside, and what the test itself wrote down when it came to its end.
    reached = set((folder / "passed").read_text(encoding="utf-8").split())
    graded = Graded(outcomes)
    for cell in complete.cells:
        if role(cell) == "verify":
            question, test = cell.metadata.vae_course.question, grade_id(cell)
            passed = outcomes[test].status == "passed"
            if passed and test not in reached:
                raise GradingError(f"{test}: it counts as passed, but did not come to its end")
            earned = cell.metadata.nbgrader.points * passed
            graded.points[question] = graded.points.get(question, 0) + earned
    return graded


def trusted(complete: NotebookNode) -> tuple[NotebookNode, dict[str, str]]:
    """The notebook that nbval runs, in which no line is a student's, and the sources that the sandbox runs.

    Solution, observe and visible cells become calls of the sandbox; setup cells run on both sides.
    """
    cells = [_cell("begin", "from vae_course.grading.kernel import begin\n\n_answers = begin()")]
    sources = {}
    for cell in complete.cells:
        kind, key = role(cell), grade_id(cell)
        if cell.cell_type != "code":
            continue
        if kind != "verify":
            sources[key] = without_magics(cell.source)
        if kind == "setup":
            cells += [_cell(key, cell.source), _cell(f"{key}-beside", f"_answers.run({key!r})")]
        elif kind in ("solution", "observe"):
            names = list(cell.metadata.vae_course.functions)
            cells.append(_cell(key, f"{', '.join(names)}, = _answers.define({key!r}, {names!r})"))
        elif kind == "visible":
            cells.append(_cell(key, f"_answers.run({key!r})"))
        else:
            cells.append(_cell(key, f"{cell.source}\n\n_answers.passed({key!r})"))
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook, sources


def _cell(key: str, source: str) -> NotebookNode:
    cell = new_code_cell(source)
    cell.id = key
    return cell


class _Collector:
    """A plugin that keeps what pytest says of every cell."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        number = int(report.nodeid.rsplit(" ", 1)[1])
        # A cell after a dead kernel is reported as unexpectedly passed: that is not a pass.
        if report.when == "call" or report.failed:
            sound = report.passed and not hasattr(report, "wasxfail")
            self.outcomes[number] = Outcome(
                "passed" if sound else "failed",
                "" if sound else _reason(report.longreprtext),
                report.duration,
            )


def _nbval(path: Path, job: Path, timeout: float) -> dict[int, Outcome]:
    collector = _Collector()
    options = ["--nbval-lax", "--nbval-kernel-name", NAME, f"--nbval-cell-timeout={timeout}", "--quiet"]
    options += [f"--nbval-kernel-startup-timeout={STARTUP_SECONDS}"]
    options += ["-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(path.parent), "-c", os.devnull]
    with _environment(JOB, str(job)), _without_ports(), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*options, str(path)], plugins=[collector])
    return collector.outcomes


@contextlib.contextmanager
def _without_ports() -> Iterator[None]:
    """Let nbval reach its kernel by files instead of ports: another program may take a port that was free just now."""
    with scratch_folder() as folder:  # not the notebook's: the address of such a file may not be long
        by_files = functools.partial(nbval.kernel.KernelManager, transport="ipc", ip=f"{folder}/kernel")
        with mock.patch.object(nbval.kernel, "KernelManager", by_files):
            yield


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(
    r"^(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Exit|Iteration|Plain)): (.*)", re.MULTILINE | re.DOTALL
)


def _reason(text: str) -> str:
    """The message of the exception that a cell ended with."""
    text = _COLOURS.sub("", text)
    found = list(_ERROR.finditer(text))
    if not found:  # the text may hold lines of a hidden test
        return "it ended without a message, or could not work with what the answer returns"
    kind, message = found[-1].groups()
    message = message.strip()
    return message if kind in ("AssertionError", "AnswerError") else f"{kind}: {message}"
