"""A page of feedback for every student: one file that needs nothing else and runs nothing.

All that comes from a submission, the student's name included, is text: it is escaped, and the page's policy forbids
scripts and requests, so that a mistake here would still run nothing.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vae_course.files import write_whole
from vae_course.grading.export import one_line, printable
from vae_course.grading.results import QuestionResult, SubmissionResult

MAX_TEXT = 2000
"""Characters of a reason or a note that a page shows."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

STATUS = {
    "full": ("\u2713", "full points"),
    "partial": ("\u25d0", "part of the points"),
    "none": ("\u2717", "no points"),
}
"""A question's status as a sign and in words, so that nothing hangs on colour."""

_MAX_NAME = 200
_MAX_SLUG = 60
# What Windows takes for a device, with any ending.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{name}{i}" for name in ("com", "lpt") for i in range(10)]
)

_STYLE = """\
:root { color-scheme: light dark; --ink: #1d2430; --soft: #55606e; --paper: #ffffff; --field: #f3f5f8;
  --line: #cfd6df; --full: #1b6e3c; --partial: #8a5a00; --none: #b3261e; --bar: #2f6db5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #a9b4c2; --paper: #14181f; --field: #1f2530; --line: #3b4554;
    --full: #7fd6a0; --partial: #f0c060; --none: #ff9c94; --bar: #7db4f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.3rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; } h4 { font-size: 1rem; margin: .75rem 0 .25rem; }
a { color: inherit; }
p, li, td, th, summary { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); font-size: .9rem; overflow-wrap: normal; }
th, td { min-width: 4.5rem; } td .said, th .said { min-width: 13rem; }
tbody th { min-width: 8rem; font-weight: normal; } tfoot th, tfoot td { font-weight: bold; }
th.number, td.number { min-width: 0; text-align: right; white-space: nowrap; overflow-wrap: normal; }
thead th.number { white-space: normal; }
.status { overflow-wrap: normal; font-weight: 600; }
.full { color: var(--full); } .partial { color: var(--partial); } .none { color: var(--none); }
.said { white-space: pre-wrap; margin: .4rem 0; padding: .5rem .75rem; background: var(--field);
  border-left: .25rem solid var(--line); font: .9rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
.cut, .soft { color: var(--soft); font-size: .9rem; }
.banner { border: .2rem solid var(--none); padding: .75rem 1rem; margin: 1rem 0; font-weight: 600; }
progress { width: 5rem; accent-color: var(--bar); }
details { margin: .5rem 0; } summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }
:focus-visible { outline: .2rem solid var(--bar); outline-offset: .15rem; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --field: #fff; --line: #888;
    --full: #000; --partial: #000; --none: #000; --bar: #555; }
  main { max-width: none; padding: 0; } .scroll { overflow: visible; }
  h2, h3, h4 { break-after: avoid; } tr, .said { break-inside: avoid; } }
"""


def page(results: Sequence[SubmissionResult]) -> str:
    """One student's page, as HTML: points by set and question, why points are missing, what the visible checks say.

    Args:
        results: all of one student, one or several sets.

    Raises:
        ValueError: there is no result, or they are of several students.
    """
    students = {result.student for result in results}
    if len(students) != 1:
        raise ValueError(f"a page is for one student, and the results are of {len(students)}")
    results = sorted(results, key=lambda result: (result.exercises, result.file))
    name = short_name(students.pop())
    sections = "".join(_set(result, f"s{number}") for number, result in enumerate(results, start=1))
    return document(
        f"Feedback for {name}",
        f"<h1>Feedback for <bdi>{escape(name)}</bdi></h1>\n{_summary(results)}{sections}",
    )


def write_pages(results: Sequence[SubmissionResult], folder: Path) -> list[Path]:
    """Write one page a student into `folder`, each at once or not at all; returns their paths by student's name."""
    by_student: dict[str, list[SubmissionResult]] = {}
    for result in sorted(results, key=lambda result: result.student):
        by_student.setdefault(result.student, []).append(result)
    paths = []
    for own, name in zip(by_student.values(), file_names(list(by_student)), strict=True):
        paths.append(folder / name)
        write_whole({paths[-1]: page(own)})
    return paths


def file_names(students: Sequence[str]) -> list[str]:
    """A file name for every student, harmless on every system, and never the same for two.

    A name of harmless characters is kept. Any other loses them and gets a checksum of the whole name, and so does one
    that differs from another in case alone, is a device to Windows, or looks as if it had a checksum already.
    """
    slugs = [_slug(student) for student in students]
    counts = Counter(slug.casefold() for slug in slugs)
    names = []
    for student, slug in zip(students, slugs, strict=True):
        kept = (
            slug == student and counts[slug.casefold()] == 1 and slug.split(".")[0].casefold() not in _DEVICES
        )
        if not kept or re.search(r"-[0-9a-f]{10}$", slug, re.IGNORECASE):
            checksum = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:10]
            slug = f"{slug.replace('.', '-') or 'student'}-{checksum}"
        names.append(f"{slug}.html")
    return names


