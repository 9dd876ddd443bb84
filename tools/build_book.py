"""Build the book into _build/html, offline-ready, with every warning an error.

python tools/build_book.py
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
# What is built beside the pages of _toc.yml: the search, and an entrance that leads to the first page.
GENERATED = {"index.html", "search.html"}


class BookError(Exception):
    """The book cannot be built, or what was built is not the book. The message says what to do."""


def pages(root: Path) -> list[str]:
    """The pages that _toc.yml lists, as paths without suffix, in reading order."""

    def files(entry: dict) -> list[str]:
        below = [*entry.get("parts", []), *entry.get("chapters", []), *entry.get("sections", [])]
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [file for child in below for file in files(child)]

    return files(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))


def failing_cells(notebook: Path) -> list[str]:
    """Errors among the stored outputs of a notebook, as "file, cell 3: NameError: ..."."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [
        f"{notebook.name}, cell {count}: {output.ename}: {output.evalue}"
        for count, cell in enumerate(cells, start=1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def check_sources(root: Path) -> None:
    """Raise BookError unless every page exists, every chapter is a page, and no stored output is an error."""
    listed = pages(root)
    lost = [
        page for page in listed if not any((root / page).with_suffix(s).exists() for s in (".md", ".ipynb"))
    ]
    if lost:
        raise BookError(f"_toc.yml lists pages that do not exist: {', '.join(lost)}")
    chapters = {f"chapters/{path.stem}" for path in (root / "chapters").glob("*.md")}
    if chapters - set(listed):
        raise BookError(f"_toc.yml does not list: {', '.join(sorted(chapters - set(listed)))}")
    untwinned = [
        chapter for chapter in sorted(chapters) if not (root / chapter).with_suffix(".ipynb").exists()
    ]
    if untwinned:
        raise BookError(f"Not executed yet: {', '.join(untwinned)}. Run: make chapters")
    failures = [line for chapter in sorted(chapters) for line in failing_cells(root / f"{chapter}.ipynb")]
    if failures:
        raise BookError("\n".join(["Stored outputs hold errors:", *failures]))


def check_pages(root: Path, html: Path) -> None:
    """Raise BookError unless the pages built are exactly those of _toc.yml."""
    wanted = {f"{page}.html" for page in pages(root)}
    found = {
        path.relative_to(html).as_posix() for path in html.rglob("*.html") if "_static" not in path.parts
    }
    found -= GENERATED
    if found != wanted:
        raise BookError(f"Pages missing: {sorted(wanted - found)}; unexpected: {sorted(found - wanted)}")


def build(root: Path, output: Path | None = None) -> Path:
    """Build the book of the project at `root` in `output`/_build (default: `root`), and return its folder.

    Raises BookError, with every warning, if there is any, or if the pages are not those of _toc.yml.
    """
    check_sources(root)
    output = output or root
    html = output / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)  # else a page that is no longer in the book would stay
    paths = [str(Path(__file__).resolve().parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    # jupyter-book has no `python -m`; its command in this environment may not be on PATH.
    start = "from jupyter_book.cli.main import main; main(prog_name='jupyter-book')"
    command = [sys.executable, "-c", start, "build", str(root), "--path-output", str(output)]
    command += ["--all", "-W", "--keep-going", "-q"]
    done = subprocess.run(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise BookError(f"{done.stdout}\nThe book was not built: each warning above counts as an error.")
    check_pages(root, html)
    return html


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    root = parser.parse_args().root.resolve()
    try:
        html = build(root)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    first = html / "index.html"
    print(f"The book is ready: {len(pages(root))} pages in {html}\nOpen {first.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
