"""The course's own sets, graded as a class is: the reference, other right answers, and a wrong one for each test.

All wrong answers are tried in `tests/exercises`, on the same tests and without a sandbox.
"""

import functools
from pathlib import Path

import nbformat
import pytest

from tests.exercises.mutants import MUTANTS, Mutant
from tests.exercises.runner import SETS, reference, written_otherwise
from vae_course.grading.batch import grade_folder
from vae_course.grading.format import grade_id, role
from vae_course.grading.release import student

pytestmark = pytest.mark.needs_sandbox
ANSWERS = Path(__file__).parents[1] / "exercises" / "answers"
OTHERS = {name: sorted((ANSWERS / name).glob("*.py")) for name in SETS}


def wrong(name: str) -> dict[str, Mutant]:
    """By test, the first wrong answer that fails this test and no other; where there is none, one that fails it too."""
    chosen: dict[str, Mutant] = {}
    for mutant in sorted(MUTANTS[name], key=lambda mutant: len(mutant.lost)):
        for test in mutant.lost:
            chosen.setdefault(test, mutant)
    return chosen


WRONG = {name: wrong(name) for name in SETS}


def hand_in(folder: Path, who: str, name: str, answers: dict[str, str]) -> None:
    """Write a student's notebook with these answers; without any it is as it was handed out."""
    notebook = student(SETS[name])
    for cell in notebook.cells:
        if role(cell) == "solution" and grade_id(cell) in answers:
            cell.source = answers[grade_id(cell)]
    path = folder / who / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(notebook))


def mutated(name: str, mutant: Mutant) -> dict[str, str]:
    answers = reference(SETS[name])
    return answers | {mutant.cell: answers[mutant.cell].replace(mutant.old, mutant.new)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A set's class, graded when it is first asked for: results by who handed in."""

    @functools.cache
    def results(name):
        folder = tmp_path_factory.mktemp("class")
        hand_in(folder, "reference", name, reference(SETS[name]))
        hand_in(folder, "untouched", name, {})
        for number, path in enumerate(OTHERS[name]):
            hand_in(folder, f"other-{number}", name, written_otherwise(SETS[name], path))
        for test, mutant in WRONG[name].items():
            hand_in(folder, f"wrong-{test}", name, mutated(name, mutant))
        batch = grade_folder(folder, SETS, tmp_path_factory.mktemp("out"), jobs=3, seed=2026)
        return {result.student: result for result in batch.results}

    return results


def together(name: str) -> pytest.MarkDecorator:
    """The tests of a set run in one process, so that its class is graded once."""
    return pytest.mark.xdist_group(f"course-{name}")


@pytest.mark.parametrize("name", [pytest.param(name, marks=together(name)) for name in SETS])
def test_right_answers_get_full_marks_and_nothing_gets_nothing(graded, name):
    results = graded(name)
    for who in ["reference", *(f"other-{number}" for number in range(len(OTHERS[name])))]:
        result = results[who]
        assert (result.points, result.of) == (20, 20), [q.reasons for q in result.questions]
        assert not any(q.reasons or q.checks for q in result.questions)
    assert results["untouched"].points == 0
    assert all("Still to write" in q.reasons[0] for q in results["untouched"].questions)


@pytest.mark.parametrize("name", [pytest.param(name, marks=together(name)) for name in SETS])
def test_wrong_answers_lose_the_points_of_their_tests_with_a_reason(graded, name):
    worth = {
        grade_id(c): c.metadata.nbgrader.points for c in SETS[name].notebook.cells if role(c) == "verify"
    }
    assert WRONG[name].keys() == worth.keys()
    for test, mutant in WRONG[name].items():
        result = graded(name)[f"wrong-{test}"]
        assert result.points == 20 - sum(worth[test] for test in mutant.lost), mutant.name
        assert all(bool(question.reasons) == (question.points < question.of) for question in result.questions)
        checks = " ".join(check for question in result.questions for check in question.checks)
        assert (mutant.says or "") in checks, mutant.name
