"""What hidden tests say when they stumble over an answer: nothing of themselves."""

import ast

import pytest

from tests.grading.hostile.tasks import HEAD, LIMITS, QUESTION
from vae_course.grading.engine import grade
from vae_course.grading.format import parse_source, without_magics

pytestmark = pytest.mark.xdist_group("hostile answers")

# Each verify cell handles an answer itself before it compares, as some of the course's own do.
STUMBLES = {
    "array(doubleK(hidden_input))": "'text'",
    "array(doubleK(hidden_input)['a'])": "{'a': 'text'}",
    "next(iter(doubleK(hidden_input)))": "[]",
    "doubleK(hidden_input)['a']": "{}",
    "doubleK(hidden_input)['a']['b']": "{'a': 1}",
    "doubleK(hidden_input)[5]": "[]",
    "doubleK(hidden_input) + hidden_input": "'text'",
    "np.linalg.inv(doubleK(hidden_input))": "[[0.0]]",
}


def test_a_hidden_test_that_stumbles_does_not_show_itself(server, tmp_path):
    text, answers = HEAD.replace("COUNT", str(len(STUMBLES))), {}
    text = text.replace("import fresh, same", "import array, fresh, same")
    for k, (call, value) in enumerate(STUMBLES.items(), 1):
        test = QUESTION.replace("same(doubleK(hidden_input), h", f"same({call}, h").replace("K", str(k))
        text += test
        answers[f"q{k}-double"] = f"def double{k}(x):\n    return {value}"
    exercises = parse_source(text, "six")
    outcome = grade(exercises, answers, tmp_path, server.path, seed=3, limits=LIMITS)
    reasons = {k: outcome.outcomes[f"q{k}-test"].reason for k in range(1, len(STUMBLES) + 1)}
    assert sum(outcome.points.values()) == 0
    assert not [k for k, reason in reasons.items() if not reason or "hidden" in reason or "HIDDEN" in reason]


@pytest.mark.parametrize("source", ["y = (10\n     % 3)", "y = '''\n%s\n''' % 1", "y = '''\n!\n'''"])
def test_honest_lines_that_look_like_magics_stay(source):
    assert ast.dump(ast.parse(without_magics(source))) == ast.dump(ast.parse(source))
