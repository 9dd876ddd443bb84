"""A class with attackers: the batch finishes, honest students keep their points, and nothing is left behind.

What single answers may try is tested in `test_answers.py` and `test_processes.py`; these do damage, or forge the file.
"""

import json
from pathlib import Path

import nbformat
import pytest

from tests.grading.small import SOURCE
from vae_course.grading.batch import grade_folder
from vae_course.grading.format import grade_id, parse_source, role
from vae_course.grading.release import student
from vae_course.grading.sandbox import Limits, Server

pytestmark = [
    pytest.mark.needs_sandbox,
    pytest.mark.xdist_group("hostile"),
]
SETS = {"small": parse_source(SOURCE, "small")}
RIGHT = {"q1-double": "def double(x):\n    return x + x", "q2-half": "def half(x):\n    return 0.5 * x"}
HONEST = ("000 first", "105 middle", "999 last")
WRONG = "def double(x):\n    return 0.0\n"
ATTACKS = {
    "fork bomb": "import os\ndef double(x):\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
    "memory bomb": "def double(x):\n    held = []\n    while True: held.append(bytearray(b'x') * 10**7)\n",
    "endless loop in the cell": "while True: pass\n",
    "endless output": "def double(x):\n    while True: print('x' * 10**6)\n",
    "stop itself": "import os, signal\ndef double(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n",
    "full disk": "def double(x):\n    for folder in ('/tmp', '/home', '/dev/shm'):\n"
    "        with open(folder + '/full', 'wb') as file:\n            while True: file.write(bytes(10**6))\n",
    "kill everybody": "import os\ndef double(x):\n    for pid in (1, os.getppid(), -1):\n"
    "        try: os.kill(pid, 9)\n        except OSError: pass\n    return 0.0\n",
    "daemon": "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        os.execv('/usr/bin/sleep', ['sleep', '98765'])\n    os._exit(0)\n" + WRONG,
    "HTML and formulas": "def double(x):\n    raise ValueError('=cmd|x!A0 <script>alert(1)</script>')\n",
    "not Python": "this is no Python\n",
}


def notebook(**answers: str) -> dict:
    made = student(SETS["small"])
    for cell in made.cells:
        if role(cell) == "solution":
            cell.source = (RIGHT | {k.replace("_", "-"): v for k, v in answers.items()})[grade_id(cell)]
    return json.loads(nbformat.writes(made))


def forged() -> dict[str, dict]:
    """Attacks on the file rather than in an answer: all answers are the stubs that were handed out."""
    empty = json.loads(nbformat.writes(student(SETS["small"])))

    def changed(change) -> dict:
        copy = json.loads(json.dumps(empty))
        for cell in copy["cells"]:
            if cell["cell_type"] == "code":
                change(cell)
        return copy

    def passing_tests(cell):
        if "test" in cell["id"]:
            cell["source"] = "pass"

    def more_points(cell):
        cell["metadata"].setdefault("nbgrader", {})["points"] = 1000

    def all_solutions(cell):
        cell["metadata"]["nbgrader"] = {
            "grade": True,
            "solution": True,
            "points": 1000,
            "grade_id": cell["id"],
        }

    def outputs(cell):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3 points"}]
        cell["execution_count"] = None

    files = {
        "edited tests": changed(passing_tests),
        "edited points": changed(more_points),
        "every cell a solution": changed(all_solutions),
        "forged outputs": changed(outputs),
    }
    files["forged header"] = changed(lambda cell: None)
    files["forged header"]["metadata"]["vae_course"] |= {"points": 1000, "results": {"points": 1000}}
    return files


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for name in HONEST:
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook()))
    for number, (name, source) in enumerate(ATTACKS.items()):
        (folder / f"{100 + number} {name}.ipynb").write_text(json.dumps(notebook(q1_double=source)))
    for name, content in forged().items():
        (folder / f"400 {name}.ipynb").write_text(json.dumps(content))
    out = tmp_path_factory.mktemp("out")
    limits = Limits(memory=2**29, processes=40, call_seconds=2, total_seconds=8)
    batch = grade_folder(folder, SETS, out, jobs=1, seed=5, limits=limits)
    return {result.student[4:].strip(): result for result in batch.results}, out


@pytest.mark.parametrize("name", [name[4:] for name in HONEST])
def test_honest_students_get_full_marks_whoever_was_graded_before(graded, name):
    assert [question.points for question in graded[0][name].questions] == [2, 1]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing_and_is_answered_in_words(graded, name):
    result = graded[0][name]
    first, second = result.questions
    assert result.status == "graded"
    assert first.points == 0
    assert second.points in (0, 1)
    for question in (first, second):
        for reason in question.reasons:
            assert 5 < len(reason) < 3000
            assert "Traceback" not in reason
            assert "hidden_input" not in reason
    assert first.reasons


@pytest.mark.parametrize("name", forged())
def test_a_forged_file_earns_nothing(graded, name):
    result = graded[0][name]
    assert result.points == 0
    assert result.of == 3


def test_nothing_is_left_behind(graded):
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"98765" in _content(p)]
    assert not left
    with Server():  # sweeps away what killed graders left
        groups = [path.name for path in Path("/sys/fs/cgroup").glob("**/vae-course-*")]
    assert not [name for name in groups if not Path("/proc", name.split("-")[2]).exists()]


def test_logs_are_bounded(graded):
    assert max(log.stat().st_size for log in graded[1].glob("submissions/*/output.log")) <= 65536


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
