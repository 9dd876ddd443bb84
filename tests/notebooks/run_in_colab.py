"""Run a notebook and report what that did to the environment: started by colab.py with the environment's own Python.

    python run_in_colab.py report.json kernel notebook.ipynb

The report says which versions were there before and after, where the kernel found the library, what it could import
from, and where pip took the library from.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PROBE = "import json, sys, vae_course; print(json.dumps([vae_course.__file__, sys.path]))"


def versions() -> dict[str, str]:
    return {package.name: package.version for package in importlib.metadata.distributions()}


def run(path: Path, kernel: str) -> list:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name=kernel, timeout=600, resources=resources).execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


to, kernel, notebook = sys.argv[1:]
report = {"before": versions(), "kernel": run(Path(notebook), kernel), "after": versions()}
origin = importlib.metadata.distribution("vae-course").read_text("direct_url.json")
report["origin"] = json.loads(origin) if origin else None
Path(to).write_text(json.dumps(report))
