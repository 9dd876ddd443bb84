"""The chapters keep the rules."""

import re

import jupytext
import pytest

from tests.notebooks.chapters import CHAPTERS, NAMES, ROOT, twin
from tests.notebooks.rules import RULES, broken_links
from tools import twins

each_chapter = pytest.mark.parametrize("name", NAMES)


def test_there_are_chapters_each_with_its_twin():
    assert NAMES
    assert [path.stem for path in sorted((ROOT / "chapters").glob("*.ipynb"))] == NAMES


@each_chapter
def test_text_and_twin_are_equal(name):
    text = jupytext.read(ROOT / "chapters" / f"{name}.md")
    pairs = zip(text.cells, twin(name).cells, strict=True)
    assert [a.source for a, b in pairs if (a.cell_type, a.source) != (b.cell_type, b.source)] == []


def test_nothing_is_stale():
    assert [str(finding) for finding in twins.findings(ROOT)] == []


@each_chapter
def test_first_cell_is_the_stamped_one(name):
    assert twins.code_cells(twin(name))[0].source == twins.install_cell(ROOT)


@each_chapter
def test_title_carries_the_number_of_the_file(name):
    number, title = re.match(r"# (\d+)\. (.+)", twin(name).cells[0].source).groups()
    assert f"{int(number):02d}" == name.split("-")[0]
    assert title


@each_chapter
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_chapter_keeps_the_rule(name, rule):
    assert rule(twin(name)) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=NAMES)
def test_links_to_files_resolve(chapter):
    assert broken_links(twin(chapter.name), chapter.twin.parent) == []


@each_chapter
def test_most_cells_are_compared_when_a_chapter_runs_again(name):
    """A chapter whose every output were ignored would prove nothing. Proofs count: they are compared."""
    compared = [
        cell
        for cell in twins.code_cells(twin(name))
        if cell.outputs and "nbval-ignore-output" not in cell.metadata.get("tags", [])
    ]
    assert len(compared) >= 5
