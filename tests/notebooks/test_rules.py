"""Each rule of a chapter sees its fault, on a small sound chapter into which one fault is planted."""

from collections.abc import Callable

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import rules

TITLE = "# 7. A small chapter\n\nWhy?\n\n**After this chapter you can**\n\n- ask;\n- answer.\n"
CLOSING = "## What breaks\n\n## Summary\n\nAs [(one)](#one) says.\n\n## Exercises\n\n## References"
IGNORE = ["nbval-ignore-output"]


def sound() -> NotebookNode:
    png = new_output("display_data", data={"image/png": "AAAA", "text/plain": "<Figure>"})
    alt = {"mystnb": {"image": {"alt": "a line from left to right"}}}
    return new_notebook(
        cells=[
            new_markdown_cell(TITLE),
            new_code_cell("install = True"),
            new_code_cell("run = begin(seed=0)", metadata={"tags": IGNORE}),
            new_markdown_cell("So:\n\n$$\na = b\n$$ (one)"),
            new_code_cell('prove("one")', metadata={"tags": ["hide-output"]}),
            new_code_cell("fit(model)\nassert True", metadata={"tags": IGNORE}),
            new_code_cell("plt.show()", metadata=alt, outputs=[png]),
            new_markdown_cell("*Figure.* A line."),
            new_markdown_cell(CLOSING),
        ]
    )


BEGIN, EQUATION, PROOF, TRAINING, PLOT, CAPTION, END = range(2, 9)


def source(index: int, text: str) -> Callable[[NotebookNode], None]:
    """A fault: another source of a cell."""

    def plant(notebook: NotebookNode) -> None:
        notebook.cells[index].source = text

    return plant


def metadata(index: int, **values) -> Callable[[NotebookNode], None]:
    def plant(notebook: NotebookNode) -> None:
        notebook.cells[index].metadata.update(values)

    return plant


def outputs(index: int, *values: NotebookNode) -> Callable[[NotebookNode], None]:
    def plant(notebook: NotebookNode) -> None:
        notebook.cells[index].outputs = list(values)

    return plant


def remove(index: int) -> Callable[[NotebookNode], None]:
    def plant(notebook: NotebookNode) -> None:
        del notebook.cells[index]

    return plant


LINE = new_output("stream", name="stdout", text="a line\n")
WARNING = new_output("stream", name="stderr", text="a warning\n")
ERROR = new_output("error", ename="ValueError", evalue="", traceback=[])
PATH_AS_ALT = {"image": {"alt": "../_images/abc.png made by a cell"}}

FAULTS = [
    (rules.second_cell_begins_the_run, source(BEGIN, "import torch")),
    (rules.second_cell_begins_the_run, metadata(BEGIN, tags=[])),
    (rules.cells_are_short, source(TRAINING, "fit(model)\n" + "assert True\n\n" * 15)),
    (rules.cells_show_one_thing, outputs(PROOF, LINE, LINE)),
    (rules.no_cell_warns_or_fails, outputs(PROOF, WARNING)),
    (rules.no_cell_warns_or_fails, outputs(PROOF, ERROR)),
    (rules.images_have_words_and_a_caption, metadata(PLOT, mystnb={})),
    (rules.images_have_words_and_a_caption, metadata(PLOT, mystnb=PATH_AS_ALT)),
    (rules.images_have_words_and_a_caption, source(CAPTION, "Figure: a line.")),
    (rules.images_have_words_and_a_caption, remove(CAPTION)),
    (rules.images_have_words_and_a_caption, source(PLOT, "plt.plot([1]);")),
    (rules.training_ends_in_a_checked_claim, source(TRAINING, "history = training.fit(model)")),
    (rules.training_ends_in_a_checked_claim, source(TRAINING, "assert True\nfit(model)")),
    (rules.training_ends_in_a_checked_claim, metadata(TRAINING, tags=[])),
    (rules.prose_is_plain_markdown, source(CAPTION, "```{note}\nNo.\n```")),
    (rules.prose_is_plain_markdown, source(CAPTION, ":::{note}\nNo.\n:::")),
    (rules.prose_is_plain_markdown, source(CAPTION, "See {cite:p}`kingma2014`.")),
    (rules.prose_is_plain_markdown, source(CAPTION, "(target)=\n## Here")),
    (rules.displayed_equations_stand_on_their_own_lines, source(EQUATION, "$$a = b$$ (one)")),
    (rules.displayed_equations_stand_on_their_own_lines, source(EQUATION, "$$\na = b\n$$(one)")),
    (rules.every_labelled_equation_is_proved_right_below, remove(PROOF)),
    (rules.every_labelled_equation_is_proved_right_below, source(PROOF, 'prove("two")')),
    (rules.every_labelled_equation_is_proved_right_below, metadata(PROOF, tags=[])),
    (rules.references_to_equations_resolve, source(EQUATION, "$$\na = b\n$$ (another)")),
    (rules.references_to_equations_resolve, source(CAPTION, "See [above](#one).")),
    (rules.the_chapter_has_its_anatomy, source(0, TITLE.replace("# 7. ", "# "))),
    (rules.the_chapter_has_its_anatomy, source(0, TITLE.replace("?", "."))),
    (rules.the_chapter_has_its_anatomy, source(0, TITLE.split("- ask")[0])),
    (rules.the_chapter_has_its_anatomy, source(END, CLOSING.replace("## What breaks\n", ""))),
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_sound_chapter_keeps_the_rule(rule):
    assert rule(sound()) == []
    assert rule in [broken for broken, _ in FAULTS], "no planted fault shows that this rule can fail"


@pytest.mark.parametrize(
    ("rule", "plant"), FAULTS, ids=[f"{rule.__name__}-{i}" for i, (rule, _) in enumerate(FAULTS)]
)
def test_a_fault_is_seen(rule, plant):
    notebook = sound()
    plant(notebook)
    assert len(rule(notebook)) >= 1


def test_a_link_to_a_file_that_is_not_there_is_seen(tmp_path):
    (tmp_path / "here.md").touch()
    text = (
        "[a](here.md) ![b](gone.png) [c](https://example.org/x) [d](here.md#part) [e](#one) [f](../gone.md)"
    )
    assert rules.broken_links(new_notebook(cells=[new_markdown_cell(text)]), tmp_path) == [
        "gone.png",
        "../gone.md",
    ]
