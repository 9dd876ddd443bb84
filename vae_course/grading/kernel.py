"""What a graded notebook calls in the trusted kernel: it holds the worker and never runs a student's code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_course.grading.sandbox import AnswerError, Limits, Worker
from vae_course.grading.seeds import set_seed

JOB = "VAE_COURSE_GRADING_JOB"
"""Environment variable of the kernel that names its job, a JSON file."""


class Answers:
    """The student's side of one submission, reached from the kernel through its cells' ids.

    Args:
        job: server's socket, log, limits, library, grading seed, and the source of every cell that runs beside the
            student's code, by id; and the file that says which tests passed.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        set_seed(job["seed"])
        self.sources: dict[str, str] = job["sources"]
        self.worker = Worker(
            Path(job["server"]),
            Path(job["log"]),
            Limits(**job["limits"]),
            tuple(job["library"]),
            unsafe=job["unsafe"],
        )
        self.record = Path(job["passed"])

    def run(self, cell: str) -> None:
        """Run a cell beside the student's code. Raises AnswerError with what went wrong."""
        if problem := self.worker.run(cell, self.sources[cell]):
            raise AnswerError(problem)

    def define(self, cell: str, names: list[str]) -> tuple[Callable[..., Any], ...]:
        """Run a cell that defines functions, and return them; where the cell failed, each call says so."""
        problem = self.worker.run(cell, self.sources[cell])
        return tuple(_broken(problem) if problem else self.worker.function(name) for name in names)

    def passed(self, test: str) -> None:
        """Say that a test ran to its end; the last line of each calls this, and without it there are no points."""
        with self.record.open("a", encoding="utf-8") as file:
            file.write(f"{test}\n")


def begin() -> Answers:
    """Take the job that the environment names."""
    return Answers(json.loads(Path(os.environ.pop(JOB)).read_text(encoding="utf-8")))


def _broken(problem: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        raise AnswerError(problem)

    return call
