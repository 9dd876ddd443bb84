"""A chapter's first cell as a Colab user meets it. The chapters themselves run there in test_rerun.py."""

from pathlib import Path

import pytest

from tests.notebooks.chapters import NAMES, ROOT, twin
from tests.notebooks.colab import first_cell
from tools import twins


@pytest.mark.parametrize("name", NAMES)
def test_every_chapter_begins_with_the_same_cell(name):
    cells = [cell for cell in twin(name).cells if cell.cell_type == "code"]
    assert cells[0].source == first_cell().cells[0].source


@pytest.mark.xdist_group("colab")
def test_the_first_cell_installs_the_library_and_changes_nothing_else(colab):
    report = colab.report
    # The library came from the address in the cell, into that environment, as this working tree has it.
    assert report["origin"]["url"] == twins.repository(ROOT)
    assert report["origin"]["vcs_info"]["commit_id"] == colab.commit
    file, paths = report["kernel"]
    assert Path(file).is_relative_to(colab.folder / "venv")
    # Nothing that was there changed, and nothing else came.
    before, after = report["before"], report["after"]
    assert {name: after.get(name) for name in before} == before
    assert set(after) - set(before) == {"vae-course"}
    # Nothing of the checkout could have been imported.
    assert [path for path in paths if path and Path(path).is_relative_to(ROOT)] == []
