"""The exercise format: what is sound is read, and everything else is named."""

# ruff: noqa: E501 - metadata stands on one line, as in the sources

from __future__ import annotations

import pytest

from grading.small import SOURCE
from vae_course.grading.format import FormatError, parse_source, read_source

# what is changed: (old, new), and what the error must say
BROKEN = {
    "solution not closed": (("    return x / 2\n    ### END SOLUTION", "    return x / 2"), "has no '### END SOLUTION'"),
    "solution not opened": (("    ### BEGIN SOLUTION: half of x\n", ""), "has no '### BEGIN SOLUTION' before it"),
    "solution opened twice": (("    return x / 2\n", "    ### BEGIN SOLUTION: x\n    return x / 2\n"), "close the first"),
    "hidden test not closed": (
        ('number * 0.5}, "half")\n### END HIDDEN TESTS', 'number * 0.5}, "half")'),
        "has no '### END HIDDEN TESTS'",
    ),
    "marker misspelt": (("### BEGIN SOLUTION: half", "# BEGIN SOLUTION: half"), "the marker is a line that starts"),
    "marker after code": (("    return x / 2", "    return x / 2  ### END SOLUTION"), "the marker is a line that starts"),
    "marker that says nothing": (("### BEGIN SOLUTION: half of x", "### BEGIN SOLUTION"), "say after the marker"),
    "empty solution": (("    return x / 2\n", ""), "a marked region is empty"),
    "no region in a solution cell": (
        ("    ### BEGIN SOLUTION: half of x\n    return x / 2\n    ### END SOLUTION", "    return x / 2"),
        "a solution cell needs",
    ),
    "solution in the statement": (
        ("Write `half(x)`.", "Write `half(x)`.\n\n### BEGIN SOLUTION: x\nx / 2\n### END SOLUTION"),
        "a solution stands outside a solution cell",
    ),
    "hidden test in a visible check": (
        ('same(double(2.0)', '### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS\nsame(double(2.0)'),
        "a hidden test stands outside a verify cell",
    ),
    "verify without hidden tests": (
        ("### BEGIN HIDDEN TESTS\nnumber", "number"),
        "has no '### BEGIN HIDDEN TESTS' before it",
    ),
    "grade_id twice": (("grade_id: q2-check", "grade_id: q1-check"), "grade_id 'q1-check' is given to 2 cells"),
    "grade_id with a space": (("grade_id: q2-check", "grade_id: q2 check"), "letters, digits, - and _"),
    "points missing": ((", points: 1}\nvae_course: {role: verify", "}\nvae_course: {role: verify"), "lacks points"),
    "points of a question": (("cell_type: code, points: 2}", "cell_type: code, points: 1}"), "its verify cells give 1 point;"),
    "points of the set": (("  points: 3\n", "  points: 4\n"), "the questions have 3 points; the header says 4"),
    "points in the heading": (("Doubling (2 points)", "Doubling (3 points)"), "its statement starts `## Question 1"),
    "points of zero": (("cell_type: code, points: 1}", "cell_type: code, points: 0}"), "above 0"),
    "points on a visible check": (
        ("grade_id: q1-check, cell_type: code}", "grade_id: q1-check, cell_type: code, points: 1}"),
        "has points, which a visible cell must not have",
    ),
    "graded check": (
        ("grade: false, solution: false, locked: true, task: false, grade_id: q1-check", "grade: true, solution: false, locked: true, task: false, grade_id: q1-check"),
        "nbgrader.grade is True; a visible cell has False",
    ),
    "old schema": (("{schema_version: 3, grade: false, solution: true", "{schema_version: 2, grade: false, solution: true"), "nbgrader.schema_version is 2"),
    "numbers for flags": (("grade: true", "grade: 1"), "nbgrader.grade is 1; a verify cell has True"),
    "no nbgrader metadata": (
        ("nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: imports, cell_type: code}\n", ""),
        "metadata nbgrader is missing",
    ),
    "wrong cell type": (('"grade_id": "q1", "cell_type": "markdown"', '"grade_id": "q1", "cell_type": "code"'), "nbgrader.cell_type is 'code'"),
    "unknown role": (("role: observe", "role: watch"), "metadata vae_course.role is one of setup"),
    "code without a role": (("```{code-cell} ipython3\n---\nnbgrader: {schema_version: 3, grade: false, solution: true", "```{code-cell} ipython3\nx = 1\n```\n\n```{code-cell} ipython3\n---\nnbgrader: {schema_version: 3, grade: false, solution: true"), "metadata vae_course.role is one of"),
    "unknown field": (("role: setup}", "role: setup, answer: 42}"), "has answer, which a setup cell must not have"),
    "no functions": ((", functions: [half]}", "}"), "lacks functions"),
    "function not defined": (("functions: [half]", "functions: [halve]"), "lists halve and does not define it"),
    "solution without a test": (('same(observe_half(number), {"half": number * 0.5}, "half")', "assert number"), "no verify cell tests half"),
    "solution without a check": (('same(observe_half(2.0), {"half": 1.0}, "half")', "assert True"), "no visible cell tests half"),
    "fixed inputs": (('float(fresh("small q2").normal())', "0.7"), "draws no inputs from fresh"),
    "not Python": (("    return {\"half\"", "    retrun {\"half\""), "is not Python"),
    "questions out of order": (("## Question 2: Halving", "## Question 3: Halving"), "its statement starts `## Question 2"),
    "no title": (("# Exercises: Small", "Exercises"), "starts with the title"),
    "another set's name": (("  set: small", "  set: large"), "the file's name says small"),
    "another kernel": (("  name: python3", "  name: ir"), "kernelspec"),
}  # fmt: skip


