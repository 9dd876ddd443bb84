"""Run a chapter's cells on the GPU that is not there: `python -m tests.gpu.chapter NOTEBOOK`."""

import sys

import matplotlib
import nbformat
from IPython.core.interactiveshell import InteractiveShell

from tests.gpu.device import pretended


def run(notebook: str) -> None:
    """Every code cell, in order; the first that raises ends it, with the cell's source."""
    shell = InteractiveShell.instance()
    with pretended():
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "code":
                result = shell.run_cell(cell.source)
                if not result.success:
                    sys.exit(f"\nin the cell\n{cell.source}")


if __name__ == "__main__":
    matplotlib.use("Agg")
    run(sys.argv[1])
