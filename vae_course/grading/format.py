"""The exercise format: one MyST notebook a set, checked strictly when it is read.

A set is a list of questions, and a question is a list of cells. Every code cell states its `role` under
`metadata.vae_course`, and nbgrader's flags (schema 3) must be the ones of that role:

| role        | nbgrader calls it  | runs                        | what it is                                      |
|-------------|--------------------|-----------------------------|-------------------------------------------------|
| `setup`     | read-only          | beside the student's code   | imports, and what a question gives: data, code  |
|             |                    | and beside the tests        |                                                 |
| `statement` | read-only          | (Markdown)                  | the question, its points and its hint           |
| `solution`  | autograded answer  | beside the student's code   | what the student writes                         |
| `observe`   | read-only          | beside the student's code   | calls the student's functions, returns arrays   |
| `visible`   | read-only          | beside the student's code   | feedback; no points                             |
| `verify`    | autograder tests   | beside the tests            | hidden tests on fresh inputs; the points        |

Two sides, one kind of traffic. `solution` and `observe` cells list in `functions` the functions that a test may call
across the boundary; arguments and results are plain values (`vae_course.grading.values`). In plain nbgrader all cells
share one kernel and the calls are ordinary calls. A grader that isolates the student's code runs
`setup`, `solution` and `observe` cells in one process, `setup` and `verify` cells in another, and puts functions
of the same names there that pass the call on. What runs beside untrusted code is no secret, so `observe` cells
are open and only `verify` cells hold hidden tests.

Sources: nbgrader 0.9, nbgraderformat/v3.py, utils.py, preprocessors/clearsolutions.py and clearhiddentests.py.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"

# The flags of nbgrader's schema 3 that each role must have: (grade, solution, locked).
FLAGS = {
    "setup": (False, False, True),
    "statement": (False, False, True),
    "solution": (False, True, False),
    "observe": (False, False, True),
    "visible": (False, False, True),
    "verify": (True, False, True),
}
# Our own fields, by role: those that must be there, and those that may be.
FIELDS = {
    "setup": (set(), {"question"}),
    "statement": ({"question", "points"}, {"hint"}),
    "solution": ({"question", "functions"}, set()),
    "observe": ({"question", "functions"}, set()),
    "visible": ({"question"}, set()),
    "verify": ({"question"}, set()),
}
_GRADER_FIELDS = {"schema_version", "grade", "solution", "locked", "task", "grade_id", "cell_type"}
_HEADING = re.compile(r"## Question (\d+): (.+) \((\d+) points?\)")
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class FormatError(ValueError):
    """An exercise that breaks the format; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Question:
    """One question: its cells by role, in the order of the source."""

    number: int
    title: str
    points: int
    text: str  # the statement without its heading
    hint: str
    cells: dict[str, list[NotebookNode]]


@dataclass(frozen=True)
class ExerciseSet:
    """A checked exercise set: the instructor's notebook and its questions."""

    name: str
    title: str
    chapter: str
    introduction: str
    points: int
    notebook: NotebookNode
    questions: tuple[Question, ...]


def read_source(path: str | Path) -> ExerciseSet:
    """Read and check the source `path` (a MyST notebook).

    Raises FormatError with every problem found, and OSError if the file cannot be read.
    """
    path = Path(path)
    return parse_source(path.read_text(encoding="utf-8"), path.stem)


def parse_source(text: str, name: str) -> ExerciseSet:
    """Check the MyST text of the set `name` and return it; raises FormatError with every problem found."""
    try:
        notebook = jupytext.reads(text, fmt="md:myst")
    except Exception as error:  # jupytext has no error class of its own for broken MyST
        raise FormatError([f"{name}: this is not a MyST notebook: {error}"]) from error
    _set_ids(notebook)
    problems = [f"{name}: {problem}" for problem in _problems(notebook, name)]
    if problems:
        raise FormatError(problems)
    return _exercise_set(notebook, name)


def role(cell: NotebookNode) -> str:
    """Return the role of a cell, or "" for plain prose."""
    return cell.metadata.get("vae_course", {}).get("role", "")


