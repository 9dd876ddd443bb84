"""A whole class: every submission graded once, in parallel, and again only if something changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tqdm import tqdm

from vae_course.files import write_whole
from vae_course.grading.engine import Graded, grade
from vae_course.grading.export import grades_csv
from vae_course.grading.format import ExerciseSet, grade_id, role
from vae_course.grading.release import autograder
from vae_course.grading.results import QuestionResult, SubmissionResult, load, save, save_all
from vae_course.grading.sandbox import Limits, SandboxError, Server, Worker
from vae_course.grading.scratch import scratch_folder
from vae_course.grading.submissions import Submission, find
from vae_course.grading.warm import Kernels

ATTEMPTS = 2
"""How often a submission is graded alone after the process died that may have been grading it."""

VERSION = 1
"""Raised when the same submission would be graded otherwise, so that old results are not taken over."""


CODE = ("setup", "solution", "observe", "visible", "verify")
"""The roles of a question's code cells."""


@dataclass(frozen=True)
class Task:
    """A submission, its set if it is known, the checksum of its result, and the folder for it."""

    submission: Submission
    exercises: ExerciseSet | None
    key: str
    place: Path


@dataclass(frozen=True)
class Setting:
    """What is the same for all submissions of a run: where workers and kernels are, what bounds them, seed, limits."""

    server: Path
    jupyter_path: str
    sandbox: str
    seed: int
    limits: Limits


@dataclass(frozen=True)
class Batch:
    """What one run of the grader did.

    Attributes:
        results: every submission's, in the order of students and sets.
        graded: how many were graded now; the others were taken over from an earlier run.
        sandbox: what bounded memory and processes: "cgroup v2", "cgroup v1" or "rlimit".
    """

    results: list[SubmissionResult]
    graded: int
    sandbox: str


def grade_folder(
    folder: Path,
    sets: dict[str, ExerciseSet],
    out: Path,
    *,
    jobs: int,
    seed: int,
    limits: Limits | None = None,
    unsafe: bool = False,
) -> Batch:
    """Grade all submissions in `folder` and write grades.csv, results.json and a log each to `out`.

    Every finished submission is written at once, so that a run that was killed goes on where it stopped. One submission
    that breaks its process costs its own points and nothing else.

    Args:
        folder: one notebook or one sub-folder a student.
        sets: exercise sets by name.
        out: where results go; made if it is missing.
        jobs: submissions at a time.
        seed: of the hidden tests' inputs, kept from students.
        limits: of each submission.
        unsafe: run the answers without a sandbox, which is stamped on every result.

    Raises:
        SandboxError: no sandbox can be had here.
        NotADirectoryError: `folder` is none.
    """
    limits = limits or Limits()
    results, todo = [], []
    for submission in find(folder, sets):
        exercises = sets.get(submission.exercises)
        key = _key(submission, exercises, seed, limits, unsafe)
        task = Task(submission, exercises, key, out / "submissions" / _slug(submission))
        earlier = None
        with contextlib.suppress(OSError, ValueError):
            earlier = load(task.place / "result.json")
        if earlier and earlier.key == key:
            results.append(earlier)
        else:
            todo.append(task)
    sandbox = next((result.sandbox for result in results if result.sandbox), "")
    if todo:
        with (
            _servers(limits, unsafe) as (server, sandbox),
            tqdm(total=len(results) + len(todo), initial=len(results), desc="grading") as bar,
        ):
            for result in _graded(
                todo, jobs, Setting(server, os.environ["JUPYTER_PATH"], sandbox, seed, limits)
            ):
                results.append(result)
                bar.update()
    results.sort(key=lambda result: (result.student, result.exercises, result.file))
    save_all(results, out / "results.json")
    write_whole({out / "grades.csv": grades_csv(results)})
    return Batch(results, len(todo), sandbox)


@contextlib.contextmanager
def _servers(limits: Limits, unsafe: bool) -> Iterator[tuple[Path, str]]:
    """The two warm processes, once a sandbox has been seen to work; yields the workers' socket and what bounds them."""
    with Server() as workers, Kernels() as kernels:  # both import torch at the same time
        with scratch_folder() as folder:
            trial = Worker(workers.path, Path(folder) / "trial.log", limits, unsafe=unsafe)
            if problem := trial.run("trial", "import numpy, torch"):
                raise SandboxError(f"the sandbox works, but Python does not in it: {problem}")
            trial.close()
        assert kernels.path.exists()
        yield workers.path, trial.kind


