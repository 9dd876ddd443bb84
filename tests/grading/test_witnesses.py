"""A pass needs two witnesses: what nbval saw from outside, and the test that came to its end."""

import socket

import pytest
from jupyter_client.connect import LocalPortCache

from tests.grading.sandbox.tools import missing
from tests.grading.small import SOURCE
from vae_course.grading import engine
from vae_course.grading.engine import GradingError, grade
from vae_course.grading.format import parse_source
from vae_course.grading.sandbox import Limits, Server
from vae_course.grading.warm import Kernels

pytestmark = pytest.mark.xdist_group("witnesses")
LIMITS = Limits(memory=2**29, call_seconds=5, total_seconds=20)
RIGHT = {"q1-double": "def double(x):\n    return x + x", "q2-half": "def half(x):\n    return 0.5 * x"}


@pytest.fixture(scope="module")
def server():
    if reason := missing():
        pytest.skip(reason)
    with Server() as workers, Kernels() as kernels:
        assert kernels.path.exists()  # it is ready
        yield workers.path


def points(server, folder, source: str = SOURCE) -> dict[int, int]:
    return grade(parse_source(source, "small"), RIGHT, folder, server, seed=1, limits=LIMITS).points


def test_both_witnesses_give_the_points(server, tmp_path):
    assert points(server, tmp_path) == {1: 2, 2: 1}


def test_a_port_that_another_program_takes_first_costs_nothing(server, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(LocalPortCache, "find_available_port", lambda *_: taken.getsockname()[1])
        assert points(server, tmp_path) == {1: 2, 2: 1}


def test_a_test_whose_failure_nbval_cannot_see_is_no_pass(server, tmp_path):
    line = 'hidden_input = float(fresh("small q1").normal())'
    broken = SOURCE.replace(line, f'{line}\nraise ValueError("half a character: \\ud800")')
    with pytest.raises(GradingError, match="q1-test"):
        points(server, tmp_path, broken)


def test_without_the_line_of_the_test_itself_there_is_no_grade(server, tmp_path, monkeypatch):
    def without_the_line(complete):
        notebook, sources = trusted(complete)
        for cell in notebook.cells:
            cell.source = cell.source.replace("_answers.passed('q2-test')", "")
        return notebook, sources

    trusted = engine.trusted
    monkeypatch.setattr(engine, "trusted", without_the_line)
    with pytest.raises(GradingError, match="q2-test"):
        points(server, tmp_path)


def test_the_line_alone_gives_nothing(server, tmp_path, monkeypatch):
    def passed_before_it_fails(complete):
        notebook, sources = trusted(complete)
        for cell in notebook.cells:
            if cell.id == "q1-test":
                cell.source += "\nassert False, 'it failed afterwards'"
        return notebook, sources

    trusted = engine.trusted
    monkeypatch.setattr(engine, "trusted", passed_before_it_fails)
    assert points(server, tmp_path) == {1: 0, 2: 1}