def grade_id(cell: NotebookNode) -> str:
    """Return nbgrader's id of a cell, or "" where it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def regions(source: str, begin: str, end: str) -> list[tuple[int, int]]:
    """Return the (first, last) line numbers of each marked region, markers included.

    Raises ValueError, in words, where the markers are nested, unbalanced or misspelt.
    """
    found: list[tuple[int, int]] = []
    start = None
    for number, line in enumerate(source.splitlines()):
        text = line.strip()
        # nbgrader looks for the words alone; a marker that it sees and we do not would leak.
        for marker in (begin, end):
            if marker.removeprefix("### ") in text and not text.startswith(marker):
                raise ValueError(
                    f"line {number + 1} is written {text!r}; the marker is a line that starts {marker!r}"
                )
        if text.startswith(begin):
            if start is not None:
                raise ValueError(f"a second {begin!r} stands before {end!r}; close the first")
            start = number
        elif text.startswith(end):
            if start is None:
                raise ValueError(f"{end!r} has no {begin!r} before it")
            found.append((start, number))
            start = None
    if start is not None:
        raise ValueError(f"{begin!r} has no {end!r} after it")
    return found


def stub_text(marker_line: str) -> str:
    """Return what the solution's marker says is to be written: `### BEGIN SOLUTION: the words`."""
    return marker_line.strip().removeprefix(BEGIN_SOLUTION).strip(" :")


def tree(source: str) -> ast.Module:
    """Parse a code cell; lines that only IPython understands (%magic, !shell) count as `pass`."""
    return ast.parse(without_magics(source))


def without_magics(source: str) -> str:
    """Put `pass` for every line that only IPython understands (%magic, !shell), unless all of it is Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    else:
        return source  # a line that goes on with % is no magic
    return re.sub(r"(?m)^([ \t]*)[%!].*$", r"\1pass", source)


def defined(source: str) -> set[str]:
    """Return the names of the functions that a cell defines at its top level."""
    return {node.name for node in tree(source).body if isinstance(node, ast.FunctionDef)}


def used(source: str) -> set[str]:
    """Return every name that a cell reads."""
    return {node.id for node in ast.walk(tree(source)) if isinstance(node, ast.Name)}


def _set_ids(notebook: NotebookNode) -> None:
    """Give every cell an id that depends on its grade_id, or else on its content, never on chance or position."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        key = grade_id(cell)
        if not (isinstance(key, str) and _GRADE_ID.fullmatch(key)):
            key = "text-" + hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[key] += 1
        cell.id = key if seen[key] == 1 else f"{key[:58]}-{seen[key]}"


def _problems(notebook: NotebookNode, name: str) -> list[str]:
    problems = _header_problems(notebook, name)
    for cell in notebook.cells:
        problems += [f"cell {cell.id}: {problem}" for problem in _cell_problems(cell)]
    if problems:  # what follows relies on sound cells
        return problems
    for key, count in Counter(grade_id(cell) for cell in notebook.cells if role(cell)).items():
        if count > 1:
            problems.append(f"grade_id {key!r} is given to {count} cells; each needs its own")
    return problems or _question_problems(notebook)


def _header_problems(notebook: NotebookNode, name: str) -> list[str]:
    header = notebook.metadata.get("vae_course")
    if not isinstance(header, dict) or set(header) != {"set", "chapter", "points"}:
        return ["the header needs `vae_course: {set: ..., chapter: ..., points: ...}` and nothing else there"]
    problems = []
    if header["set"] != name:
        problems.append(f"the header says set: {header['set']}; the file's name says {name}")
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        problems.append("the first cell is Markdown and starts with the title, `# ...`")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append(
            "the header needs `kernelspec: {display_name: Python 3, language: python, name: python3}`"
        )
    return problems


def _cell_problems(cell: NotebookNode) -> list[str]:
    ours, theirs = cell.metadata.get("vae_course"), cell.metadata.get("nbgrader")
    if ours is None and theirs is None and cell.cell_type == "markdown":
        return _marker_problems(cell, "")
    if not isinstance(ours, dict) or ours.get("role") not in FLAGS:
        return [f"metadata vae_course.role is one of {', '.join(FLAGS)}"]
    kind = ours["role"]
    if (kind == "statement") != (cell.cell_type == "markdown"):
        return [f"a {kind} cell is {'Markdown' if kind == 'statement' else 'code'}"]
    return _grader_problems(cell, kind) + _field_problems(ours, kind) + _marker_problems(cell, kind)


