"""The instructor's page: the numbers are right, the warnings are loud, and names are text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from grading.test_feedback import ATTRIBUTES, HOSTILE, Page, both, harmless, submission
from vae_course.grading import feedback, overview
from vae_course.grading.results import QuestionResult, SubmissionResult

DRAWING = frozenset(
    ["viewbox", "width", "height", "style", "x", "y", "d", "transform", "text-anchor", "max", "value"]
)


def read(text: str) -> Page:
    """This page may draw."""
    return Page(text, ATTRIBUTES | DRAWING)


def graded(student, points, of=(4, 3), reasons=None, sandbox="cgroup v2", **changes) -> SubmissionResult:
    reasons = reasons or {}
    questions = [
        QuestionResult(
            n, f"Part {n}", o, p, "full" if p == o else "partial" if p else "none", reasons.get(n, [])
        )
        for n, (p, o) in enumerate(zip(points, of, strict=True), 1)
    ]
    result = SubmissionResult(
        student, "02-elbo", f"{student}.ipynb", "graded", "", [], questions, "", sandbox
    )
    return replace(result, **changes)


def rows(text: str, caption: str) -> list[list[str]]:
    """The cells of the table that has this caption, as text."""
    table = next(t for t in re.findall(r"<table>.*?</table>", text, re.DOTALL) if caption in t)
    lines = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL) for line in lines]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_element_and_no_attribute_comes_from_the_data(text) -> None:
    def page(text: str) -> Page:
        return read(overview.page([*both(text), submission(text, student=f"{text} b", sandbox=text)]))

    assert page(text).faults == []
    assert page(text).elements == page(harmless(text)).elements


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_a_page_that_does_not_escape_is_found(text, monkeypatch) -> None:
    good = read(overview.page(both(harmless(text)))).elements
    for module in (feedback, overview):
        monkeypatch.setattr(module, "escape", lambda text: text)
    page = read(overview.page(both(text)))
    assert page.faults or page.elements != good


def test_submissions_are_counted_and_points_summed_up() -> None:
    refused = graded("dora", (0, 0), status="refused", problem="this is not a notebook")
    text = overview.page([graded("anna", (4, 3)), graded("bo", (2, 0)), graded("carl", (0, 0)), refused])
    page = read(text)
    assert "4 submissions of 4 students: 3 graded, 1 refused." in page.text
    assert "3 submissions; mean 3.0, median 2 of 7 points." in page.text
    assert rows(text, "Points in 02-elbo") == [[str(n), str(int(n in (0, 2, 7)))] for n in range(8)]
    assert rows(text, "To look at by hand") == [["dora", "02-elbo", "dora.ipynb", "this is not a notebook"]]


def test_the_hardest_question_comes_first() -> None:
    text = overview.page([graded("anna", (4, 0)), graded("bo", (2, 0)), graded("carl", (0, 3))])
    assert rows(text, "The hardest first") == [
        ["02-elbo, 2. Part 2", "33 %", "1", "0", "2"],
        ["02-elbo, 1. Part 1", "50 %", "1", "1", "1"],
    ]


@pytest.mark.parametrize("of", [0, 1, 7, 20, 21, 100, 199])
def test_a_histogram_counts_everyone_once_and_has_at_most_21_bars(of) -> None:
    points = [*range(of + 1), of]
    bars = overview.histogram(points, of)
    assert len(bars) <= 21
    assert sum(number for _, number in bars) == len(points)
    edges = [label.split("\u2013") for label, _ in bars]
    assert edges[0][0] == "0"
    assert edges[-1][-1] == str(of)
    for (*_, last), (first, *_) in pairwise(edges):
        assert int(first) == int(last) + 1


def test_reasons_that_differ_in_numbers_are_one_cause() -> None:
    one = {1: ["the gap is 0.31 at row 4"], 2: ["the gap is -1e-05 at row 12", "out of time"]}
    two = {1: ["the gap is nan at row 7", "the sum is 3"]}
    text = overview.page([graded("anna", (0, 0), reasons=one), graded("bo", (0, 0), reasons=two)])
    assert rows(text, "Reasons that differ in numbers") == [
        ["the gap is 0.31 at row 4", "2", "02-elbo: 1, 2"],
        ["out of time", "1", "02-elbo: 2"],
        ["the sum is 3", "1", "02-elbo: 1"],
    ]
    assert overview.cause("a tensor at 0x7f12ab") == overview.cause("a  Tensor\nat 0x55")
    assert overview.cause("the mean is 3") != overview.cause("the sum is 3")


def test_fifteen_causes_are_listed_and_the_rest_is_counted() -> None:
    words = [f"cause {chr(97 + i)}" for i in range(18)]
    text = overview.page([graded("anna", (0, 0), reasons={1: words})])
    assert len(rows(text, "Reasons that differ in numbers")) == 15
    assert "3 rarer causes left out." in text


def test_refused_submissions_are_no_cause_and_no_difficulty() -> None:
    refused = graded("bo", (0, 0), reasons={1: ["no JSON"]}, status="refused", problem="no JSON")
    text = overview.page([graded("anna", (4, 3)), refused])
    assert "Why points were lost" not in text
    assert rows(text, "The hardest first")[0][1] == "100 %"


@pytest.mark.parametrize(
    ("sandbox", "words"),
    [("none", "WITHOUT A SANDBOX"), ("rlimit", "each process alone"), ("", "without a record")],
)
def test_results_without_a_whole_sandbox_are_marked_loudly(sandbox, words) -> None:
    text = overview.page([graded("anna", (4, 3)), graded("bo", (4, 3), sandbox=sandbox)])
    (banner,) = re.findall(r'<p class="banner">(.*?)</p>', text)
    assert banner.startswith("\u26a0 Warning: 1 submission graded")
    assert words in banner
    assert text.index('class="banner"') < text.index("<h2>")
    assert rows(text, "What bounded memory")[-1 if sandbox else 0] == [sandbox or "not known", "1"]


def test_a_whole_sandbox_needs_no_warning() -> None:
    refused = graded("carl", (0, 0), status="refused", problem="no notebook", sandbox="")
    results = [graded("anna", (4, 3)), graded("bo", (4, 3), sandbox="cgroup v1"), refused]
    assert 'class="banner"' not in overview.page(results)


def test_notes_name_the_students() -> None:
    results = [graded(f"s{n:02}", (4, 3), notes=["the cells are in another order"]) for n in range(23)]
    ((note, name, number, who),) = rows(overview.page(results), "What was unusual")
    assert (note, name, number) == ("the cells are in another order", "02-elbo", "23")
    assert re.sub(r"\s+", "", who) == ",".join(f"s{n:02}" for n in range(20)) + ",and3more"


def test_an_empty_class_is_a_page_too() -> None:
    page = read(overview.page([]))
    assert page.faults == []
    assert "0 submissions of 0 students" in page.text


def test_the_order_of_results_does_not_matter() -> None:
    results = [graded("anna", (4, 0), reasons={2: ["x is 1"]}), graded("bo", (2, 0), reasons={2: ["x is 2"]})]
    assert overview.page(results) == overview.page(results[::-1])