def _graded(todo: list[Task], jobs: int, setting: Setting) -> Iterator[SubmissionResult]:
    """Grade in `jobs` processes; where one dies, what it may have died of is graded again, each alone.

    No student's code runs in those processes, so that a death is never an answer's fault: it is no grade.
    """
    broken = []
    with _pool(min(jobs, len(todo))) as pool:
        futures = {pool.submit(one, task, setting): task for task in todo}
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                broken.append(futures[future])
    for task in broken:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(BrokenProcessPool), _pool(1) as pool:
                yield pool.submit(one, task, setting).result()
                break
        else:
            result = _no_grade(task, "the process that graded it died")
            save(result, task.place / "result.json")
            yield result


def _pool(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["vae_course.grading.engine"])  # import pytest and nbval once
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_the_batch)


def _end_with_the_batch() -> None:
    """End this process of the pool when the one that started it is killed, which by itself it would not notice."""

    def watch() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def one(task: Task, setting: Setting) -> SubmissionResult:
    """Grade one submission and write its result and its log to its folder."""
    os.environ["JUPYTER_PATH"] = setting.jupyter_path  # the processes of the pool are older than the kernels
    task.place.mkdir(parents=True, exist_ok=True)
    if task.submission.problem or task.exercises is None:
        result = _refused(task.submission, task)
    else:
        began = time.perf_counter()
        try:
            with scratch_folder() as folder:
                graded = grade(
                    task.exercises,
                    task.submission.answers,
                    Path(folder),
                    setting.server,
                    seed=setting.seed,
                    limits=setting.limits,
                    unsafe=setting.sandbox == "none",
                )
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(Path(folder) / "output.log", task.place / "output.log")
        except (
            Exception
        ) as error:  # an error of ours: never the end of the batch, and tried again by the next run
            result = _no_grade(task, f"{type(error).__name__}: {error}")
        else:
            result = _result(task, graded, setting.sandbox, time.perf_counter() - began)
    save(result, task.place / "result.json")
    return result


def _result(task: Task, graded: Graded, sandbox: str, seconds: float) -> SubmissionResult:
    submission, exercises = task.submission, task.exercises
    questions = []
    for question in exercises.questions:
        cells = {kind: [graded.outcomes[grade_id(c)] for c in question.cells[kind]] for kind in CODE}
        failed = {kind: [o.reason for o in cells[kind] if o.status != "passed"] for kind in CODE}
        points = graded.points[question.number]
        questions.append(
            QuestionResult(
                question.number,
                question.title,
                question.points,
                points,
                "full" if points == question.points else "partial" if points else "none",
                list(dict.fromkeys(failed["verify"])),
                list(dict.fromkeys(failed["visible"])),
                question.hint,
                round(sum(outcome.seconds for kind in CODE for outcome in cells[kind]), 3),
            )
        )
    return SubmissionResult(
        submission.student,
        exercises.name,
        submission.file,
        "graded",
        "",
        submission.notes,
        questions,
        task.key,
        sandbox,
        round(seconds, 3),
    )


def _refused(submission: Submission, task: Task) -> SubmissionResult:
    questions = [
        QuestionResult(q.number, q.title, q.points, 0, "none", [submission.problem], [], q.hint)
        for q in (task.exercises.questions if task.exercises else ())
    ]
    return SubmissionResult(
        submission.student,
        submission.exercises,
        submission.file,
        "refused",
        submission.problem,
        submission.notes,
        questions,
        task.key,
    )


def _no_grade(task: Task, why: str) -> SubmissionResult:
    """The result where our own half failed; without a key the next run grades it again."""
    problem = f"grading failed ({why}); run the same command again"
    return replace(_refused(replace(task.submission, problem=problem), task), key="")


def _key(
    submission: Submission, exercises: ExerciseSet | None, seed: int, limits: Limits, unsafe: bool
) -> str:
    """A checksum of all that a result depends on. The seed is in it, but cannot be read from it."""
    tests = autograder(exercises).cells if exercises else []
    cells = [(role(cell), grade_id(cell), cell.source) for cell in tests]
    parts = [VERSION, asdict(submission), cells, seed, asdict(limits), unsafe]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _slug(submission: Submission) -> str:
    """A folder name for a file of any name: what is harmless in it, and a checksum of all of it."""
    harmless = re.sub(r"[^A-Za-z0-9]+", "-", submission.file).strip("-")[:60]
    return f"{harmless}-{hashlib.sha256(submission.file.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"
