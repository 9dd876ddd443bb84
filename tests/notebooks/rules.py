"""The rules of a chapter (book/AUTHORS.md) that can be read off its executed twin. Each returns the faults it finds."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from tools import twins

MAX_LINES = 15
END = ["What breaks", "Summary", "Exercises", "References"]
RULES: list[Callable[[NotebookNode], list[str]]] = []


def rule(check: Callable[[NotebookNode], Iterator[str]]) -> Callable[[NotebookNode], list[str]]:
    def faults(notebook: NotebookNode) -> list[str]:
        return list(check(notebook))

    faults.__name__ = check.__name__
    RULES.append(faults)
    return faults


def where(cell: NotebookNode) -> str:
    return f"`{cell.source.strip().splitlines()[0]}`" if cell.source.strip() else "an empty cell"


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def prose(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def written(notebook: NotebookNode) -> list[NotebookNode]:
    """Code cells without the stamped one, which is the same everywhere."""
    return twins.code_cells(notebook)[1:]


@rule
def second_cell_begins_the_run(notebook: NotebookNode) -> Iterator[str]:
    cell = written(notebook)[0]
    if not re.search(r"^run = (training\.)?begin\(", cell.source, flags=re.MULTILINE):
        yield f"no `run = begin(...)`: {where(cell)}"
    if "nbval-ignore-output" not in tags(cell):
        yield f"prints the device, so it needs the tag nbval-ignore-output: {where(cell)}"


@rule
def cells_are_short(notebook: NotebookNode) -> Iterator[str]:
    for cell in written(notebook):
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if lines > MAX_LINES:
            yield f"{lines} lines: {where(cell)}"


@rule
def cells_show_one_thing(notebook: NotebookNode) -> Iterator[str]:
    for cell in twins.code_cells(notebook):
        if len(cell.outputs) > 1:
            yield f"{len(cell.outputs)} outputs: {where(cell)}"


@rule
def no_cell_warns_or_fails(notebook: NotebookNode) -> Iterator[str]:
    for cell in twins.code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{output.get('ename', 'stderr')}: {where(cell)}"


@rule
def images_have_words_and_a_caption(notebook: NotebookNode) -> Iterator[str]:
    following = [*notebook.cells[1:], None]
    for cell, below in zip(notebook.cells, following, strict=True):
        if cell.cell_type != "code" or not any("image/png" in o.get("data", {}) for o in cell.outputs):
            continue
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if len(alt.split()) < 4 or "/" in alt.split()[0]:
            yield f"no alt text in mystnb.image.alt: {where(cell)}"
        if below is None or not re.match(r"\*Figure\.\* \S", below.source):
            yield f"no caption, `*Figure.* ...`, right below: {where(cell)}"
        if not cell.source.rstrip().endswith("plt.show()"):
            yield f"does not end with plt.show(): {where(cell)}"


def calls_fit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "fit"


@rule
def training_ends_in_a_checked_claim(notebook: NotebookNode) -> Iterator[str]:
    for cell in written(notebook):
        body = ast.parse(cell.source).body
        fits = [i for i, statement in enumerate(body) if any(map(calls_fit, ast.walk(statement)))]
        if fits and not any(isinstance(statement, ast.Assert) for statement in body[fits[-1] + 1 :]):
            yield f"no assert after fit(): {where(cell)}"
        if fits and "nbval-ignore-output" not in tags(cell):
            yield f"trains, so it needs the tag nbval-ignore-output: {where(cell)}"


@rule
def prose_is_plain_markdown(notebook: NotebookNode) -> Iterator[str]:
    """Colab shows directives, roles and targets as raw text."""
    for pattern in (r"^\s*(?::::|```\{|~~~\{).*", r"\{[a-z:-]+\}`[^`]*`", r"^\([\w-]+\)=\s*$", r"^%.*"):
        yield from re.findall(pattern, prose(notebook), flags=re.MULTILINE)


@rule
def displayed_equations_stand_on_their_own_lines(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            fences = re.findall(r"^\$\$(?: \([a-z0-9-]+\))?$", cell.source, flags=re.MULTILINE)
            if len(fences) != cell.source.count("$$") or len(fences) % 2:
                yield f"`$$` and `$$ (label)` need lines of their own: {where(cell)}"


@rule
def every_labelled_equation_is_proved_right_below(notebook: NotebookNode) -> Iterator[str]:
    following = [*notebook.cells[1:], None]
    for cell, below in zip(notebook.cells, following, strict=True):
        if cell.cell_type != "markdown":
            continue
        labels = re.findall(r"^\$\$ \(([\w-]+)\)$", cell.source, flags=re.MULTILINE)
        if len(labels) > 1:
            yield f"a cell for each of {', '.join(labels)}, please"
        elif labels and (below is None or below.source != f'prove("{labels[0]}")'):
            yield f'no cell `prove("{labels[0]}")` right below the equation'
        elif labels and tags(below) != ["hide-output"]:
            yield f"the proof of {labels[0]} needs the tag hide-output"


@rule
def references_to_equations_resolve(notebook: NotebookNode) -> Iterator[str]:
    labels = re.findall(r"^\$\$ \(([\w-]+)\)$", prose(notebook), flags=re.MULTILINE)
    for text, label in re.findall(r"\[([^\]]*)\]\(#([^)]*)\)", prose(notebook)):
        if label not in labels or text != f"({label})":
            yield f"[{text}](#{label})"


@rule
def the_chapter_has_its_anatomy(notebook: NotebookNode) -> Iterator[str]:
    """A numbered title, a question, the goals; what breaks, summary, exercises, references."""
    opening = notebook.cells[0].source
    if not re.match(r"# \d+\. \S", opening):
        yield "no title `# N. ...`"
    if "?" not in opening:
        yield "no question before the first cell"
    if not re.search(r"^\*\*After this chapter you can\*\*\n\n(- .*\n){2}", opening, flags=re.MULTILINE):
        yield "no goals: `**After this chapter you can**` and a list"
    headings = re.findall(r"^## (.+)$", prose(notebook), flags=re.MULTILINE)
    if headings[-len(END) :] != END:
        yield f"does not end with {', '.join(END)}"


def broken_links(notebook: NotebookNode, folder: Path) -> list[str]:
    """Links and images of the prose whose file is not there; addresses of the web are the bibliography's business."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(notebook))
    return [
        link for link in links if not re.match(r"[a-z]+:", link) and not (folder / unquote(link)).exists()
    ]
