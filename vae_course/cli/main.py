"""`vae-course`: exercises and shipped models, from the command line."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from vae_course import __version__
from vae_course.cli import grading, recipes
from vae_course.cli.say import NOTEBOOKS, fail

_ABOUT = """\
Exercises and models of the course on variational autoencoders.

  students      vae-course check 02-elbo.ipynb      what is right so far, and what is wrong
  instructors   vae-course release                  students' notebooks and solutions from the sources
                vae-course grade DIR --out OUT      a class, in a sandbox
                vae-course feedback OUT             a page for each student, and one for you
                vae-course export OUT --to moodle   grades for another system
  everyone      vae-course models                   what is shipped, with its figures
                vae-course train digits-plane       train any of it again
"""

_CHECK = """\
Run a notebook from the top, and say for each question whether its visible checks pass, and if not, why.

The checks are the ones in the notebook; `pytest --nbval-lax NOTEBOOK` runs the same. They are feedback. Points come
from hidden tests, which call your functions on other inputs. The notebook itself is not changed.

The exit status is 0 if all checks pass, 1 if some do not, and 2 if they could not be run.
"""

_RELEASE = """\
Make the notebooks of an exercise set from its one source, a MyST notebook such as exercises/source/02-elbo.md.

  OUT/02-elbo.ipynb             for students: no solution and no hidden test, in source, outputs or metadata
  OUT/solutions/02-elbo.ipynb   worked, without the hidden tests
  PAGES/02-elbo.md              the sheet in the book, with --pages
  PRIVATE/02-elbo.ipynb         with solutions and hidden tests, for nbgrader's `source`, with --autograder

All sources are checked before anything is written: markers, nbgrader's metadata, ids, tests, points. Every problem
is named on a line of its own. The format is described in `vae_course.grading.format`.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the given arguments, sys.argv if None, and return its exit status.

    An error is one line that names the fix.
    """
    options = _parser().parse_args(arguments)
    if lost := [name for name in options.needs if find_spec(name) is None]:
        return fail(f"this needs {', '.join(lost)}; run: pip install {' '.join(lost)}")
    try:
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains at its end
        return 141  # as the shell reports a program that SIGPIPE ended
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vae-course", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"vae-course {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser.set_defaults(needs=())

    check = commands.add_parser(
        "check", help="run the visible checks of your notebook", description=_CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    check.add_argument(
        "notebook", metavar="NOTEBOOK", type=Path, help="your notebook, for example 02-elbo.ipynb"
    )
    check.set_defaults(run=_check, needs=NOTEBOOKS)

    release = commands.add_parser(
        "release", help="make students' notebooks and solutions from sources", description=_RELEASE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    release.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        type=Path,
        help="sources, or folders of them (default: exercises/source)",
    )
    release.add_argument(
        "--out", metavar="OUT", type=Path, help="folder to write to (default: above the source)"
    )
    release.add_argument(
        "--pages", metavar="PAGES", type=Path, help="folder for the book's pages (default: none)"
    )
    release.add_argument(
        "--autograder",
        metavar="PRIVATE",
        type=Path,
        help="folder for notebooks with the tests (default: none)",
    )
    release.set_defaults(run=_release, needs=NOTEBOOKS)
    grading.add_commands(commands)
    recipes.add_commands(commands)
    return parser


def _check(options: argparse.Namespace) -> int:
    from vae_course.grading.visible import CheckError, check

    print(f"Running the checks of {options.notebook} ...", file=sys.stderr, flush=True)
    try:
        results = check(options.notebook)
    except CheckError as error:
        return fail(str(error))
    width = max((len(result.title) for result in results), default=0)
    for result in results:
        print(f"{result.number:>2}  {result.title:<{width}}  {result.state}")
        for reason in result.reasons:
            print(textwrap.fill(reason, 100, initial_indent="      - ", subsequent_indent="        "))
    passed = sum(result.state == "passed" for result in results)
    print(
        f"{passed} of {len(results)} questions pass their checks. Points come from hidden tests, which are not here."
    )
    return 0 if passed == len(results) else 1


def _release(options: argparse.Namespace) -> int:
    from vae_course.cli.sources import read_sets
    from vae_course.files import write_whole
    from vae_course.grading import release
    from vae_course.grading.format import FormatError
    from vae_course.grading.sheet import sheet

    try:
        sets = read_sets(options.sources)
    except FormatError as error:
        return fail(str(error))
    for source, exercises in sets:
        out = options.out or source.resolve().parent.parent
        release.write(release.student(exercises), out / f"{exercises.name}.ipynb")
        release.write(release.solution(exercises), out / "solutions" / f"{exercises.name}.ipynb")
        if options.autograder:
            release.write(exercises.notebook, options.autograder / f"{exercises.name}.ipynb")
        if options.pages:
            write_whole({options.pages / f"{exercises.name}.md": sheet(exercises)})
        print(
            f"{out / exercises.name}.ipynb: {len(exercises.questions)} questions, {exercises.points} points"
        )
    return 0
