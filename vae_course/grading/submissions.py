"""Submissions as they come: files that nobody has checked, of which only the solution cells' source is taken."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae_course.grading.format import ExerciseSet, grade_id, role

MAX_BYTES = 20 * 2**20
MAX_CELLS = 2000
MAX_SOURCE = 200_000


class SubmissionError(Exception):
    """A file cannot be taken as a submission; the message says why, for the student."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one set.

    Attributes:
        student: name of the file or folder, without ".ipynb".
        file: relative to the folder of submissions.
        exercises: the set's name; "" if the file does not say.
        answers: source of solution cells by id.
        notes: what was unusual, and how it was taken.
        problem: why nothing could be taken, or "".
        checksum: of the file's bytes.
    """

    student: str
    file: str
    exercises: str
    answers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    checksum: str = ""


def find(folder: Path, sets: dict[str, ExerciseSet]) -> list[Submission]:
    """All submissions in a folder, in the order of their names: one notebook or one sub-folder a student.

    Nothing is followed: a link, a FIFO or a device is refused and named. A notebook that is no submission of a known
    set is refused as well, so that nobody is forgotten in silence.

    Args:
        folder: of a class.
        sets: the exercise sets by name.

    Raises NotADirectoryError if the folder is none.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder; name the one that holds the class's submissions")
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            inside = sorted(os.scandir(entry.path), key=lambda inner: inner.name)
            notebooks = [inner for inner in inside if inner.name.endswith(".ipynb")]
            found += [_read(entry.name, f"{entry.name}/{n.name}", Path(n.path), sets) for n in notebooks]
            if not notebooks:
                problem = "the folder holds no notebook (*.ipynb)"
                found.append(Submission(entry.name, entry.name, "", problem=problem))
        elif entry.name.endswith(".ipynb"):
            found.append(_read(entry.name.removesuffix(".ipynb"), entry.name, Path(entry.path), sets))
    return _without_doubles(found)


def _without_doubles(found: list[Submission]) -> list[Submission]:
    """Refuse what a student hands in twice for one set: no rule would choose the right one."""
    by_set: dict[tuple[str, str], list[Submission]] = {}
    for submission in found:
        if submission.exercises:
            by_set.setdefault((submission.student, submission.exercises), []).append(submission)
    doubled = {s.file: group for group in by_set.values() if len(group) > 1 for s in group}
    return [
        submission
        if submission.file not in doubled
        else Submission(
            submission.student,
            submission.file,
            submission.exercises,
            problem="several notebooks are for this set: "
            + ", ".join(repr(other.file) for other in doubled[submission.file])
            + "; leave the one that counts",
            checksum=submission.checksum,
        )
        for submission in found
    ]


def _read(student: str, file: str, path: Path, sets: dict[str, ExerciseSet]) -> Submission:
    checksum = name = ""
    try:
        content = read_bytes(path)
        checksum = hashlib.sha256(content).hexdigest()
        notebook = parse(content)
        name = _set_of(notebook, path.stem, sets)
        answers, notes = take(notebook, sets[name])
    except SubmissionError as error:
        return Submission(student, file, name, problem=str(error), checksum=checksum)
    return Submission(student, file, name, answers, notes, checksum=checksum)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most 20 MB. Raises SubmissionError for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SubmissionError(
            f"the file cannot be opened: {error.strerror}; links are not followed"
        ) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError("this is no regular file")
        if status.st_size > MAX_BYTES:
            raise SubmissionError(
                f"the file has {status.st_size:,} bytes, and at most {MAX_BYTES:,} are taken; clear the outputs"
            )
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(handle)


def parse(content: bytes) -> dict[str, Any]:
    """A notebook of format 4 as plain JSON. Raises SubmissionError for anything else."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SubmissionError("this is not a notebook: it is no valid JSON text") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise SubmissionError("this is not a notebook: it has no list of cells")
    if notebook.get("nbformat") != 4:
        raise SubmissionError("this is not a notebook of format 4; open and save it with a current Jupyter")
    if len(notebook["cells"]) > MAX_CELLS:
        raise SubmissionError(f"the notebook has more than {MAX_CELLS:,} cells")
    if not all(isinstance(cell, dict) for cell in notebook["cells"]):
        raise SubmissionError("this is not a notebook: a cell is no JSON object")
    return notebook


def take(notebook: dict[str, Any], exercises: ExerciseSet) -> tuple[dict[str, str], list[str]]:
    """The source of each solution cell by id, and notes on what was not as it was handed out.

    A cell is found by its metadata, or, since some tools drop one of the two, by its id. One that is missing is looked
    for under another name: a single code cell of no id of ours that defines all of its functions counts. One that is
    there twice with different content counts as missing.
    """
    known = {grade_id(cell) for cell in exercises.notebook.cells if role(cell)}
    wanted = {grade_id(cell): cell for cell in exercises.notebook.cells if role(cell) == "solution"}
    by_key: dict[str, list[str]] = {}
    strangers: list[str] = []
    order: list[str] = []
    for cell in notebook["cells"]:
        source = _source(cell)
        if cell.get("cell_type") != "code" or source is None:
            continue
        key = _key(cell, known)
        if key in wanted:
            by_key.setdefault(key, []).append(source)
            order.append(key)
        elif not key:
            strangers.append(source)
    answers, notes = {}, []
    for key, cell in wanted.items():
        sources = list(dict.fromkeys(by_key.get(key, [])))
        names = cell.metadata.vae_course.functions
        if not sources:
            renamed = [source for source in strangers if _defines(source, names)]
            if len(renamed) == 1:
                sources = renamed
                notes.append(
                    f"cell {key} is missing; another cell that defines {', '.join(names)} was taken for it"
                )
            else:
                notes.append(f"cell {key} is missing; its tests fail")
                continue
        if len(sources) > 1:
            notes.append(f"cell {key} is there {len(sources)} times with different content; none was taken")
        elif len(sources[0]) > MAX_SOURCE:
            notes.append(f"cell {key} has more than {MAX_SOURCE:,} characters; it was not taken")
        else:
            answers[key] = sources[0]
    there = [key for key in dict.fromkeys(order) if key in answers]
    if there != [key for key in wanted if key in there]:
        notes.append("the cells are in another order; they were run in the order of the exercise")
    return answers, notes


def _set_of(notebook: dict[str, Any], stem: str, sets: dict[str, ExerciseSet]) -> str:
    """Which set a notebook belongs to, by its header, its file name, or its cells' ids."""
    metadata = notebook.get("metadata")
    ours = metadata.get("vae_course") if isinstance(metadata, dict) else None
    named = ours.get("set") if isinstance(ours, dict) else None
    for name in (named, stem):
        if isinstance(name, str) and name in sets:
            return name
    raise SubmissionError(
        f"the notebook does not say which exercise set it is (known are {', '.join(sets)}); "
        "start from the one that was handed out"
    )


def _key(cell: dict[str, Any], known: set[str]) -> str:
    """The id of ours that a cell carries, or ""."""
    metadata = cell.get("metadata")
    theirs = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    for key in (theirs.get("grade_id") if isinstance(theirs, dict) else None, cell.get("id")):
        if isinstance(key, str) and key in known:
            return key
    return ""


def _source(cell: dict[str, Any]) -> str | None:
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source if isinstance(source, str) else None


def _defines(source: str, names: list[str]) -> bool:
    return all(re.search(rf"(?m)^def\s+{re.escape(name)}\s*\(", source) for name in names)
