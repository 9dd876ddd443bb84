"""The rules of a chapter that can be read off its text and its twin (book/AUTHORS.md)."""

import re
from collections.abc import Iterator

import jupytext
import pytest
from nbformat import NotebookNode

from tests.notebooks.chapters import NAMES, ROOT, twin
from tools import twins

pytestmark = pytest.mark.parametrize("name", NAMES)


def code(name: str) -> Iterator[tuple[str, NotebookNode]]:
    """Code cells of a twin, each with words that name it in a failure."""
    for count, cell in enumerate(twins.code_cells(twin(name)), start=1):
        yield f"{name}, code cell {count}: {cell.source.splitlines()[0]}", cell


def prose(name: str) -> str:
    return "\n".join(cell.source for cell in twin(name).cells if cell.cell_type == "markdown")


def images(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.outputs if "image/png" in output.get("data", {})]


def test_text_and_twin_are_equal(name):
    text = jupytext.read(ROOT / "chapters" / f"{name}.md")
    pairs = zip(text.cells, twin(name).cells, strict=True)
    assert all((a.cell_type, a.source) == (b.cell_type, b.source) for a, b in pairs)


def test_nothing_is_stale(name):
    assert [str(finding) for finding in twins.findings(ROOT, [name])] == []


def test_first_cell_is_the_stamped_one(name):
    assert twins.code_cells(twin(name))[0].source == twins.install_cell(ROOT)


def test_second_cell_begins_the_run(name):
    cell = twins.code_cells(twin(name))[1]
    assert "run = " in cell.source
    assert "begin(" in cell.source
    assert "nbval-ignore-output" in cell.metadata.tags


def test_cells_have_at_most_15_lines_of_code(name):
    lengths = {
        where: len([line for line in cell.source.splitlines() if line.strip()]) for where, cell in code(name)
    }
    assert {where: length for where, length in lengths.items() if length > 15} == {}


def test_cells_show_one_thing(name):
    assert [where for where, cell in code(name) if len(cell.outputs) > 1] == []


def test_no_cell_warns_or_fails(name):
    noisy = [where for where, cell in code(name) for output in cell.outputs if output.get("name") == "stderr"]
    failed = [where for where, cell in code(name) for output in cell.outputs if output.output_type == "error"]
    assert (noisy, failed) == ([], [])


def test_images_have_words_and_a_caption(name):
    cells = twin(name).cells
    faults = []
    for index, cell in enumerate(cells):
        if cell.cell_type == "code" and images(cell):
            words = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if len(words.split()) < 4:
                faults.append(f"no alt text: {cell.source[:60]}")
            if index + 1 == len(cells) or not cells[index + 1].source.startswith("*Figure.* "):
                faults.append(f"no caption: {cell.source[:60]}")
            if not cell.source.rstrip().endswith(("plt.show()", "any()")):
                faults.append(f"does not end in plt.show(): {cell.source[-60:]}")
    assert faults == []


def test_training_ends_in_a_checked_claim(name):
    training = [(where, cell) for where, cell in code(name) if re.search(r"\bfit\(", cell.source)]
    assert training
    assert [where for where, cell in training if "assert " not in cell.source] == []
    assert [where for where, cell in training if "nbval-ignore-output" not in cell.metadata.tags] == []


def test_chapter_is_plain_markdown(name):
    text = prose(name)
    assert re.findall(r"^\s*(?::::|```\{)[^\n]*", text, flags=re.MULTILINE) == [], "directives"
    assert re.findall(r"\{[a-z:]+\}`[^`]*`", text) == [], "roles"
    assert re.findall(r"^\([\w-]+\)=$", text, flags=re.MULTILINE) == [], "targets"


def test_labelled_equations_stand_on_lines_of_their_own(name):
    text = prose(name)
    assert len(re.findall(r"^\$\$(?: \([a-z0-9-]+\))?$", text, flags=re.MULTILINE)) == text.count("$$")


def test_every_labelled_equation_is_proved_below(name):
    text = (ROOT / "chapters" / f"{name}.md").read_text(encoding="utf-8")
    labels = re.findall(r"^\$\$ \(([\w-]+)\)$", text, flags=re.MULTILINE)
    proved = re.findall(r"^prove\(\"([\w-]+)\"\)$", text, flags=re.MULTILINE)
    assert proved == labels
    folded = [cell for _, cell in code(name) if cell.source.startswith("prove(")]
    assert all(cell.metadata.tags == ["hide-output"] for cell in folded)


def test_exercises_and_references_close_the_chapter(name):
    headings = re.findall(r"^## (.+)$", prose(name), flags=re.MULTILINE)
    assert headings[-4:] == ["What breaks", "Summary", "Exercises", "References"]
