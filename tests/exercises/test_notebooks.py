"""The committed notebooks and pages: made from the sources, and run as a student runs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest

from tests.exercises.runner import ROOT, SETS
from tools.twins import install_cell
from vae_course.grading import release
from vae_course.grading.format import role
from vae_course.grading.sheet import sheet

each_set = pytest.mark.parametrize("name", SETS)
REMAKE = "run: make exercises"


def run_nbval(path: Path, folder: Path) -> dict[int, str]:
    """Run plain `pytest --nbval-lax` on a copy of a notebook; return what failed, by number of the code cell."""
    copy = shutil.copy(path, folder / path.name)
    report = folder / "report.xml"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval-lax",
            str(copy),
            f"--junitxml={report}",
            "--rootdir",
            str(folder),
        ],
        capture_output=True,
        timeout=300,
        cwd=folder,
    )
    cases = list(ElementTree.parse(report).iter("testcase"))
    notebook = nbformat.read(path, as_version=4)
    assert len(cases) == sum(cell.cell_type == "code" for cell in notebook.cells)
    return {
        int(case.get("name").removeprefix("Cell ")): re.sub(
            r"#x1B\[[0-9;]*m", "", "".join(problem.itertext())
        )
        for case in cases
        for problem in case
        if problem.tag in ("failure", "error", "skipped")
    }


@each_set
def test_committed_files_are_made_from_the_source(name: str) -> None:
    made = {
        ROOT / "exercises" / f"{name}.ipynb": nbformat.writes(release.student(SETS[name])) + "\n",
        ROOT / "exercises" / "solutions" / f"{name}.ipynb": nbformat.writes(release.solution(SETS[name]))
        + "\n",
        ROOT / "book" / "exercises" / f"{name}.md": sheet(SETS[name]),
    }
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)} is stale; {REMAKE}"


@each_set
def test_untouched_notebook_fails_every_check_with_what_is_to_be_written(name: str, tmp_path: Path) -> None:
    path = ROOT / "exercises" / f"{name}.ipynb"
    failed = run_nbval(path, tmp_path)
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert set(failed) == {number for number, cell in enumerate(code) if role(cell) == "visible"}
    assert all("NotImplementedError: Still to write: " in text for text in failed.values())


@each_set
def test_solution_passes_every_check(name: str, tmp_path: Path) -> None:
    assert run_nbval(ROOT / "exercises" / "solutions" / f"{name}.ipynb", tmp_path) == {}


@each_set
def test_first_cell_installs_the_library_in_colab(name: str) -> None:
    first = next(cell for cell in release.student(SETS[name]).cells if cell.cell_type == "code")
    assert first.source == install_cell(ROOT)


@each_set
def test_page_holds_every_question(name: str) -> None:
    page = sheet(SETS[name])
    for question in SETS[name].questions:
        assert f":label: exercise-{name}-{question.number}" in page
        assert question.hint in page
        first = next(line for line in question.text.splitlines() if line)
        assert first in page
    links = re.findall(r"\]\((\.\./[^)]*)\)", page) + re.findall(r"<(\.\./[^>]*)>", page)
    assert links
    for link in links:
        path = (ROOT / "book" / "exercises" / link).resolve()
        chapter = path.parent.name == "chapters"
        assert (path.with_suffix(".md") if chapter else path).exists(), link
