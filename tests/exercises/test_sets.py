"""An exercise is accepted if honest work gets its points, nothing gets none, and every known bug is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exercises.mutants import ELSEWHERE, MUTANTS, Mutant
from tests.exercises.runner import SETS, grade, reference, written_otherwise
from vae_course.grading.format import grade_id, role
from vae_course.grading.release import answers, student

ANSWERS = Path(__file__).parent / "answers"
OTHERS = {name: sorted((ANSWERS / name).glob("*.py")) for name in SETS}
KNOWN_BUGS = 19

each_set = pytest.mark.parametrize("name", SETS)
each_other = pytest.mark.parametrize(
    ("name", "path"),
    [pytest.param(n, path, id=f"{n}-{path.stem}") for n, paths in OTHERS.items() for path in paths],
)
each_mutant = pytest.mark.parametrize(
    ("name", "mutant"),
    [
        pytest.param(n, m, id=f"{n}-{m.cell}-{m.name.replace(' ', '_')}")
        for n, ms in MUTANTS.items()
        for m in ms
    ],
)


@each_set
@pytest.mark.parametrize("apart", [True, False], ids=["two-namespaces", "as-in-nbgrader"])
def test_reference_gets_full_marks_on_every_seed(name: str, apart: bool) -> None:
    for seed in range(10):
        grades = grade(SETS[name], seed=seed, apart=apart)
        assert not grades.lost
        assert not grades.checks
        assert grades.total == SETS[name].points == 20


@each_set
def test_untouched_notebook_gets_nothing(name: str) -> None:
    grades = grade(SETS[name], answers(student(SETS[name])))
    assert set(grades.points.values()) == {0}
    assert all("Still to write" in reason for reason in grades.lost.values())
    # Every check of every question fails, and says what is to be written.
    checks = {grade_id(cell) for q in SETS[name].questions for cell in q.cells["visible"]}
    assert set(grades.checks) == checks
    assert all("Still to write" in reason for reason in grades.checks.values())


@each_set
def test_missing_cells_get_nothing(name: str) -> None:
    assert grade(SETS[name], {}).total == 0


@each_other
def test_other_correct_solutions_get_full_marks(name: str, path: Path) -> None:
    for seed in (0, 1, 2):
        grades = grade(SETS[name], written_otherwise(SETS[name], path), seed=seed)
        assert not grades.answers | grades.checks | grades.lost
        assert grades.total == SETS[name].points


@each_set
def test_three_other_solutions_are_tried(name: str) -> None:
    assert len(OTHERS[name]) >= 3


@each_set
def test_one_cell_left_out_costs_its_own_question_only(name: str) -> None:
    exercises, full = SETS[name], reference(SETS[name])
    for question in exercises.questions:
        for cell in question.cells["solution"]:
            rest = {key: source for key, source in full.items() if key != grade_id(cell)}
            points = grade(exercises, rest).points
            for other in exercises.questions:
                if other.number == question.number:
                    assert points[other.number] < other.points
                else:
                    assert points[other.number] == other.points


@each_set
def test_half_right_gets_part_of_the_points(name: str) -> None:
    """Where a question has two answers, the first alone earns something, and less than both."""
    exercises, full = SETS[name], reference(SETS[name])
    for question in exercises.questions:
        _, *others = question.cells["solution"]
        if others:
            answered = {key: full[key] for key in full if key not in {grade_id(cell) for cell in others}}
            assert 0 < grade(exercises, answered).points[question.number] < question.points


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # some wrong answers take log 0
@each_mutant
def test_wrong_answers_are_refused_with_a_reason(name: str, mutant: Mutant) -> None:
    submitted = reference(SETS[name])
    assert mutant.old in submitted[mutant.cell]
    submitted[mutant.cell] = submitted[mutant.cell].replace(mutant.old, mutant.new)
    for seed in (0, 1):
        grades = grade(SETS[name], submitted, seed=seed)
        assert set(grades.lost) == set(mutant.lost)
    assert bool(grades.checks) == (mutant.says is not None)
    assert (mutant.says or "") in " ".join(grades.checks.values())


def test_every_known_bug_is_refused_or_belongs_elsewhere() -> None:
    refused = {mutant.bug for mutants in MUTANTS.values() for mutant in mutants} - {0}
    assert refused.isdisjoint(ELSEWHERE)
    assert refused | set(ELSEWHERE) == set(range(1, KNOWN_BUGS + 1))


@each_set
def test_checks_and_tests_name_every_question(name: str) -> None:
    exercises = SETS[name]
    assert len(exercises.questions) >= 4
    assert all(question.hint for question in exercises.questions)
    roles = [role(cell) for cell in exercises.notebook.cells]
    assert roles.count("verify") >= len(exercises.questions)
