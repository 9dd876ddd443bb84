"""Run notebooks as Colab would, and report: started by test_colab.py with the Python of a fresh environment.

    python run_in_colab.py report.json notebook.ipynb ...

Each notebook runs from its own folder in a kernel of this environment. The report says which versions were there
before and after, where each kernel found the library, what each kernel could import from, and where pip took the
library from.
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


def run(path: Path) -> list:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name="python3", timeout=600, resources=resources).execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


report = {"before": versions(), "kernels": [run(Path(path)) for path in sys.argv[2:]], "after": versions()}
origin = importlib.metadata.distribution("vae-course").read_text("direct_url.json")
report["origin"] = json.loads(origin) if origin else None
Path(sys.argv[1]).write_text(json.dumps(report))
