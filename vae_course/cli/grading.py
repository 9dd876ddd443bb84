"""The commands with which an instructor grades a class."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from vae_course.cli.say import NOTEBOOKS, fail

_GRADE = """\
Grade a folder of submissions: one notebook or one sub-folder a student, for one exercise set or for several.

  OUT/grades.csv      a row a student: points of each set, and all
  OUT/results.json    per question: points, of how many, why some are missing, how long it took
  OUT/submissions/    a folder for each submission: its result, and what its code printed
  OUT/seed            the seed of the hidden tests' inputs; students must not know it

Only the source of solution cells is taken from a submission. It runs under bubblewrap: no network, a read-only system,
a user of its own, bounded memory, processes and time. Tests run elsewhere and see its values alone.

Killed, it goes on where it stopped when it is started again. Only what changed is graded again.

  vae-course grade handed-in --out graded   handed-in/ada.ipynb, or handed-in/ada/02-elbo.ipynb and 04-digits.ipynb
"""

_FEEDBACK = """\
Write one HTML page a student, with points, reasons and hints, and one for the instructor: distribution, hardest
questions, causes of failure. Every page stands alone: no script, nothing from outside, no hidden test.

  vae-course feedback graded         graded/feedback/ada.html, with 02-elbo and every other set; graded/overview.html
"""

_EXPORT = """\
Write the grades as a table that another system imports: a row a student, a column a set, such as 02-elbo. Students
are named as their files are, so let those be the names or logins that the system knows. A name that a spreadsheet
would take for a formula gets an apostrophe in front.

  vae-course export graded --to moodle      graded/moodle.csv
"""


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `grade`, `feedback` and `export`."""
    form = argparse.RawDescriptionHelpFormatter
    grade = commands.add_parser(
        "grade", help="grade a class in a sandbox", description=_GRADE, formatter_class=form
    )
    grade.add_argument("folder", metavar="DIR", type=Path, help="the submissions")
    grade.add_argument("--out", metavar="OUT", type=Path, required=True, help="where results go")
    grade.add_argument(
        "--sources",
        metavar="SOURCE",
        nargs="+",
        type=Path,
        default=[],
        help="the sets' sources, or folders of them (default: exercises/source)",
    )
    grade.add_argument(
        "--jobs",
        metavar="N",
        type=_positive,
        default=2 * (os.cpu_count() or 1),
        help="submissions at a time (default: twice the cores, because kernels wait)",
    )
    grade.add_argument(
        "--seed", metavar="S", type=_seed, default=None, help="seed of the hidden tests (default: OUT/seed)"
    )
    grade.add_argument(
        "--memory", metavar="GIB", type=float, default=2.0, help="GiB a submission (default: 2)"
    )
    grade.add_argument(
        "--call-seconds", metavar="S", type=float, default=60.0, help="one call of a student's function (60)"
    )
    grade.add_argument(
        "--total-seconds", metavar="S", type=float, default=300.0, help="all of a submission's code (300)"
    )
    grade.add_argument(
        "--unsafe", action="store_true", help="without a sandbox, for answers you trust; stamped on results"
    )
    grade.set_defaults(run=_grade, needs=NOTEBOOKS)

    feedback = commands.add_parser(
        "feedback",
        help="a page for each student, and one for you",
        description=_FEEDBACK,
        formatter_class=form,
    )
    feedback.add_argument("graded", metavar="OUT", type=Path, help="the folder that `grade` wrote")
    feedback.add_argument("--pages", metavar="PAGES", type=Path, help="where to (default: OUT/feedback)")
    feedback.set_defaults(run=_feedback, needs=NOTEBOOKS)

    export = commands.add_parser(
        "export", help="grades for Moodle or Canvas", description=_EXPORT, formatter_class=form
    )
    export.add_argument("graded", metavar="OUT", type=Path, help="the folder that `grade` wrote")
    export.add_argument("--to", choices=("moodle", "canvas"), required=True, help="the system")
    export.add_argument("--file", metavar="FILE", type=Path, help="default: OUT/moodle.csv or OUT/canvas.csv")
    export.set_defaults(run=_export, needs=NOTEBOOKS)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("a whole number from 0 on")
    return value


def _grade(options: argparse.Namespace) -> int:
    from vae_course.cli.sources import read_sets
    from vae_course.grading.batch import grade_folder
    from vae_course.grading.format import FormatError
    from vae_course.grading.sandbox import Limits, SandboxError

    try:
        sets = {exercises.name: exercises for _, exercises in read_sets(options.sources)}
    except FormatError as error:
        return fail(str(error))
    limits = Limits(
        memory=int(options.memory * 2**30),
        call_seconds=options.call_seconds,
        total_seconds=options.total_seconds,
    )
    seed = _kept_seed(options.out, options.seed)
    try:
        batch = grade_folder(
            options.folder,
            sets,
            options.out,
            jobs=options.jobs,
            seed=seed,
            limits=limits,
            unsafe=options.unsafe,
        )
    except (SandboxError, NotADirectoryError) as error:
        return fail(str(error))
    refused = [result for result in batch.results if result.status == "refused"]
    kept = len(batch.results) - batch.graded
    print(
        f"{len(batch.results)} submissions, {batch.graded} graded now, {kept} unchanged, "
        f"{len(refused)} refused: {options.out / 'grades.csv'}"
    )
    for result in refused:
        print(f"  {result.file!r}: {result.problem}")
    if batch.sandbox == "rlimit":
        print(
            "No control group could be made: the memory of one student's processes together was watched, not bounded."
        )
    if batch.sandbox == "none":
        print(
            "NO SANDBOX WAS USED (--unsafe): these results cannot be trusted against tricks.", file=sys.stderr
        )
    return 0


def _kept_seed(out: Path, seed: int | None) -> int:
    """The seed that was given, or the one of an earlier run, or a new one, which is kept for the next."""
    from vae_course.files import write_whole

    file = out / "seed"
    if seed is None and file.is_file():
        return int(file.read_text(encoding="utf-8"))
    seed = secrets.randbits(64) if seed is None else seed
    write_whole({file: f"{seed}\n"})
    file.chmod(0o600)
    return seed


def _feedback(options: argparse.Namespace) -> int:
    from vae_course.files import write_whole
    from vae_course.grading import overview
    from vae_course.grading.feedback import write_pages
    from vae_course.grading.results import load_all

    try:
        results = load_all(options.graded / "results.json")
    except (OSError, ValueError) as error:
        return fail(f"{error}; give the folder that `vae-course grade` wrote")
    pages = options.pages or options.graded / "feedback"
    written = write_pages(results, pages)
    write_whole({options.graded / "overview.html": overview.page(results)})
    print(f"{len(written)} pages in {pages}, and yours: {options.graded / 'overview.html'}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from vae_course.files import write_whole
    from vae_course.grading import export
    from vae_course.grading.results import load_all

    try:
        results = load_all(options.graded / "results.json")
    except (OSError, ValueError) as error:
        return fail(f"{error}; give the folder that `vae-course grade` wrote")
    file = options.file or options.graded / f"{options.to}.csv"
    try:
        table = {"moodle": export.moodle_csv, "canvas": export.canvas_csv}[options.to](results)
    except ValueError as error:  # two students of one name, say, whom the importer would confuse
        return fail(str(error))
    write_whole({file: table})
    print(file)
    return 0
