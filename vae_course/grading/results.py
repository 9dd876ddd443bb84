"""What grading finds, as plain records: per question points and reasons, per submission its questions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vae_course.files import write_whole


@dataclass(frozen=True)
class QuestionResult:
    """One question of one submission.

    Attributes:
        number, title, of: which question, and its points.
        points: earned.
        status: "full", "partial" or "none".
        reasons: why points are missing, one sentence a failed test; never a line of a hidden test.
        checks: what the visible checks of this question say beside the student's code, where they fail.
        hint: the question's hint, which students may see.
        seconds: spent on its cells.
    """

    number: int
    title: str
    of: int
    points: int
    status: str
    reasons: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    hint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class SubmissionResult:
    """One student's notebook for one exercise set.

    Attributes:
        student: the name of the student's file or folder, as it is.
        exercises: the set's name.
        file: where the notebook was, relative to the folder of submissions.
        status: "graded", or "refused" where the file could not be read as a notebook; then all points are 0.
        problem: why it was refused.
        notes: what was unusual and how it was taken: missing, doubled or renamed cells.
        questions: in the set's order.
        key: checksum of all that the result depends on; an unchanged one need not be graded again.
        sandbox: what bounded memory and processes, or "none" where `--unsafe` was said.
        seconds: in all.
    """

    student: str
    exercises: str
    file: str
    status: str
    problem: str
    notes: list[str]
    questions: list[QuestionResult]
    key: str = ""
    sandbox: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> int:
        """Points earned."""
        return sum(question.points for question in self.questions)

    @property
    def of(self) -> int:
        """Points that could be earned."""
        return sum(question.of for question in self.questions)


def save(result: SubmissionResult, path: Path) -> None:
    """Write one result as JSON, whole or not at all."""
    write_whole({path: json.dumps(asdict(result), indent=1) + "\n"})


def save_all(results: list[SubmissionResult], path: Path) -> None:
    """Write results.json: a list of submissions, each with its points beside the fields of SubmissionResult."""
    rows = [{"points": result.points, "of": result.of} | asdict(result) for result in results]
    write_whole({path: json.dumps(rows, indent=1) + "\n"})


def load(path: Path) -> SubmissionResult:
    """Read what `save` wrote. Raises ValueError if the file holds something else."""
    try:
        return from_record(json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path} is no result of grading: {error}") from error


def load_all(path: Path) -> list[SubmissionResult]:
    """Read results.json. Raises ValueError if the file holds something else."""
    try:
        return [from_record(record) for record in json.loads(path.read_text(encoding="utf-8"))]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no results.json of grading: {error}") from error


def from_record(record: dict[str, Any]) -> SubmissionResult:
    """Rebuild a result from its JSON object."""
    fields = {key: value for key, value in record.items() if key not in ("points", "of")}
    questions = [QuestionResult(**question) for question in fields.pop("questions")]
    if not all(type(n) is int for q in questions for n in (q.number, q.of, q.points)):
        raise TypeError("numbers of questions and points are whole numbers")
    return SubmissionResult(questions=questions, **fields)
