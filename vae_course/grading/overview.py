"""A page for the instructor: how a class did, what was hard, and what went wrong."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from vae_course.grading.feedback import block, count, document, escape, short_name, table
from vae_course.grading.results import SubmissionResult

MAX_CAUSES = 15
"""Causes of lost points that the page lists."""

_MAX_BARS = 21
_MAX_EXAMPLE = 400
_MAX_NAMES = 20

_WARNINGS = {
    "none": "graded WITHOUT A SANDBOX (--unsafe). Their code ran with all rights of who graded, and could read hidden "
    "tests and change results. Trust these points only if you trust the students.",
    "rlimit": "graded with limits for each process alone (rlimit); the memory of all of a submission's together was "
    "watched from outside. For a moment it could take more than it was allowed, and it could slow the others down.",
    "": "graded without a record of what bounded memory and processes.",
}


def page(results: Sequence[SubmissionResult]) -> str:
    """The class as one HTML page without scripts: points, questions by difficulty, causes, refusals, notes, sandbox.

    Distributions, questions and causes are of graded submissions; a refused one is 0 points, but tells nothing of a
    question, and is listed with its reason.

    Args:
        results: of a class, in any order; may be empty.
    """
    results = sorted(results, key=lambda result: (result.student, result.exercises, result.file))
    graded = [result for result in results if result.status == "graded"]
    refused = [result for result in results if result.status != "graded"]
    students = len({result.student for result in results})
    head = (
        f"<p><strong>{count(len(results), 'submission')}</strong> of {count(students, 'student')}: "
        f"{len(graded):,} graded, {len(refused):,} refused.</p>\n"
    )
    body = _banners(graded) + head + _points(graded) + _questions(graded) + _causes(graded)
    body += _refused(refused) + _notes(results) + _sandboxes(graded)
    return document("Overview of a graded class", f"<h1>Overview of a graded class</h1>\n{body}")


def cause(reason: str) -> str:
    """What stays of a reason without its numbers, addresses and case, so that like reasons are equal."""
    text = re.sub(r"0x[0-9a-f]+", "#", reason[:_MAX_EXAMPLE].casefold())
    text = re.sub(r"[-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|\b(?:nan|inf)\b", "#", text)
    return " ".join(text.split())


def _banners(graded: Iterable[SubmissionResult]) -> str:
    kinds = Counter(result.sandbox for result in graded)
    return "".join(
        f'<p class="banner">\u26a0 Warning: {count(kinds[kind], "submission")} {escape(text)}</p>\n'
        for kind, text in _WARNINGS.items()
        if kinds[kind]
    )


def _points(graded: Sequence[SubmissionResult]) -> str:
    parts = ["<h2>Points</h2>\n"]
    for name in sorted({result.exercises for result in graded}):
        own = [result for result in graded if result.exercises == name]
        points, of = [result.points for result in own], max(result.of for result in own)
        parts.append(f"<h3>{escape(short_name(name))}</h3>\n")
        parts.append(
            f"<p>{count(len(own), 'submission')}; mean {statistics.fmean(points):.1f}, "
            f"median {statistics.median(points):g} of {count(of, 'point')}.</p>\n"
        )
        bars = histogram(points, of)
        parts.append(_drawing(bars, short_name(name)))
        rows = [(escape(label), str(number)) for label, number in bars]
        numbers = table(f"Points in {short_name(name)}", ["Points", "#Submissions"], rows)
        parts.append(f"<details><summary>The same as a table</summary>\n{numbers}</details>\n")
    return "".join(parts) if graded else "<h2>Points</h2>\n<p>Nothing was graded.</p>\n"


def histogram(points: Sequence[int], of: int) -> list[tuple[str, int]]:
    """How many submissions have how many points: a label and a number a bar, of at most 21 bars of the same width."""
    width = -(-(of + 1) // _MAX_BARS)
    numbers = Counter(value // width for value in points)
    bars = []
    for bar in range(of // width + 1):
        first, last = bar * width, min(bar * width + width - 1, of)
        bars.append((str(first) if first == last else f"{first}\u2013{last}", numbers[bar]))
    return bars


def _drawing(bars: Sequence[tuple[str, int]], name: str) -> str:
    """The histogram as SVG; every bar carries its number."""
    left, top, high, wide = 40, 20, 140, 26 if max(len(label) for label, _ in bars) < 4 else 52
    across, most = wide * len(bars), max(number for _, number in bars)
    bottom = top + high
    parts = [
        f'<div class="scroll" role="region" aria-label="Histogram of {escape(name)}" tabindex="0">\n'
        f'<svg viewBox="0 0 {left + across + 10} {bottom + 45}" width="{left + across + 10}" '
        f'height="{bottom + 45}" role="img" aria-label="Histogram of the points in {escape(name)}; the table below '
        'says the same" style="fill: currentColor; font: 12px system-ui, sans-serif">\n'
    ]
    for place, (label, number) in enumerate(bars):
        x, tall = left + place * wide, high * number / most
        middle = x + wide / 2
        if number:
            parts.append(
                f'<rect x="{x + 2}" y="{bottom - tall:.1f}" width="{wide - 4}" height="{tall:.1f}" '
                'style="fill: var(--bar)"/>'
                f'<text x="{middle}" y="{bottom - tall - 4:.1f}" text-anchor="middle">{number}</text>\n'
            )
        parts.append(f'<text x="{middle}" y="{bottom + 16}" text-anchor="middle">{label}</text>\n')
    parts.append(
        f'<path d="M{left} {top}V{bottom}H{left + across}" style="fill: none; stroke: var(--soft)"/>\n'
        f'<text x="{left + across / 2}" y="{bottom + 38}" text-anchor="middle">points</text>\n'
        f'<text transform="translate(14 {top + high / 2}) rotate(-90)" text-anchor="middle">submissions</text>\n'
        f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end">0</text>\n'
        f'<text x="{left - 6}" y="{top + 4}" text-anchor="end">{most}</text>\n</svg></div>\n'
    )
    return "".join(parts)


def _questions(graded: Sequence[SubmissionResult]) -> str:
    found: dict[tuple[str, int, str], list[tuple[float, str]]] = {}
    for result in graded:
        for question in result.questions:
            key = (result.exercises, question.number, question.title)
            found.setdefault(key, []).append((question.points / (question.of or 1), question.status))
    rows = []
    for (name, number, title), marks in sorted(
        found.items(), key=lambda item: (statistics.fmean(share for share, _ in item[1]), item[0])
    ):
        share = statistics.fmean(share for share, _ in marks)
        statuses = Counter(status for _, status in marks)
        bar = f'<progress max="100" value="{100 * share:.0f}" aria-hidden="true"></progress> {100 * share:.0f} %'
        label = f"{escape(short_name(name))}, {number}. {escape(short_name(title))}"
        rows.append((label, bar, *(str(statuses[status]) for status in ("full", "partial", "none"))))
    heads = ["Question", "#Mean share of points", "#Full", "#Part", "#None"]
    numbers = table("The hardest first; how many submissions earned full, part or no points", heads, rows)
    return f"<h2>Questions by difficulty</h2>\n{numbers}" if rows else ""


def _causes(graded: Iterable[SubmissionResult]) -> str:
    examples: dict[str, str] = {}
    students: dict[str, set[str]] = {}
    questions: dict[str, dict[str, set[int]]] = {}
    for result in graded:
        for question in result.questions:
            for reason in question.reasons:
                key = cause(reason)
                examples.setdefault(key, reason)
                students.setdefault(key, set()).add(result.student)
                questions.setdefault(key, {}).setdefault(result.exercises, set()).add(question.number)
    keys = sorted(students, key=lambda key: (-len(students[key]), key))
    rows = []
    for key in keys[:MAX_CAUSES]:
        where = (
            f"{escape(short_name(name))}: {', '.join(map(str, sorted(numbers)))}"
            for name, numbers in sorted(questions[key].items())
        )
        rows.append((_example(examples[key]), str(len(students[key])), "<br>".join(where)))
    more = len(keys) - MAX_CAUSES
    note = f'<p class="soft">{count(more, "rarer cause")} left out.</p>\n' if more > 0 else ""
    caption = "Reasons that differ in numbers alone are one cause; the text is the first student's"
    causes = table(caption, ["Cause", "#Students", "Questions"], rows)
    return f"<h2>Why points were lost</h2>\n{causes}{note}" if rows else ""


def _example(text: str) -> str:
    more = len(text) - _MAX_EXAMPLE
    return block(f"{text[:_MAX_EXAMPLE]}\u2026 ({more:,} more characters)" if more > 0 else text)


def _refused(refused: Iterable[SubmissionResult]) -> str:
    rows = [
        (
            _name(result.student),
            escape(short_name(result.exercises)) if result.exercises else "not known",
            _name(result.file),
            _example(result.problem),
        )
        for result in refused
    ]
    listed = table("To look at by hand", ["Student", "Exercises", "File", "Reason"], rows)
    return f"<h2>Refused submissions</h2>\n{listed}" if rows else ""


def _notes(results: Iterable[SubmissionResult]) -> str:
    students: dict[tuple[str, str], set[str]] = {}
    for result in results:
        for note in result.notes:
            students.setdefault((note, result.exercises), set()).add(result.student)
    rows = [
        (_example(note), escape(short_name(name)) if name else "not known", str(len(who)), _names(who))
        for (note, name), who in sorted(students.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    listed = table("What was unusual, and how it was taken", ["Note", "Exercises", "#Students", "Who"], rows)
    return f"<h2>Notes</h2>\n{listed}" if rows else ""


def _sandboxes(graded: Iterable[SubmissionResult]) -> str:
    kinds = Counter(result.sandbox for result in graded)
    rows = [(escape(short_name(kind)) if kind else "not known", str(kinds[kind])) for kind in sorted(kinds)]
    listed = table("What bounded memory and processes", ["Sandbox", "#Submissions"], rows)
    return f"<h2>Sandbox</h2>\n{listed}" if rows else ""


def _name(text: str) -> str:
    return f"<bdi>{escape(short_name(text))}</bdi>"


def _names(students: set[str]) -> str:
    more = len(students) - _MAX_NAMES
    listed = ", ".join(_name(student) for student in sorted(students)[:_MAX_NAMES])
    return f"{listed}, and {more:,} more" if more > 0 else listed
