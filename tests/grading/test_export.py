"""Grades as tables: the same numbers, nothing that a spreadsheet would run, and no row that an importer misreads."""

from __future__ import annotations

import csv
import io

import pytest

from vae_course.grading.export import canvas_csv, cell, feedback_text, grades_csv, moodle_csv, printable
from vae_course.grading.results import QuestionResult, SubmissionResult

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n\n=1+1",
    "  =1+1",
    "\uff1d1+1",
    "anna;=1+1",
    "anna; \t@x",
    "../../etc/passwd",
    "two\nlines\r\nthree",
    'quo"ted, with "commas"',
    "right\u202eexe.pdf",
    "no\x00thing\x1b[31m",
    "not \udcff UTF-8",
    "\U0001f393 Zo\u00eb \u674e\u96f7",
    "x" * 10_000,
]
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")
EXPORTS = (grades_csv, moodle_csv, canvas_csv)
every_export = pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.__name__)


def result(student, name="02-elbo", points=(2, 0), reasons=("",), status="graded", problem="", notes=()):
    questions = [
        QuestionResult(n, f"Part {n}", 3, p, "none", [] if p == 3 else list(reasons))
        for n, p in enumerate(points, 1)
    ]
    return SubmissionResult(
        student, name, f"{student}.ipynb", status, problem, list(notes), questions if name else []
    )


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def faults(text: str) -> list[str]:
    """What a spreadsheet or an importer could take amiss in a table; applied to planted faults as well."""
    rows = read(text)
    found = [f"row {i} has {len(row)} cells" for i, row in enumerate(rows) if len(row) != len(rows[0])]
    for value in (value for row in rows for value in row):
        # Where the comma is the decimal sign, a semicolon ends a cell.
        for part in value.split(";"):
            if part != "-" and part.strip(" ").startswith(FORMULA):
                found.append(f"formula: {value[:40]!r}")
        if any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in value):
            found.append(f"control character: {value[:40]!r}")
    lines = text.removesuffix("\r\n").split("\r\n")
    return found + ([f"{len(lines)} lines for {len(rows)} rows"] if len(lines) != len(rows) else [])


@every_export
def test_hostile_names_and_reasons_are_harmless(export) -> None:
    # The importers refuse names that come out the same; the grades take them as they are.
    same = ("\t=1+1", "\r=1+1", "\n\n=1+1")
    names = [name for name in HOSTILE if export is grades_csv or name not in same] + ["\u200f"]
    students = [result(name, reasons=HOSTILE, notes=HOSTILE) for name in names]
    sets = [result("=1+1", f"{name} {i}") for i, name in enumerate(HOSTILE[:10])]
    for results in (students, sets, [result(name) for name in same[:1]]):
        text = export(results)
        text.encode()
        assert faults(text) == []
        students_named = {r.student for r in results}
        assert len(read(text)) == len(students_named) + 1 + (export is canvas_csv)


def test_planted_faults_are_found() -> None:
    for name in HOSTILE[2:9]:
        assert faults(f'student,total\r\n"{name}",3\r\n'), name
    assert faults("student,total\r\nanna;=1+1,3\r\n")
    assert faults("student,total\r\na\x00,3\r\n")
    assert faults('student,total\r\n"two\r\nlines",3\r\n')
    assert faults("student,total\r\nanna,berg,3\r\n")
    assert faults("student,total\r\nanna,3\r\n") == []


def test_grades_have_a_row_a_student_and_plain_numbers() -> None:
    results = [
        result("bo", points=(3, 3)),
        result("anna", "04-digits", points=(1,)),
        result("anna", points=(2, 0)),
        result("carl", "", status="refused", problem="of no known set"),
        result("dora", points=(0, 0), status="refused", problem="no notebook"),
    ]
    text = grades_csv(results)
    assert text.startswith("\ufeffstudent,")
    assert read(text) == [
        ["student", "02-elbo", "04-digits", "total", "of"],
        ["anna", "2", "1", "3", "9"],
        ["bo", "6", "", "6", "9"],
        ["carl", "", "", "0", "9"],
        ["dora", "0", "", "0", "9"],
    ]
    assert grades_csv(results[::-1]) == text
    assert read(grades_csv([])) == [["student", "total", "of"]]


def test_moodle_gets_points_and_feedback_a_set_and_a_dash_for_no_grade() -> None:
    reason = "the gap is -0.3, and a < b <= c & d"
    rows = read(moodle_csv([result("anna", reasons=[reason]), result("bo", "04-digits", points=(3,))]))
    assert rows[0] == ["Student", "02-elbo", "02-elbo (feedback)", "04-digits", "04-digits (feedback)"]
    assert rows[1][:2] == ["anna", "2"]
    assert rows[1][3:] == ["-", ""]
    assert "the gap is -0.3, and a &lt; b \u2264 c &amp; d" in rows[1][2]
    assert rows[2] == ["bo", "-", "", "3", "1. Part 1: 3 of 3"]


def test_canvas_gets_its_five_columns_and_the_points_possible() -> None:
    text = canvas_csv([result("anna"), result("bo", "04-digits", points=(3,))])
    assert text.startswith("Student,ID,SIS User ID,SIS Login ID,Section,")
    assert read(text) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02-elbo", "04-digits"],
        ["Points Possible", "", "", "", "", "6", "3"],
        ["anna", "", "", "anna", "", "2", ""],
        ["bo", "", "", "bo", "", "", "3"],
    ]


@pytest.mark.parametrize("name", ["", "  ", "0"])
def test_moodle_never_sees_a_row_that_goes_to_the_student_before_it(name) -> None:
    with pytest.raises(ValueError, match="rename the submission"):
        moodle_csv([result("anna"), result(name)])


@pytest.mark.parametrize("name", ["", "Points Possible", "  Points Possible (read only)"])
def test_no_student_sets_what_a_canvas_assignment_is_worth(name) -> None:
    with pytest.raises(ValueError, match="rename the submission"):
        canvas_csv([result("anna"), result(name)])


@pytest.mark.parametrize("export", [moodle_csv, canvas_csv])
def test_two_students_never_become_one_for_an_importer(export) -> None:
    with pytest.raises(ValueError, match="would both be 'a b'"):
        export([result("a b"), result("a\nb")])


@every_export
def test_two_graded_results_for_one_set_are_an_error_and_two_refused_ones_are_not(export) -> None:
    twice = [result("anna", status="refused", points=(0, 0)), result("anna", status="refused", points=(0, 0))]
    assert "anna" in export(twice)
    with pytest.raises(ValueError, match="two results for '02-elbo'"):
        export([*twice, result("anna")])
    with pytest.raises(ValueError, match="two results"):
        export([result("anna"), result("anna")])


def test_text_keeps_what_is_harmless() -> None:
    for text in (
        "Anna Berg",
        "-",
        "O'Neill",
        "x-y",
        "5 - 3",
        "\u05de\u05e8\u05d9\u05dd",
        "\U0001f469\u200d\U0001f393",
    ):
        assert cell(text) == text
    assert [cell(text) for text in ("-5", "=x", "\tx", "a;=b")] == ["'-5", "'=x", "'x", "a;'=b"]
    assert printable("a\r\nb\tc\x00\udcff\u202e") == "a\nb\tc\ufffd\ufffd\ufffd"


def test_feedback_is_cut_and_says_why_a_submission_was_refused() -> None:
    assert len(feedback_text(result("anna", reasons=["y" * 10_000]))) < 5_010
    refused = result(
        "anna", status="refused", problem="this is not a notebook", reasons=["this is not a notebook"]
    )
    assert feedback_text(refused) == "this is not a notebook"
