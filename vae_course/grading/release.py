"""The notebooks made from an exercise source: the student's, the solution, and the grader's.

Each is built from the checked source alone; nothing is taken over from an earlier file. Writing is atomic.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from vae_course.files import write_whole
from vae_course.grading.format import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    ExerciseSet,
    FormatError,
    grade_id,
    regions,
    role,
    stub_text,
)

# What may stand in a released cell's metadata; anything else in the source stays there.
_KEPT = ("nbgrader", "vae_course", "tags")


def student(exercises: ExerciseSet) -> NotebookNode:
    """Return the student's notebook: stubs for solutions, no hidden test, cells locked as nbgrader locks them."""
    notebook = _blank(exercises)
    for cell in notebook.cells:
        kind = role(cell)
        if kind == "solution":
            cell.source = without_solution(cell.source)
            cell.metadata["deletable"] = False
        elif kind:
            cell.source = without_hidden_tests(cell.source)
            cell.metadata["deletable"] = cell.metadata["editable"] = False
    return notebook


def solution(exercises: ExerciseSet) -> NotebookNode:
    """Return the worked notebook: the solutions without their markers, and no hidden test."""
    notebook = student(exercises)
    for cell, source in zip(notebook.cells, exercises.notebook.cells, strict=True):
        if role(cell) == "solution":
            cell.source = _without_markers(source.source)
            del cell.metadata["deletable"]
    return notebook


def autograder(exercises: ExerciseSet, answers: Mapping[str, str] | None = None) -> NotebookNode:
    """Return the notebook with all hidden tests and, in its solution cells, the `answers` (source by grade_id).

    Without `answers` the cells hold the reference solutions. With them, a solution cell that has no answer gets the
    stub, which fails: a missing cell never earns a point. Raises FormatError for an answer to a cell that the
    set does not have.
    """
    notebook = _blank(exercises)
    cells = {grade_id(cell): cell for cell in notebook.cells if role(cell) == "solution"}
    if answers is not None:
        if unknown := sorted(set(answers) - set(cells)):
            raise FormatError([f"{exercises.name}: there is no solution cell {', '.join(unknown)}"])
        for key, cell in cells.items():
            cell.source = answers.get(key, without_solution(cell.source))
    return notebook


def answers(notebook: NotebookNode) -> dict[str, str]:
    """Return the source of a notebook's solution cells by grade_id, which is also the id they are released with.

    Colab drops cell ids and keeps metadata, so the metadata is asked first. Raises FormatError for duplicates.
    """
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or role(cell) != "solution":
            continue
        key = grade_id(cell) or cell.get("id", "")
        if key in found:
            raise FormatError([f"solution cell {key} is there twice; keep the one that counts"])
        found[key] = cell.source
    return found


def without_solution(source: str) -> str:
    """Replace each solution region by `raise NotImplementedError(...)`, with the words that follow its marker."""
    lines = source.splitlines()
    for first, last in reversed(regions(source, BEGIN_SOLUTION, END_SOLUTION)):
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        words = json.dumps("Still to write: " + stub_text(lines[first]), ensure_ascii=False)
        lines[first : last + 1] = [f"{indent}raise NotImplementedError({words})"]
    return "\n".join(lines)


def without_hidden_tests(source: str) -> str:
    """Remove each region of hidden tests, markers included."""
    lines = source.splitlines()
    for first, last in reversed(regions(source, BEGIN_HIDDEN, END_HIDDEN)):
        del lines[first : last + 1]
    return "\n".join(lines)


def write(notebook: NotebookNode, path: str | Path) -> None:
    """Write a notebook at once or not at all, in the form that Jupyter itself saves."""
    write_whole({Path(path): nbformat.writes(notebook) + "\n"})


def _without_markers(source: str) -> str:
    keep = (BEGIN_SOLUTION, END_SOLUTION)
    return "\n".join(line for line in source.splitlines() if not line.strip().startswith(keep))


def _blank(exercises: ExerciseSet) -> NotebookNode:
    """Return a copy of the instructor's notebook with no output and only the metadata that is meant to be seen."""
    notebook = copy.deepcopy(exercises.notebook)
    notebook.metadata = NotebookNode({key: notebook.metadata[key] for key in ("kernelspec", "vae_course")})
    for cell in notebook.cells:
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in _KEPT if key in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook
