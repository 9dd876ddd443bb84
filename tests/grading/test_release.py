"""What is made from a source: complete for the solution, and without any secret for students."""

from __future__ import annotations

import json
import keyword
import os
import re
from pathlib import Path

import nbformat
import pytest

from grading.small import SOURCE
from vae_course.grading import release
from vae_course.grading.format import FormatError, grade_id, parse_source, read_source, regions, role

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "exercises" / "source").glob("*.md"))
each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


@pytest.fixture
def small():
    return parse_source(SOURCE, "small")


def cells(notebook) -> dict:
    return {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}


def test_student_gets_stubs_that_say_what_to_write(small) -> None:
    released = cells(release.student(small))
    assert released["q1-double"].source == (
        'def double(x):\n    """Twice x."""\n    raise NotImplementedError("Still to write: twice \\"x\\"")'
    )
    assert released["q1-test"].source == "# 2 points: double on fresh numbers."
    namespace: dict = {}
    exec(released["q2-half"].source, namespace)
    with pytest.raises(NotImplementedError, match="Still to write: half of x"):
        namespace["half"](1)


def test_student_cells_are_locked_as_nbgrader_locks_them(small) -> None:
    released = cells(release.student(small))
    assert released["q1-double"].metadata.deletable is False
    assert "editable" not in released["q1-double"].metadata
    for key in ("imports", "q1", "q1-check", "q1-test", "q2-observe"):
        assert (released[key].metadata.deletable, released[key].metadata.editable) == (False, False)


def test_metadata_and_outputs_of_the_source_stay_there(small) -> None:
    cell = cells(small.notebook)["q1-double"]
    cell.metadata["notes"] = "the answer is 2 x"
    cell.outputs = [nbformat.v4.new_output("stream", text="the answer")]
    small.notebook.metadata["authors"] = "the answer"
    for notebook in (release.student(small), release.solution(small), release.autograder(small)):
        assert "the answer" not in nbformat.writes(notebook)


def test_solution_is_whole_and_unmarked(small) -> None:
    worked = cells(release.solution(small))
    assert worked["q1-double"].source.endswith("    secret_answer = 2 * x\n    return secret_answer")
    text = nbformat.writes(release.solution(small))
    assert "BEGIN" not in text
    assert "hidden_input" not in text


def test_autograder_takes_answers_by_id_and_nothing_else(small) -> None:
    graded = cells(release.autograder(small, {"q1-double": "def double(x):\n    return x + x"}))
    assert graded["q1-double"].source == "def double(x):\n    return x + x"
    assert "NotImplementedError" in graded["q2-half"].source  # no answer: the stub, never the reference
    assert "hidden_input" in graded["q1-test"].source
    assert "secret_answer" in cells(release.autograder(small))["q1-double"].source
    with pytest.raises(FormatError, match="there is no solution cell q1-test"):
        release.autograder(small, {"q1-test": "pass"})


def test_answers_are_found_with_and_without_cell_ids(small) -> None:
    notebook = release.student(small)
    notebook.cells[3].source = "def double(x): return x"
    expected = {"q1-double": "def double(x): return x", "q2-half": notebook.cells[7].source}
    assert release.answers(notebook) == expected
    for cell in notebook.cells:
        del cell["id"]  # as Colab saves it
    assert release.answers(notebook) == expected
    for cell in notebook.cells:
        cell["id"] = grade_id(cell) or "text"
        cell.metadata.pop("nbgrader", None)
    assert release.answers(notebook) == expected
    notebook.cells.append(notebook.cells[3])
    with pytest.raises(FormatError, match="q1-double is there twice"):
        release.answers(notebook)


def test_cell_ids_depend_on_content_alone(small) -> None:
    ids = [cell.id for cell in release.student(small).cells]
    longer = SOURCE.replace("# Exercises: Small\n", "# Exercises: Small\n\n+++\n\nNew prose.\n\n+++\n\n", 1)
    others = [cell.id for cell in release.student(parse_source(longer, "small")).cells]
    assert set(ids[1:]) <= set(others)
    assert len(set(others)) == len(others)


@each_source
def test_no_secret_reaches_the_student(path: Path) -> None:
    exercises = read_source(path)
    released = json.dumps(json.loads(nbformat.writes(release.student(exercises))))
    worked = json.dumps(json.loads(nbformat.writes(release.solution(exercises))))
    assert "BEGIN " not in released + worked
    assert "END " not in released + worked
    open_lines = {
        line.strip()
        for cell in exercises.notebook.cells
        for line in without_regions(cell.source).splitlines()
    }
    for cell in exercises.notebook.cells:
        for line in inside_regions(cell.source):
            # A line that a secret shares with open code, such as `for i in range(3):`, is no secret; nor is `return {`.
            if line not in open_lines and set(re.findall(r"\w+", line)) - set(keyword.kwlist):
                quoted = json.dumps(line)[1:-1]
                assert quoted not in released
                assert role(cell) == "solution" or quoted not in worked


def without_regions(source: str) -> str:
    return release.without_hidden_tests(release.without_solution(source))


def inside_regions(source: str) -> list[str]:
    lines = source.splitlines()
    found = []
    for words in ("SOLUTION", "HIDDEN TESTS"):
        for first, last in regions(source, f"### BEGIN {words}", f"### END {words}"):
            found += [line.strip() for line in lines[first + 1 : last]]
    return found


def test_writing_is_atomic(small, tmp_path, monkeypatch) -> None:
    target = tmp_path / "new" / "small.ipynb"
    release.write(release.student(small), target)
    before = target.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        release.write(release.solution(small), target)
    assert target.read_bytes() == before
    assert os.listdir(target.parent) == ["small.ipynb"]


def test_released_notebooks_are_valid(small) -> None:
    for notebook in (release.student(small), release.solution(small), release.autograder(small, {})):
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
