"""Hostile answers: what they return is judged like an honest one's, and what they say can be shown to anybody."""

import numpy as np
import pytest

from tests.grading.hostile.attacks import GENTLE, SOURCES, VALUES, WORDS
from tests.grading.hostile.tasks import COUNT, LIMITS, RIGHT, graded, problems
from vae_course.grading import same
from vae_course.grading.sandbox import Worker

pytestmark = pytest.mark.xdist_group("hostile answers")


def packed(attacks: dict[str, str]) -> list[dict[str, str]]:
    """All but one question of a submission for attacks; the last answer is honest."""
    items = list(attacks.items())
    return [dict(items[start : start + COUNT - 1]) for start in range(0, len(items), COUNT - 1)]


def first(attacks: dict[str, str]) -> str:
    return next(iter(attacks)).replace(" ", "-")


def check(outcome, names) -> None:
    """No point for an attack, a reason for each, and the honest answer at the end has its point."""
    found = {
        name: wrong
        for number, name in enumerate(names, 1)
        if (wrong := problems(outcome, number) + ["a point"] * outcome.points[number])
    }
    assert not found
    assert outcome.points[COUNT] == 1


def test_there_are_attacks_enough():
    assert sum(map(len, GENTLE.values())) + len(SOURCES) > 100


@pytest.mark.parametrize("kind", GENTLE)
def test_a_worker_under_attack_answers_in_words_or_wrong_values_and_goes_on(server, tmp_path, kind):
    """What a hidden test does with an answer, without a kernel around it: this takes milliseconds an attack."""
    worker = Worker(server.path, tmp_path / "log", LIMITS)
    earned = []
    for number, (name, source) in enumerate(GENTLE[kind].items()):
        worker.run("clear", "double = None")
        worker.run(name, source)
        x = np.random.default_rng([7, number]).normal(size=2)
        for given in (np.array([2.0, 3.0]), x):  # as the visible check, and then the hidden test
            try:
                same(worker.call("double", given), given + given, "double")
            except AssertionError as error:
                assert 5 < len(str(error)) < 2500  # noqa: PT017
            else:
                earned += [name] * (given is x)
        assert not worker.dead, name
    assert worker.run("honest", RIGHT) == ""
    assert worker.call("double", x).tolist() == (2 * x).tolist()
    worker.close()
    assert earned == []


def test_the_right_answers_get_all_points(server):
    assert graded(server.path, []).points == dict.fromkeys(range(1, COUNT + 1), 1)


ODD = (
    "half a character",
    "half a character as a key",
    "ten to the 400",
    "nested a hundred times",
    "objects in an array",
)


@pytest.mark.parametrize("attacks", [{name: VALUES[name] for name in ODD}, *packed(WORDS)], ids=first)
def test_what_is_answered_and_said_earns_nothing_and_can_be_shown(server, attacks):
    check(graded(server.path, list(attacks.values())), attacks)


@pytest.mark.parametrize("attacks", packed(SOURCES), ids=first)
def test_odd_sources_earn_nothing_and_get_a_reason(server, attacks):
    sources = [source.replace("K", str(number)) for number, source in enumerate(attacks.values(), 1)]
    check(graded(server.path, sources, plain=True), attacks)


def test_the_next_honest_submission_gets_all_points(server):
    assert sum(graded(server.path, []).points.values()) == COUNT
