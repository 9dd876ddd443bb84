"""A class graded: points, reasons, resumption, and what one bad submission does to the others: nothing."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import pytest

from tests.grading.sandbox.tools import descendants, soon
from tests.grading.small import SOURCE
from vae_course.grading.batch import grade_folder
from vae_course.grading.format import parse_source
from vae_course.grading.release import autograder, student
from vae_course.grading.sandbox import Limits, SandboxError

pytestmark = [
    pytest.mark.needs_sandbox,
    pytest.mark.xdist_group("batch"),
]
SETS = {"small": parse_source(SOURCE, "small")}
LIMITS = Limits(memory=2**29, call_seconds=3, total_seconds=20)
RIGHT = {"q1-double": "def double(x):\n    return x + x", "q2-half": "def half(x):\n    return 0.5 * x"}


def hand_in(path, **answers: str) -> None:
    """Write a submission with the right answers, but for those given."""
    notebook = student(SETS["small"])
    written = autograder(SETS["small"], RIGHT | {k.replace("_", "-"): v for k, v in answers.items()})
    for cell, filled in zip(notebook.cells, written.cells, strict=True):
        if cell.metadata.get("vae_course", {}).get("role") == "solution":
            cell.source = filled.source
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "ada.ipynb")
    hand_in(folder / "bob" / "small.ipynb", q2_half="def half(x):\n    return x")
    hand_in(folder / "cleo.ipynb", q1_double="import os\nos._exit(0)")
    hand_in(folder / "dan.ipynb", q1_double="def double(x):\n    while True: pass")
    hand_in(
        folder / "eve.ipynb",
        q1_double="this is no Python",
        q2_half="def half(x):\n    print('hello')\n    return x / 2",
    )
    (folder / "fay.ipynb").write_text("{")
    out = tmp_path_factory.mktemp("out")
    batch = grade_folder(folder, SETS, out, jobs=2, seed=11, limits=LIMITS)
    return folder, out, batch


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def points(batch) -> dict[str, list[int]]:
    return {result.student: [question.points for question in result.questions] for result in batch.results}


def test_points_are_given_for_what_is_right_and_for_nothing_else(graded):
    assert points(graded[2]) == {
        "ada": [2, 1],
        "bob": [2, 0],
        "cleo": [0, 0],
        "dan": [0, 0],  # the endless call ends the worker
        "eve": [0, 1],
        "fay": [],
    }


def test_every_loss_has_a_readable_reason(graded):
    reasons = {r.student: [q.reasons for q in r.questions] for r in graded[2].results}
    assert "half" in reasons["bob"][1][0]
    assert "is right" in reasons["bob"][1][0]
    assert reasons["cleo"][0] == ["the process that runs the answers ended itself"]
    assert reasons["dan"][0] == ["one call took longer than 3 seconds"]
    assert "SyntaxError" in reasons["eve"][0][0]
    (fay,) = [r for r in graded[2].results if r.student == "fay"]
    assert (fay.status, fay.problem) == ("refused", "this is not a notebook: it is no valid JSON text")
    assert all("hidden_input" not in reason for group in reasons.values() for rs in group for reason in rs)


def test_what_bounded_the_answers_is_stamped_on_the_results(graded):
    assert graded[2].sandbox in ("cgroup v1", "cgroup v2", "rlimit")
    assert all(r.sandbox == graded[2].sandbox for r in graded[2].results if r.status == "graded")


def test_tables_and_logs_are_written(graded):
    _, out, batch = graded
    rows = json.loads((out / "results.json").read_text())
    assert [(row["student"], row["points"], row["of"]) for row in rows][:2] == [("ada", 3, 3), ("bob", 2, 3)]
    table = list(csv.reader(io.StringIO((out / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert len(table) == 1 + len(batch.results)
    assert any(log.read_text() == "hello\n" * 2 for log in out.glob("submissions/eve-*/output.log"))


def test_only_what_changed_is_graded_again(graded, tmp_path):
    folder, out, before = graded
    copy = tmp_path / "class"
    shutil.copytree(folder, copy)
    hand_in(copy / "bob" / "small.ipynb")
    again = grade_folder(copy, SETS, shutil.copytree(out, tmp_path / "out"), jobs=2, seed=11, limits=LIMITS)
    assert again.graded == 1
    assert points(again) == points(before) | {"bob": [2, 1]}
    unchanged = grade_folder(folder, SETS, out, jobs=2, seed=11, limits=LIMITS)
    assert unchanged.graded == 0
    assert unchanged.results == before.results


@pytest.mark.parametrize("kill", [os.killpg, os.kill], ids=["with its group", "alone"])
def test_a_killed_run_leaves_nothing_behind_and_goes_on_where_it_stopped(graded, tmp_path, kill):
    folder, _, before = graded
    program = (
        "from pathlib import Path\n"
        "from tests.grading.test_batch import LIMITS, SETS, grade_folder\n"
        f"grade_folder(Path({str(folder)!r}), SETS, Path({str(tmp_path)!r}), jobs=1, seed=11, limits=LIMITS)\n"
    )
    script = tmp_path / "run.py"
    script.write_text(f"if __name__ == '__main__':\n    exec({program!r})\n")
    process = subprocess.Popen(
        [sys.executable, str(script)], start_new_session=True, env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("submissions/*/result.json"))) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    family = descendants(process.pid)
    assert len(family) > 3
    kill(process.pid, signal.SIGKILL)
    process.wait()
    assert soon(lambda: not any(is_alive(member) for member in family))
    done = len(list(tmp_path.glob("submissions/*/result.json")))
    assert 2 <= done < 6
    resumed = grade_folder(folder, SETS, tmp_path, jobs=2, seed=11, limits=LIMITS)
    assert resumed.graded == 6 - done
    assert points(resumed) == points(before)


def test_without_a_sandbox_it_refuses_unless_told_otherwise(graded, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    hand_in(folder / "ada.ipynb")
    real = shutil.which
    monkeypatch.setenv("PATH", str(tmp_path))  # no bwrap there, for the server neither
    monkeypatch.setattr(os, "defpath", str(tmp_path))
    assert real("bwrap") is None
    with pytest.raises(SandboxError, match="bubblewrap is not installed"):
        grade_folder(folder, SETS, tmp_path / "out", jobs=1, seed=1, limits=LIMITS)
    batch = grade_folder(folder, SETS, tmp_path / "out", jobs=1, seed=1, limits=LIMITS, unsafe=True)
    assert points(batch) == {"ada": [2, 1]}
    assert batch.sandbox == "none"
    assert [result.sandbox for result in batch.results] == ["none"]


def test_a_failure_of_our_own_is_no_grade_and_is_tried_again(tmp_path, monkeypatch):
    from vae_course.grading import batch
    from vae_course.grading.engine import GradingError

    def broken(*arguments, **named):
        raise GradingError("begin: no kernel")

    folder, place = tmp_path / "class", tmp_path / "out"
    hand_in(folder / "ada.ipynb")
    (submission,) = batch.find(folder, SETS)
    task = batch.Task(submission, SETS["small"], "key", place)
    monkeypatch.setattr(batch, "grade", broken)
    result = batch.one(task, batch.Setting(place, "", "cgroup v1", 0, LIMITS))
    assert (result.status, result.points, result.key) == ("refused", 0, "")
    assert "run the same command again" in result.problem


def pool_processes() -> list[int]:
    """The processes that grade, of the batch that runs in this process."""
    return [child for child in descendants(forkserver._forkserver._forkserver_pid or 0) if is_alive(child)]


@pytest.mark.parametrize("deaths", [1, 3], ids=["once", "whenever it is tried"])
def test_a_death_of_our_own_process_is_tried_again_and_never_costs_points(tmp_path, deaths):
    folder = tmp_path / "class"
    hand_in(folder / "ada.ipynb", q1_double="import time\ntime.sleep(1.5)\ndef double(x):\n    return x + x")
    killed = []

    def kill() -> None:
        while len(killed) < deaths:
            for process in pool_processes():
                time.sleep(0.5)  # in the middle of its work
                os.kill(process, signal.SIGKILL)
                killed.append(process)
            time.sleep(0.05)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    (result,) = grade_folder(folder, SETS, tmp_path / "out", jobs=1, seed=1, limits=LIMITS).results
    killer.join()
    if deaths == 1:
        assert (result.status, result.points) == ("graded", 3)
    else:
        assert (result.status, result.key) == ("refused", "")
        assert "run the same command again" in result.problem
        again = grade_folder(folder, SETS, tmp_path / "out", jobs=1, seed=1, limits=LIMITS)
        assert points(again) == {"ada": [2, 1]}
