"""Pages of feedback: all that a student may read, and nothing of it is anything but text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from vae_course.grading import feedback
from vae_course.grading.export import printable
from vae_course.grading.results import QuestionResult, SubmissionResult

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '" onmouseover="alert(1)',
    "</p></main></body><iframe src=//evil.example>",
    "</title><style>@import '//evil.example'</style>",
    "<!-- ",
    "]]> <![CDATA[",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "two\nlines",
    "right\u202eexe.pdf",
    "nul\x00 bell\x07 \udcff",
    "\U0001f393 Zo\u00eb \u674e\u96f7 \u05de\u05e8\u05d9\u05dd",
    "<b>" * 3333 + "x",
]
VOID = {"meta", "br"}
ATTRIBUTES = frozenset([
    "class", "id", "href", "lang", "charset", "http-equiv", "content", "name", "scope", "dir", "role", "aria-label",
    "aria-labelledby", "aria-hidden", "tabindex",
])  # fmt: skip


class Page(HTMLParser):
    """A page read back: its elements with their attributes, its text, and what is wrong with it."""

    def __init__(self, text: str, allowed: frozenset[str] = ATTRIBUTES) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.elements: list[tuple[str, tuple]] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"never closed: {self.open}")

    def handle_starttag(self, tag, attributes) -> None:
        self.elements.append((tag, tuple(name for name, _ in attributes)))
        self.faults += [f"attribute {name}" for name, _ in attributes if name not in self.allowed]
        for name, value in attributes:
            if name in ("id", "aria-labelledby", "href") and not re.fullmatch(r"#?s\d+(q\d+)?", value or ""):
                self.faults.append(f"{name}={value!r}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"stray </{tag}>")

    def handle_data(self, data) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def handle_comment(self, data) -> None:
        self.faults.append(f"comment {data[:20]!r}")

    def unknown_decl(self, data) -> None:
        self.faults.append(f"declaration {data[:20]!r}")

    @property
    def text(self) -> str:
        return "".join(self.words)


def submission(text: str, **changes) -> SubmissionResult:
    """A result that says `text` wherever a result can say something."""
    questions = [
        QuestionResult(1, text, 4, 1, "partial", [text, text], [text], text),
        QuestionResult(2, text, 3, 3, "full", [], [], text),
        QuestionResult(3, text, 2, 0, "none", [text]),
    ]
    result = SubmissionResult(text, text, text, "graded", "", [text], questions, "key", "cgroup v2")
    return replace(result, **changes)


def both(text: str) -> list[SubmissionResult]:
    """A graded and a refused submission of one student."""
    return [submission(text), submission(text, exercises=f"{text} ", status="refused", problem=text)]


def harmless(text: str) -> str:
    """A text of the same length of which no character means anything."""
    return "a" * len(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_element_and_no_attribute_comes_from_the_data(text) -> None:
    page = Page(feedback.page(both(text)))
    assert page.faults == []
    assert page.elements == Page(feedback.page(both(harmless(text)))).elements
    shown = printable(text.strip())[: feedback.MAX_TEXT]
    assert page.text.count(shown) >= 5


# The third would need an attribute of data to stand in, and a student's page has none.
@pytest.mark.parametrize("text", HOSTILE[:2] + HOSTILE[3:8])
def test_a_page_that_does_not_escape_is_found(text, monkeypatch) -> None:
    good = Page(feedback.page(both(harmless(text)))).elements
    monkeypatch.setattr(feedback, "escape", lambda text: text)
    page = Page(feedback.page(both(text)))
    shown = printable(text)
    assert page.faults or page.elements != good or shown not in page.text


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    text = feedback.page(both("anna"))
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?:", text)
    # The policy stands before anything that it could apply to.
    assert text.index("Content-Security-Policy") < text.index("<title>") < text.index("<style>")


def test_a_page_says_all_that_a_student_may_know() -> None:
    question = QuestionResult(
        1, "Two likelihoods", 4, 1, "partial", ["the sign is wrong"], ["shape is (3,)"], "sum the logs"
    )
    full = QuestionResult(2, "Six runs", 3, 3, "full", hint="a hint that nobody needs")
    one = SubmissionResult(
        "Anna", "02-elbo", "Anna.ipynb", "graded", "", ["cell q1 is missing"], [question, full]
    )
    two = SubmissionResult(
        "Anna", "04-digits", "b.ipynb", "refused", "no valid JSON text", [], [replace(full, points=0)]
    )
    page = Page(feedback.page([two, one]))
    for words in (
        "Feedback for Anna", "4 of 7 points", "0 of 3 points", "4 of 10", "1. Two likelihoods", "1 of 4",
        "part of the points", "the sign is wrong", "shape is (3,)", "sum the logs", "cell q1 is missing", "full points",
        "This submission was refused", "no valid JSON text",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.text.index("02-elbo") < page.text.index("04-digits")
    assert "a hint that nobody needs" not in page.text
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    assert tags.index("details") > tags.index("h3")


def test_links_lead_to_the_question() -> None:
    text = feedback.page(both("anna"))
    targets = re.findall(r'href="#(\w+)"', text)
    assert targets
    for target in targets:
        assert text.count(f'id="{target}"') == 1


def test_long_texts_are_cut_with_a_note() -> None:
    page = Page(feedback.page([submission("y" * 12_345)]))
    assert "y" * 2_000 in page.text
    assert "y" * 2_001 not in page.text
    assert "10,345 more characters" in page.text


def test_a_page_is_for_one_student() -> None:
    with pytest.raises(ValueError, match="the results are of 2"):
        feedback.page([submission("anna"), submission("bo")])
    with pytest.raises(ValueError, match="the results are of 0"):
        feedback.page([])


def test_every_student_gets_a_file_inside_the_folder(tmp_path) -> None:
    names = [*HOSTILE, "", "Anna", "anna", "bo", "CON", "nul.x", "..", ".hidden", "x" * 300, "x" * 299]
    folder = tmp_path / "pages"
    results = [r for name in names for r in (submission(name), submission(name, exercises="other"))]
    paths = feedback.write_pages(results, folder)
    assert sorted(paths) == sorted(folder.iterdir())
    assert len({path.name.casefold() for path in paths}) == len(names)
    assert list(tmp_path.iterdir()) == [folder]
    for path, name in zip(paths, sorted(names), strict=True):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,75}\.html", path.name), path.name
        assert path.name.split(".")[0].casefold() not in ("con", "nul")
        assert path.read_text(encoding="utf-8") == feedback.page([r for r in results if r.student == name])
    assert "bo.html" in {path.name for path in paths}


def test_nobody_can_name_a_file_to_land_on_another_page() -> None:
    (victim,) = feedback.file_names(["Anna Berg"])
    for taken in (victim.removesuffix(".html"), victim.removesuffix(".html").upper()):
        names = feedback.file_names(["Anna Berg", taken])
        assert names[0] == victim
        assert names[1].casefold() != victim.casefold()


def test_names_do_not_depend_on_the_order() -> None:
    names = ["Anna", "anna", "Zo\u00eb", "bo"]
    assert feedback.file_names(names[::-1]) == feedback.file_names(names)[::-1]