def _grader_problems(cell: NotebookNode, kind: str) -> list[str]:
    meta = cell.metadata.get("nbgrader")
    if not isinstance(meta, dict):
        return ["metadata nbgrader is missing"]
    problems = []
    wanted = _GRADER_FIELDS | ({"points"} if kind == "verify" else set())
    if missing := sorted(wanted - set(meta)):
        problems.append(f"metadata nbgrader lacks {', '.join(missing)}")
    if extra := sorted(set(meta) - wanted):
        problems.append(f"metadata nbgrader has {', '.join(extra)}, which a {kind} cell must not have")
    flags = dict(zip(("grade", "solution", "locked"), FLAGS[kind], strict=True))
    expected = {"schema_version": 3, "task": False, "cell_type": cell.cell_type, **flags}
    for key, value in expected.items():
        if key in meta and (type(meta[key]) is not type(value) or meta[key] != value):
            problems.append(f"nbgrader.{key} is {meta[key]!r}; a {kind} cell has {value!r}")
    if "grade_id" in meta and not (
        isinstance(meta["grade_id"], str) and _GRADE_ID.fullmatch(meta["grade_id"])
    ):
        problems.append("nbgrader.grade_id is 1 to 64 letters, digits, - and _")
    if kind == "verify" and "points" in meta and not (type(meta["points"]) is int and meta["points"] > 0):
        problems.append(
            f"nbgrader.points is {meta['points']!r}; a verify cell has a whole number of points above 0"
        )
    return problems


def _field_problems(ours: dict, kind: str) -> list[str]:
    needed, allowed = FIELDS[kind]
    problems = []
    if missing := sorted(needed - set(ours)):
        problems.append(f"metadata vae_course lacks {', '.join(missing)}, which a {kind} cell must have")
    if extra := sorted(set(ours) - needed - allowed - {"role"}):
        problems.append(f"metadata vae_course has {', '.join(extra)}, which a {kind} cell must not have")
    for key in ("question", "points"):
        if key in ours and not (type(ours[key]) is int and ours[key] > 0):
            problems.append(f"vae_course.{key} is {ours[key]!r}; it is a whole number above 0")
    names = ours.get("functions", ["none"])
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(n, str) and n.isidentifier() for n in names)
    ):
        problems.append("vae_course.functions is a list of names of functions")
    if not isinstance(ours.get("hint", ""), str):
        problems.append("vae_course.hint is text")
    return problems


def _marker_problems(cell: NotebookNode, kind: str) -> list[str]:
    try:
        solutions = regions(cell.source, BEGIN_SOLUTION, END_SOLUTION)
        hidden = regions(cell.source, BEGIN_HIDDEN, END_HIDDEN)
    except ValueError as error:
        return [str(error)]
    lines = cell.source.splitlines()
    problems = []
    if solutions and kind != "solution":
        problems.append("a solution stands outside a solution cell; students would see it")
    if hidden and kind != "verify":
        problems.append(
            "a hidden test stands outside a verify cell; nbgrader hides tests in grade cells only"
        )
    if kind == "solution" and not solutions:
        problems.append(
            f"a solution cell needs {BEGIN_SOLUTION!r} and {END_SOLUTION!r} around what students write"
        )
    if any(not stub_text(lines[first]) for first, _ in solutions):
        problems.append(f"say after the marker what is to be written: {BEGIN_SOLUTION + ': ...'!r}")
    if kind == "verify" and len(hidden) != 1:
        problems.append(f"a verify cell needs one region from {BEGIN_HIDDEN!r} to {END_HIDDEN!r}")
    if any(not "".join(lines[first + 1 : last]).strip() for first, last in solutions + hidden):
        problems.append("a marked region is empty")
    if cell.cell_type == "code":
        try:
            tree(cell.source)
        except SyntaxError as error:
            problems.append(f"line {error.lineno} is not Python: {error.msg}")
    return problems


def _question_problems(notebook: NotebookNode) -> list[str]:
    questions: dict[int, list[NotebookNode]] = {}
    last = 0
    problems = []
    for cell in notebook.cells:
        if "question" not in cell.metadata.get("vae_course", {}):
            continue
        number = cell.metadata.vae_course.question
        if number < last or (number != last and role(cell) != "statement"):
            problems.append(
                f"cell {cell.id}: question {number} begins with its statement and is not interrupted"
            )
        last = max(number, last)
        questions.setdefault(number, []).append(cell)
    if not questions:
        return ["there is no question"]
    if sorted(questions) != list(range(1, len(questions) + 1)):
        problems.append(
            f"questions are numbered 1, 2, ...; these are numbered {', '.join(map(str, questions))}"
        )
    if problems:
        return problems
    for number, cells in questions.items():
        problems += [f"question {number}: {problem}" for problem in _one_question_problems(number, cells)]
    names = Counter(name for cells in questions.values() for cell in cells for name in _functions(cell))
    problems += [
        f"function {n} is listed in {count} cells; name it once" for n, count in names.items() if count > 1
    ]
    total = sum(cell.metadata.vae_course.points for cells in questions.values() for cell in cells[:1])
    if not problems and total != notebook.metadata.vae_course.points:
        problems.append(
            f"the questions have {total} points; the header says {notebook.metadata.vae_course.points}"
        )
    return problems


