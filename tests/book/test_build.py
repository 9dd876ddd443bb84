"""What must not be built: fabricated projects with one fault each."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from tools import build_book
from tools.build_book import BookError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path) -> Path:
    """A book of two pages, with this project's configuration."""
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "book").mkdir()
    for name in ("images", "static", "references.bib"):
        source = ROOT / "book" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / "book" / name)
    (tmp_path / "book/index.md").write_text("# Front\n\nSee [(two)](#two).\n")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n  - file: chapters/07-x\n"
    )
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/07-x.md").write_text("the text of which the notebook is the twin")
    write_chapter(tmp_path, "# 7. X\n\n$$\na = b\n$$ (one)\n\n$$\nc = d\n$$ (two)\n")
    return tmp_path


def write_chapter(root: Path, text: str, outputs: tuple = ()) -> None:
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1", outputs=list(outputs))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (root / "chapters/07-x.ipynb").write_text(json.dumps(notebook))


def test_a_sound_project_builds_with_chapter_numbers(project):
    html = build_book.build(project)
    assert "(7.2)" in (html / "chapters/07-x.html").read_text()
    assert "(7.2)" in (html / "book/index.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Front\n\n[nowhere](#nowhere)\n", "nowhere"),
        ("# Front\n\n[a page](missing.md)\n", "missing.md"),
        ("# Front\n\n### Level skipped\n", "level"),
        ("# Front\n\n```{unknown}\n```\n", "unknown"),
        ("# Front\n\n```{explorer} chapters/07-x plane\n```\n", "07-x.ipynb shows no explorer plane"),
        ("# Front\n\n```{explorer} chapters/08-y plane\n```\n", "no 08-y.ipynb to take an explorer from"),
    ],
    ids=["reference", "page", "heading", "directive", "explorer", "notebook"],
)
def test_a_warning_fails_the_build(project, text, said):
    (project / "book/index.md").write_text(text)
    with pytest.raises(BookError, match=said):
        build_book.build(project)


def test_a_stored_error_fails_the_build(project):
    error = nbformat.v4.new_output("error", ename="NameError", evalue="no z", traceback=[])
    write_chapter(project, "# 7. X", (error,))
    with pytest.raises(BookError, match=r"07-x\.ipynb, cell 2: NameError: no z"):
        build_book.build(project)


def test_a_chapter_outside_the_table_of_contents_is_named(project):
    (project / "chapters/08-y.md").write_text("new")
    with pytest.raises(BookError, match="does not list: chapters/08-y"):
        build_book.check_sources(project)


def test_a_chapter_without_twin_is_named(project):
    (project / "chapters/07-x.ipynb").unlink()
    with pytest.raises(BookError, match="07-x"):
        build_book.check_sources(project)


def test_a_listed_page_that_is_not_there_is_named(project):
    (project / "_toc.yml").write_text("format: jb-book\nroot: book/index\nchapters:\n  - file: book/gone\n")
    with pytest.raises(BookError, match="book/gone"):
        build_book.check_sources(project)


def test_a_missing_or_unexpected_page_is_named(project):
    html = project / "html"
    (html / "book").mkdir(parents=True)
    (html / "book/index.html").touch()
    (html / "extra.html").touch()
    with pytest.raises(BookError, match=r"missing: \['chapters/07-x.html'\]; unexpected: \['extra.html'\]"):
        build_book.check_pages(project, html)
