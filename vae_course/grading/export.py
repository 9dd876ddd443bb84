"""Grades as tables: for a spreadsheet, for Moodle, for Canvas.

Names come from files that students named, so that no cell is trusted. Text is printable and of one line; text that a
spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@`, a tab or a carriage return, gets an
apostrophe in front (OWASP, CSV injection). So does what follows a semicolon in it: where the comma is the decimal sign,
spreadsheets begin a new cell there. The price: such a name reads `'-anna` to an importer, which then does not know the
student and says so. Points are written as numbers and never changed.
"""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from vae_course.grading.results import SubmissionResult

BYTE_ORDER_MARK = "\ufeff"
"""In front of UTF-8 text, tells Excel that it is UTF-8."""

# The second four are full-width forms, which Excel takes as well.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")
_AFTER_SEMICOLON = re.compile(r"(;\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
# Embeddings, overrides and isolates: they let a text look like another one.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MAX_FEEDBACK = 5000

Cell = str | int


def grades_csv(results: Sequence[SubmissionResult]) -> str:
    """One row a student: points in each set, their sum, and what all sets together are worth.

    A set that a student did not hand in is an empty cell; a refused submission of a known set is 0. Begins with a byte
    order mark, without which Excel would spoil names that are not ASCII; every other spreadsheet skips it.

    Args:
        results: of a class, in any order.

    Raises:
        ValueError: a student has two results for one set, and none says which counts.
    """
    sets = _sets(results)
    rows: list[list[Cell]] = [["student", *sets, "total", "of"]]
    for student, own in _by_student(results).items():
        points = {name: result.points for name, result in own.items()}
        rows.append(
            [student, *(points.get(name, "") for name in sets), sum(points.values()), sum(sets.values())]
        )
    return BYTE_ORDER_MARK + _table(rows)


def moodle_csv(results: Sequence[SubmissionResult]) -> str:
    """A table for Moodle's grade import (Grades, Import, CSV file; https://docs.moodle.org/en/Grade_import).

    Moodle asks for each column what it is. "Student" has to be mapped from to what the files are named after: user
    name, ID number or e-mail address. Every set has a column of points and one of feedback, and both should be mapped,
    since Moodle replaces both. "-" is Moodle's word for no grade. Feedback is taken as HTML there, so that it is
    escaped here. One student whom Moodle does not know stops the whole import, and a row without an identifier would
    be given to the student before it. Moodle drops the byte order mark.

    Args:
        results: of a class, in any order.

    Raises:
        ValueError: as `grades_csv`; or a student's name is empty, or "0", which Moodle takes for empty, or the names of
            two students are the same once they are printable.
    """
    sets = _sets(results)
    rows: list[list[Cell]] = [["Student"]]
    for name in sets:
        rows[0] += [name, f"{name} (feedback)"]
    students = _by_student(results)
    _check_identifiers(students, lambda name: name in ("", "0"))
    for student, own in students.items():
        row: list[Cell] = [student]
        for name in sets:
            row += [own[name].points, feedback_text(own[name])] if name in own else ["-", ""]
        rows.append(row)
    return BYTE_ORDER_MARK + _table(rows)


def canvas_csv(results: Sequence[SubmissionResult]) -> str:
    """A table for the import of Canvas's gradebook (Grades, Import).

    Canvas wants Student, ID, SIS User ID, SIS Login ID and Section in front, in this order, then a column an
    assignment, headed by its title or by "title (id)". It looks for a student by ID, then by the two SIS columns, then
    by name; the name of the file stands as name and as login, and the rest is empty. Name the assignments after the
    sets, or put their ids into the header; an unknown title is offered as a new assignment. The row "Points Possible"
    says what a set is worth. An empty cell takes an earlier grade away: Canvas shows all changes before it makes them.
    There is no byte order mark, since this file is for Canvas and not for Excel.

    Args:
        results: of a class, in any order.

    Raises:
        ValueError: as `grades_csv`; or a student's name is empty or would be read as the row of points, or the names
            of two students are the same once they are printable.
    """
    sets = _sets(results)
    rows: list[list[Cell]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *sets]]
    rows.append(["Points Possible", "", "", "", "", *sets.values()])
    students = _by_student(results)
    _check_identifiers(students, lambda name: not name or "Points Possible" in name)
    for student, own in students.items():
        points = (own[name].points if name in own else "" for name in sets)
        rows.append([student, "", "", student, "", *points])
    return _table(rows)