def _one_question_problems(number: int, cells: list[NotebookNode]) -> list[str]:
    parts = _by_role(cells)
    problems = []
    if len(parts["statement"]) != 1:
        return [f"it has {len(parts['statement'])} statements; it needs one, first"]
    points = parts["statement"][0].metadata.vae_course.points
    heading = _HEADING.fullmatch(parts["statement"][0].source.split("\n", 1)[0])
    if not heading or int(heading[1]) != number or int(heading[3]) != points:
        problems.append(f"its statement starts `## Question {number}: Title ({_plural(points)})`")
    for kind, purpose in (
        ("solution", "to answer"),
        ("visible", "of feedback"),
        ("verify", "that gives the points"),
    ):
        if not parts[kind]:
            problems.append(f"it has no {kind} cell, {purpose}")
    given = sum(cell.metadata.nbgrader.points for cell in parts["verify"])
    if parts["verify"] and given != points:
        problems.append(f"its verify cells give {_plural(given)}; its statement says {_plural(points)}")
    order = [role(cell) for cell in cells]
    tests = [position for position, kind in enumerate(order) if kind in ("observe", "visible", "verify")]
    if "solution" in order[min(tests, default=0) :]:
        problems.append("its solution cells come right after the statement, before any test")
    for cell in parts["solution"] + parts["observe"]:
        if lost := [name for name in _functions(cell) if name not in defined(cell.source)]:
            problems.append(f"cell {cell.id} lists {', '.join(lost)} and does not define it")
    problems += _coverage_problems(parts)
    return problems


def _coverage_problems(parts: dict[str, list[NotebookNode]]) -> list[str]:
    """Every function of the student's is called in a visible check and in a hidden test, directly or observed."""
    problems = []
    through = {  # what an observed function stands for
        name: used(cell.source) for cell in parts["observe"] for name in _functions(cell)
    }
    for kind in ("visible", "verify"):
        called = set().union(*(used(cell.source) for cell in parts[kind]), set())
        for name, inner in through.items():
            called |= inner if name in called else set()
        for cell in parts["solution"]:
            problems += [f"no {kind} cell tests {name}" for name in _functions(cell) if name not in called]
    for cell in parts["verify"]:
        if "fresh" not in used(cell.source):
            problems.append(f"cell {cell.id} draws no inputs from fresh(...); a fixed input can be memorised")
    return problems if parts["visible"] and parts["verify"] else []


def _functions(cell: NotebookNode) -> list[str]:
    return cell.metadata.vae_course.get("functions", [])


def _by_role(cells: list[NotebookNode]) -> dict[str, list[NotebookNode]]:
    return {kind: [cell for cell in cells if role(cell) == kind] for kind in FLAGS}


def _plural(points: int) -> str:
    return f"{points} point{'' if points == 1 else 's'}"


def _exercise_set(notebook: NotebookNode, name: str) -> ExerciseSet:
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    title, _, introduction = notebook.cells[0].source.removeprefix("# ").partition("\n")
    grouped: dict[int, list[NotebookNode]] = {}
    for cell in notebook.cells:
        if "question" in cell.metadata.get("vae_course", {}):
            grouped.setdefault(cell.metadata.vae_course.question, []).append(cell)
    questions = []
    for number, cells in grouped.items():
        heading, _, text = cells[0].source.partition("\n")
        meta = cells[0].metadata.vae_course
        heading_title = _HEADING.fullmatch(heading)[2]
        questions.append(
            Question(number, heading_title, meta.points, text.strip(), meta.get("hint", ""), _by_role(cells))
        )
    header = notebook.metadata.vae_course
    return ExerciseSet(
        name, title.strip(), header.chapter, introduction.strip(), header.points, notebook, tuple(questions)
    )
