"""Which modules of the course's library a sandbox holds: those that the set itself imports, and no other.

The library's other modules may well be the answer to a question.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from vae_course.grading.format import ExerciseSet, role, tree

PACKAGE = Path(__file__).resolve().parents[1]


def given(exercises: ExerciseSet) -> tuple[str, ...]:
    """Files inside the package that the set's setup and observe cells import, and what those import, in order."""
    waiting = []
    for cell in exercises.notebook.cells:
        if role(cell) in ("setup", "observe"):
            waiting += _imported(tree(cell.source))
    files: set[str] = set()
    while waiting:
        for file in _files(waiting.pop()):
            if file not in files:
                files.add(file)
                waiting += _imported(ast.parse((PACKAGE / file).read_text(encoding="utf-8")))
    return tuple(sorted(files))


def _imported(module: ast.Module) -> Iterator[str]:
    """Dotted names below vae_course that a module's text imports, the imported names among them."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "vae_course")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "vae_course":
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _files(dotted: str) -> Iterator[str]:
    """The files that importing a dotted name reads: each package's `__init__.py`, and the module."""
    parts = dotted.split(".")[1:]
    for count in range(len(parts) + 1):
        place = "/".join(parts[:count])
        if (PACKAGE / place / "__init__.py").is_file():
            yield f"{place}/__init__.py".lstrip("/")
        elif (PACKAGE / f"{place}.py").is_file():
            yield f"{place}.py"
