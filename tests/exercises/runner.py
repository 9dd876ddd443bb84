"""A small trusted grader for the tests: one process, and either one namespace or two.

With two, tests and student code see of each other only plain values, as under a grader that isolates the
student's code. It is no protection: it shows that the exercises can be graded that way.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

from nbformat import NotebookNode

from vae_course.grading import plain, set_seed
from vae_course.grading.format import ExerciseSet, grade_id, read_source, role, tree
from vae_course.grading.release import autograder

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path.stem: path for path in sorted((ROOT / "exercises" / "source").glob("*.md"))}
SETS = {name: read_source(path) for name, path in SOURCES.items()}


@dataclass
class Grades:
    """Points by question; what the failed tests, checks and answers said, by grade_id."""

    points: dict[int, int]
    lost: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.points.values())


def grade(
    exercises: ExerciseSet, answers: dict[str, str] | None = None, *, seed: int = 0, apart: bool = True
) -> Grades:
    """Grade `answers` (the reference solutions without them); `apart` gives tests a namespace of their own."""
    set_seed(seed)
    student: dict = {"__name__": "student"}
    tests: dict = {"__name__": "tests"} if apart else student
    grades = Grades({question.number: 0 for question in exercises.questions})
    for cell in autograder(exercises, answers).cells:
        if cell.cell_type != "code":
            continue
        kind, key = role(cell), grade_id(cell)
        if kind == "setup":
            for namespace in {id(space): space for space in (student, tests)}.values():
                _execute(cell, namespace)
        elif kind in ("solution", "observe"):
            try:
                _execute(cell, student)
            except Exception as error:
                grades.answers[key] = _say(error)
            if apart:
                tests |= {name: _across(student, name) for name in cell.metadata.vae_course.functions}
        elif kind == "visible":
            try:
                _execute(cell, student)
            except Exception as error:
                grades.checks[key] = _say(error)
        elif kind == "verify":
            try:
                _execute(cell, tests)
            except Exception as error:
                grades.lost[key] = _say(error)
            else:
                grades.points[cell.metadata.vae_course.question] += cell.metadata.nbgrader.points
    return grades


def reference(exercises: ExerciseSet) -> dict[str, str]:
    """Return the reference solutions by grade_id."""
    return {grade_id(cell): cell.source for cell in exercises.notebook.cells if role(cell) == "solution"}


def written_otherwise(exercises: ExerciseSet, path: Path) -> dict[str, str]:
    """Return the answers of a module in answers/: to each cell go its functions, the imports and the helpers."""
    text = path.read_text(encoding="utf-8")
    functions, shared = {}, []
    for node in ast.parse(text).body:
        source = ast.get_source_segment(text, node)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            functions[node.name] = source
        elif not isinstance(node, ast.Expr):  # the module's docstring is not an answer
            shared.append(source)
    return {
        grade_id(cell): "\n".join(
            [*shared, *(functions[name] for name in cell.metadata.vae_course.functions)]
        )
        for cell in exercises.notebook.cells
        if role(cell) == "solution"
    }


def _execute(cell: NotebookNode, namespace: dict) -> None:
    exec(compile(tree(cell.source), cell.id, "exec"), namespace)


def _across(student: dict, name: str) -> FunctionType:
    def call(*arguments, **named):
        function = student[name]
        return plain(function(*plain(arguments), **plain(named)))

    return call


def _say(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