def document(title: str, body: str) -> str:
    """A whole HTML page around a body that is HTML already; the title is text."""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>
{_STYLE}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def escape(text: str) -> str:
    """Text as HTML, in an element or in a quoted attribute."""
    return html.escape(printable(text), quote=True)


def short_name(text: str) -> str:
    """A name of one line, cut at 200 characters; an empty one is called so."""
    text = one_line(text)
    return (text if len(text) <= _MAX_NAME else f"{text[:_MAX_NAME]}\u2026") or "(no name)"


def block(text: str) -> str:
    """A paragraph that keeps its lines, cut at 2,000 characters with a note."""
    text = text.strip() or "(nothing was said)"
    more = len(text) - MAX_TEXT
    note = f'<p class="cut">Cut here; {more:,} more characters.</p>\n' if more > 0 else ""
    return f'<p class="said" dir="auto">{escape(text[:MAX_TEXT])}</p>\n{note}'


def count(number: int, thing: str) -> str:
    """A number with its noun, as "1 point", "2 points"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> str:
    """A table whose rows begin with a heading. Cells are HTML; a column whose heading begins with "#" is of numbers."""
    kinds = [' class="number"' if head.startswith("#") else "" for head in heads]

    def row(cells: Sequence[str]) -> str:
        rest = "".join(f"<td{kind}>{text}</td>" for kind, text in zip(kinds[1:], cells[1:], strict=True))
        return f'<tr><th scope="row"{kinds[0]}>{cells[0]}</th>{rest}</tr>\n'

    names = zip(kinds, heads, strict=True)
    head = "".join(f'<th scope="col"{kind}>{escape(name.removeprefix("#"))}</th>' for kind, name in names)
    last = f"<tfoot>\n{row(foot)}</tfoot>\n" if foot else ""
    return f"""\
<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table>
<caption>{escape(caption)}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{"".join(row(cells) for cells in rows)}</tbody>
{last}</table></div>
"""


def _summary(results: Sequence[SubmissionResult]) -> str:
    if len(results) == 1:
        return ""
    rows = [
        (
            f'<a href="#s{number}">{_title(result)}</a>',
            f"{result.points} of {result.of}",
            escape(result.status),
        )
        for number, result in enumerate(results, start=1)
    ]
    points, of = sum(result.points for result in results), sum(result.of for result in results)
    foot = ("Together", f"{points} of {of}", "")
    return table("All exercise sets", ["Exercises", "#Points", "Status"], rows, foot)


def _set(result: SubmissionResult, anchor: str) -> str:
    parts = [f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{_title(result)}</h2>\n']
    parts.append(f"<p><strong>{result.points} of {count(result.of, 'point')}</strong>, ")
    parts.append(
        f'<span class="soft">from the file <bdi>{escape(short_name(result.file))}</bdi></span></p>\n'
    )
    if result.problem or result.status != "graded":
        parts.append('<h3 class="none">\u2717 This submission was refused</h3>\n' + block(result.problem))
    if result.notes:
        parts.append("<h3>Notes</h3>\n" + "".join(block(note) for note in result.notes))
    if result.questions and result.status == "graded":
        # Why a refused submission has no points is said once, above, and not for every question.
        spoken = {question.number for question in result.questions if _says_more(question)}
        parts.append(_table(result.questions, anchor, spoken))
        parts += [_question(q, f"{anchor}q{q.number}") for q in result.questions if q.number in spoken]
    return "".join(parts) + "</section>\n"


def _says_more(question: QuestionResult) -> bool:
    return bool(question.points < question.of or question.reasons or question.checks)


def _table(questions: Sequence[QuestionResult], anchor: str, spoken: set[int]) -> str:
    rows = []
    for question in questions:
        title = f"{question.number}. {escape(short_name(question.title))}"
        if question.number in spoken:
            title = f'<a href="#{anchor}q{question.number}">{title}</a>'
        rows.append((title, f"{question.points} of {question.of}", _status(question)))
    return table("Points by question", ["Question", "#Points", "Status"], rows)


def _question(question: QuestionResult, anchor: str) -> str:
    parts = [
        f'<h3 id="{anchor}">Question {question.number}: {escape(short_name(question.title))}</h3>\n',
        f"<p>{question.points} of {count(question.of, 'point')}: {_status(question)}</p>\n",
    ]
    if question.reasons:
        parts.append("<h4>Why points are missing</h4>\n" + "".join(block(text) for text in question.reasons))
    if question.checks:
        said = "".join(block(text) for text in question.checks)
        parts.append(f"<h4>What the checks in the notebook say</h4>\n{said}")
    if question.hint:
        label = f'Hint<span class="soft"> for question {question.number}</span>'
        parts.append(f"<details><summary>{label}</summary>\n{block(question.hint)}</details>\n")
    return "".join(parts)


def _status(question: QuestionResult) -> str:
    kind = question.status if question.status in STATUS else "none"
    sign, words = STATUS[kind]
    return f'<span class="status {kind}"><span aria-hidden="true">{sign}</span> {words}</span>'


def _title(result: SubmissionResult) -> str:
    return escape(short_name(result.exercises)) if result.exercises else "Of no known exercise set"


def _slug(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name[:1000]).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_only)[:_MAX_SLUG].strip("-._")
