"""The chapters of this project, as the tests of the notebooks go through them."""

from pathlib import Path

import nbformat

from tools import twins

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = twins.chapters(ROOT)
NAMES = [chapter.name for chapter in CHAPTERS]


def twin(name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