def test_sound_source_is_read() -> None:
    exercises = parse_source(SOURCE, "small")
    assert exercises.title == "Exercises: Small"
    assert [(q.number, q.title, q.points) for q in exercises.questions] == [
        (1, "Doubling", 2),
        (2, "Halving", 1),
    ]
    assert exercises.questions[0].hint == "Two and two."
    assert [cell.id for cell in exercises.notebook.cells if "role" in cell.metadata.get("vae_course", {})] == [
        "imports", "q1", "q1-double", "q1-check", "q1-test", "q2", "q2-half", "q2-observe", "q2-check", "q2-test",
    ]  # fmt: skip


@pytest.mark.parametrize("change", BROKEN)
def test_broken_source_is_refused(change: str) -> None:
    (old, new), says = BROKEN[change]
    assert old in SOURCE
    with pytest.raises(FormatError) as error:
        parse_source(SOURCE.replace(old, new, 1), "small")
    assert says in str(error.value)


def test_function_listed_by_two_cells_is_refused() -> None:
    text = SOURCE.replace("functions: [observe_half]", "functions: [observe_half, half]")
    text = text.replace(
        '    return {"half": half(x)}', '    return {"half": half(x)}\n\n\ndef half(x):\n    return x'
    )
    with pytest.raises(FormatError, match="function half is listed in 2 cells"):
        parse_source(text, "small")


def test_solution_after_a_check_is_refused() -> None:
    cells = SOURCE.split("```{code-cell} ipython3\n")
    solution, check = (
        next(i for i, cell in enumerate(cells) if f"grade_id: {key}" in cell)
        for key in ("q1-double", "q1-check")
    )
    cells[solution], cells[check] = cells[check], cells[solution]
    text = "```{code-cell} ipython3\n".join(cells)
    with pytest.raises(FormatError, match="come right after the statement"):
        parse_source(text, "small")


def test_statement_missing_or_doubled_is_refused() -> None:
    with pytest.raises(FormatError, match="there is no question"):
        parse_source(SOURCE[: SOURCE.index('+++ {"nbgrader"')], "small")
    with pytest.raises(FormatError, match="begins with its statement"):
        parse_source(
            SOURCE.replace(
                "vae_course: {role: solution, question: 1", "vae_course: {role: solution, question: 2"
            ),
            "small",
        )


def test_every_problem_is_named_at_once() -> None:
    text = SOURCE.replace("role: observe", "role: watch").replace(
        "### BEGIN SOLUTION: half of x", "### BEGIN SOLUTION"
    )
    with pytest.raises(FormatError) as error:
        parse_source(text, "small")
    assert len(error.value.problems) == 2
    assert all(problem.startswith("small: cell q2-") for problem in error.value.problems)


def test_reading_names_the_file(tmp_path) -> None:
    path = tmp_path / "small.md"
    path.write_text(SOURCE.replace("role: observe", "role: watch"), encoding="utf-8")
    with pytest.raises(FormatError, match="small: cell q2-observe"):
        read_source(path)
