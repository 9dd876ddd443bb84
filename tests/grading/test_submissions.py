"""What is taken from files that nobody has checked, and what is refused."""

import json
import os

import nbformat
import pytest

from tests.grading.small import SOURCE
from vae_course.grading.format import parse_source
from vae_course.grading.release import solution, student
from vae_course.grading.submissions import MAX_BYTES, SubmissionError, find, parse, read_bytes, take

SMALL = parse_source(SOURCE, "small")
SETS = {"small": SMALL}


def notebook() -> dict:
    """The worked notebook, as JSON."""
    return json.loads(nbformat.writes(solution(SMALL)))


def cell(content: dict, key: str) -> dict:
    return next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == key)


def test_solution_cells_are_taken_and_nothing_else():
    content = notebook()
    cell(content, "q1-test")["source"] = "points = 1000"
    content["cells"].append({"cell_type": "code", "source": "import os", "metadata": {}, "outputs": []})
    answers, notes = take(content, SMALL)
    assert set(answers) == {"q1-double", "q2-half"}
    assert "secret_answer" in answers["q1-double"]
    assert notes == []


def test_sources_may_be_lists_of_lines_and_ids_may_be_lost():
    content = notebook()
    for c in content["cells"]:
        c["source"] = c["source"].splitlines(keepends=True) if isinstance(c["source"], str) else c["source"]
        c.pop("id", None)  # as Colab does
    assert set(take(content, SMALL)[0]) == {"q1-double", "q2-half"}
    content = notebook()
    for c in content["cells"]:
        c["metadata"] = {}  # as some editors do
    assert set(take(content, SMALL)[0]) == {"q1-double", "q2-half"}


def test_a_missing_cell_is_noted():
    content = notebook()
    content["cells"].remove(cell(content, "q2-half"))
    answers, notes = take(content, SMALL)
    assert set(answers) == {"q1-double"}
    assert notes == ["cell q2-half is missing; its tests fail"]


def test_a_renamed_cell_is_found_by_its_functions():
    content = notebook()
    moved = cell(content, "q2-half")
    moved["metadata"], moved["id"] = {}, "mine"
    answers, notes = take(content, SMALL)
    assert "return x / 2" in answers["q2-half"]
    assert notes == ["cell q2-half is missing; another cell that defines half was taken for it"]
    content["cells"].append(dict(moved, id="other", source="def half(x):\n    return 0"))
    assert "q2-half" not in take(content, SMALL)[0]  # two candidates: no guess


def test_a_doubled_cell_counts_only_if_both_say_the_same():
    content = notebook()
    double = dict(cell(content, "q1-double"))
    content["cells"].append(double)
    assert take(content, SMALL)[1] == []
    double["source"] = "def double(x): return 4"
    answers, notes = take(content, SMALL)
    assert set(answers) == {"q2-half"}
    assert notes == ["cell q1-double is there 2 times with different content; none was taken"]


def test_another_order_is_noted_and_put_right():
    content = notebook()
    content["cells"].reverse()
    answers, notes = take(content, SMALL)
    assert list(answers) == ["q1-double", "q2-half"]
    assert notes == ["the cells are in another order; they were run in the order of the exercise"]


def test_a_markdown_cell_under_a_solutions_id_is_no_answer():
    content = notebook()
    cell(content, "q1-double")["cell_type"] = "markdown"
    assert "q1-double" not in take(content, SMALL)[0]


def test_an_endless_source_is_not_taken():
    content = notebook()
    cell(content, "q1-double")["source"] = "#" * 300_000
    answers, notes = take(content, SMALL)
    assert "q1-double" not in answers
    assert "more than 200,000 characters" in notes[0]


BROKEN = {
    "no text": b"\xff\xfe\x00\x01",
    "no JSON": b"{",
    "deep": b"[" * 200_000,
    "a list": b"[]",
    "no cells": b'{"nbformat": 4}',
    "old": json.dumps({"nbformat": 3, "cells": []}).encode(),
    "cells of text": json.dumps({"nbformat": 4, "cells": ["x"]}).encode(),
    "too many": json.dumps({"nbformat": 4, "cells": [{}] * 3000}).encode(),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_notebook_is_refused_in_words(content):
    with pytest.raises(SubmissionError, match="notebook"):
        parse(content)


@pytest.mark.parametrize("field", ["metadata", "source", "id", "cell_type"])
@pytest.mark.parametrize("value", [None, 3, [], {}, [[1]], "x"])
def test_odd_fields_never_raise_anything_else(field, value):
    content = notebook()
    for c in content["cells"]:
        c[field] = value
    take(content, SMALL)


def test_links_pipes_and_giants_are_not_opened(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    (tmp_path / "link.ipynb").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe.ipynb")
    with (tmp_path / "giant.ipynb").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (tmp_path / "folder.ipynb").mkdir()
    for name, message in {
        "link": "links are not followed",
        "pipe": "no regular file",
        "giant": "clear the outputs",
        "folder": "no regular file",
        "nowhere": "cannot be opened",
    }.items():
        with pytest.raises(SubmissionError, match=message):
            read_bytes(tmp_path / f"{name}.ipynb")


@pytest.fixture
def folder(tmp_path):
    text = nbformat.writes(solution(SMALL))
    (tmp_path / "ada.ipynb").write_text(text)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "small.ipynb").write_text(nbformat.writes(student(SMALL)))
    (tmp_path / "notes.txt").write_text("not a submission")
    (tmp_path / ".hidden.ipynb").write_text(text)
    return tmp_path


def test_a_student_is_a_notebook_or_a_folder(folder):
    found = find(folder, SETS)
    assert [(s.student, s.file, s.exercises, s.problem) for s in found] == [
        ("ada", "ada.ipynb", "small", ""),
        ("bob", "bob/small.ipynb", "small", ""),
    ]
    assert all(s.checksum for s in found)


def test_nobody_is_forgotten_in_silence(folder):
    (folder / "cleo").mkdir()
    (folder / "dan.ipynb").write_text("{")
    other = notebook()
    other["metadata"]["vae_course"] = {"set": "unknown"}
    (folder / "eve.ipynb").write_text(json.dumps(other))
    (folder / "fay").symlink_to(folder / "bob")
    problems = {s.student: s.problem for s in find(folder, SETS) if s.problem}
    assert "holds no notebook" in problems["cleo"]
    assert "no valid JSON" in problems["dan"]
    assert "known are small" in problems["eve"]


def test_two_notebooks_for_one_set_are_refused(folder):
    (folder / "bob" / "small (1).ipynb").write_text(nbformat.writes(solution(SMALL)))
    bobs = [s for s in find(folder, SETS) if s.student == "bob"]
    assert len(bobs) == 2
    assert all("several notebooks" in s.problem and not s.answers for s in bobs)


def test_hostile_names_are_kept_as_they_are(folder):
    for name in ("=cmd|' -C calc'!A0", "<script>alert(1)</script>", "a\nb", "..", "x" * 200):
        if name != "..":
            (folder / f"{name.replace('/', '-')}.ipynb").write_text(nbformat.writes(solution(SMALL)))
    found = find(folder, SETS)
    assert len(found) == 6
    assert all(not s.problem for s in found)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(NotADirectoryError, match="holds the class's submissions"):
        find(tmp_path / "nowhere", SETS)
