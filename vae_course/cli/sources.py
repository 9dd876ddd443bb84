"""The exercise sets that a command is given, or finds where it is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vae_course.grading.format import ExerciseSet, FormatError, read_source

DEFAULT = Path("exercises/source")
"""Where the sources are, seen from the project's folder."""


def read_sets(paths: Sequence[Path]) -> list[tuple[Path, ExerciseSet]]:
    """Read every source with its path; all problems of all of them are said at once.

    Args:
        paths: sources, or folders of them; none means `exercises/source`.

    Raises FormatError if there is none, or with every problem of every source.
    """
    sources = []
    for path in paths or [DEFAULT]:
        sources += sorted(path.glob("*.md")) if path.is_dir() else [path] if paths else []
    if not sources:
        where = ", ".join(map(str, paths)) or f"{DEFAULT} here"
        raise FormatError(
            [f"no *.md in {where}; name the sets' sources, or run this in the project's folder"]
        )
    sets, problems = [], []
    for source in sources:
        try:
            sets.append((source, read_source(source)))
        except FormatError as error:
            problems += error.problems
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", error)
            problems.append(f"{source} cannot be read ({why}); give a MyST notebook")
    if problems:
        raise FormatError(problems)
    return sets