def feedback_text(result: SubmissionResult) -> str:
    """What a student may read of a result, as one line of HTML text, cut at 5,000 characters."""
    parts = [result.problem] if result.problem else list(result.notes)
    if not result.problem:
        for question in result.questions:
            said = [
                f"{question.number}. {question.title}: {question.points} of {question.of}",
                *question.reasons,
            ]
            parts.append(". ".join(text.strip().rstrip(".") for text in said))
    # As one character each, they survive both HTML and `cell`, which looks behind the semicolon of "&lt;".
    text = one_line("; ".join(parts)).replace("<=", "\u2264").replace(">=", "\u2265")
    if len(text) > _MAX_FEEDBACK:
        text = text[:_MAX_FEEDBACK] + " ..."
    return html.escape(text, quote=False)


def printable(text: str) -> str:
    """Text that any file and any screen can take: what is not printable becomes U+FFFD.

    That is control characters but newline and tab, halves of surrogate pairs (names of files that are no UTF-8 have
    them, and they cannot be written), and characters that turn the direction of the text around them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if _unprintable(character) else character for character in text)


def one_line(text: str) -> str:
    """Printable text with each run of white space, newlines included, as one space."""
    return " ".join(printable(text).split())


def cell(text: str) -> str:
    """Text of one line that no spreadsheet takes for a formula. A single "-" is none, and stays."""
    line = one_line(text)
    formula = line != "-" and (text.startswith(_FORMULA) or line.startswith(_FORMULA))
    return _AFTER_SEMICOLON.sub(r"\1'", "'" + line if formula else line)


def _unprintable(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or character in _DIRECTIONS


def _sets(results: Iterable[SubmissionResult]) -> dict[str, int]:
    """Points of every known set by its name, in the order of names. A refused file may belong to no known set."""
    sets: dict[str, int] = {}
    for result in sorted(results, key=lambda result: result.exercises):
        if result.exercises:
            sets[result.exercises] = max(sets.get(result.exercises, 0), result.of)
    return sets


def _by_student(results: Iterable[SubmissionResult]) -> dict[str, dict[str, SubmissionResult]]:
    """Results by student and set, in the order of students; every student is there, even without any known set."""
    students: dict[str, dict[str, SubmissionResult]] = {}
    for result in sorted(results, key=lambda result: (result.student, result.exercises)):
        own = students.setdefault(result.student, {})
        earlier = own.setdefault(result.exercises, result)
        if earlier is not result and "graded" in (earlier.status, result.status):
            raise ValueError(
                f"{result.student!r} has two results for {result.exercises!r} ({earlier.file!r}, {result.file!r}); "
                "leave the notebook that counts, and grade again"
            )
    return students


def _check_identifiers(students: Iterable[str], misread: Callable[[str], bool]) -> None:
    """Raise ValueError for a name that the importer would misread, and for two that it could not tell apart."""
    seen: dict[str, str] = {}
    for student in students:
        shown = cell(student)
        if misread(shown):
            raise ValueError(f"a student cannot be called {student!r} in this table; rename the submission")
        if shown in seen:
            raise ValueError(
                f"the students {seen[shown]!r} and {student!r} would both be {shown!r}; rename a submission"
            )
        seen[shown] = student


def _table(rows: Iterable[Sequence[Cell]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([value if isinstance(value, int) else cell(value) for value in row] for row in rows)
    return file.getvalue()
