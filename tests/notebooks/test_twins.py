"""The author's tool, on fabricated chapters: what it writes, what it refuses to write, what it calls stale."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.project import HEADER, LIBRARY, cell, make, write_chapter
from tools import twins

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """A project whose chapters were executed. Tests that change something copy it first."""
    root = make(tmp_path_factory.mktemp("project"))
    twins.execute(root)
    return root


@pytest.fixture
def project(executed, tmp_path) -> Path:
    subprocess.run(["cp", "-a", f"{executed}/.", str(tmp_path)], check=True)
    return tmp_path


def snapshot(root: Path) -> dict[str, tuple[str, int]]:
    """Content and time of change of every file that the tool may write."""
    files = [path for path in (root / "chapters").rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): (path.read_text(), path.stat().st_mtime_ns) for path in files}


def whats(root: Path, **options) -> list[str]:
    return [f"{finding.chapter}: {finding.what}" for finding in twins.findings(root, **options)]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_executing_stores_outputs_and_what_they_came_from(executed):
    notebook = nbformat.read(executed / "chapters/01-one.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert twins.code_cells(notebook)[1].outputs[0].data["text/plain"] == "42"
    record = notebook.metadata["vae_course"]
    assert list(record["modules"]) == ["vae_course", "vae_course.maths"]
    assert record["budget"] == "reader"
    assert whats(executed) == []


def test_first_cell_is_stamped_into_text_and_twin(executed):
    source = twins.code_cells(nbformat.read(executed / "chapters/02-two.ipynb", as_version=4))[0].source
    assert source == twins.install_cell(executed)
    assert '"git+https://example.org/course"' in source
    assert source in (executed / "chapters/02-two.md").read_text()


def test_another_repository_address_is_stamped_over_the_old_one(project):
    edit(project / "pyproject.toml", "example.org/course", "example.org/moved")
    assert any("install cell" in what for what in whats(project))
    twins.sync(project)
    text = (project / "chapters/01-one.md").read_text()
    assert "example.org/moved" in text
    assert "example.org/course" not in text


def test_the_address_reaches_the_sources_of_the_exercises(project):
    source = project / "exercises/source/01-one.md"
    source.parent.mkdir(parents=True)
    install = twins.install_cell(project)
    options = "---\nvae_course: {role: setup}\n---\n"
    source.write_text("# Exercises\n\n" + cell(options + install) + "\nThe rest.\n")
    assert whats(project) == []
    edit(project / "pyproject.toml", "example.org/course", "example.org/moved")
    assert "exercises/01-one: the first code cell is not the install cell" in whats(project)
    twins.sync(project)
    moved = cell(options + install.replace("/course", "/moved"))
    assert source.read_text() == "# Exercises\n\n" + moved + "\nThe rest.\n"


def test_results_carry_their_recipe(executed):
    content = json.loads((executed / "chapters/results/01-one.json").read_text())
    assert content["results"] == {"answer": 42}
    assert content["recipe"]["budget"] == "reader"
    assert set(content["recipe"]) == {"budget", "seed", "device", "versions", "seconds"}
    assert not (executed / "chapters/results/02-two.json").exists()


def test_results_edited_by_hand_are_seen(project):
    edit(project / "chapters/results/01-one.json", "42", "43")
    assert whats(project) == ["01-one: its results file is not the one that executing wrote"]


def test_nothing_is_done_twice(project):
    before = snapshot(project)
    assert twins.execute(project) == []
    assert twins.sync(project) == []
    assert snapshot(project) == before


def test_executing_again_gives_the_same_bytes(project):
    before = (project / "chapters/01-one.ipynb").read_bytes()
    edit(project / "chapters/results/01-one.json", '"seconds": ', '"seconds": 9')  # it took longer then
    assert whats(project) == []
    twins.execute(project, ["01-one"], force=True)
    assert (project / "chapters/01-one.ipynb").read_bytes() == before


def test_a_change_of_prose_keeps_the_outputs(project):
    edit(project / "chapters/01-one.md", "Prose.", "Better prose.")
    assert whats(project) == ["01-one: text and twin differ"]
    assert [path.name for path in twins.sync(project)] == ["01-one.ipynb"]
    notebook = nbformat.read(project / "chapters/01-one.ipynb", as_version=4)
    assert "Better prose." in notebook.cells[0].source
    assert twins.code_cells(notebook)[1].outputs[0].data["text/plain"] == "42"
    assert whats(project) == []


def test_ids_come_from_content(project):
    before = {c.source: c.id for c in nbformat.read(project / "chapters/01-one.ipynb", as_version=4).cells}
    edit(project / "chapters/01-one.md", "Prose.", "A paragraph.\n\n+++\n\nProse.")
    twins.sync(project)
    after = {c.source: c.id for c in nbformat.read(project / "chapters/01-one.ipynb", as_version=4).cells}
    kept = set(before) & set(after)
    assert len(kept) >= 3
    assert all(before[source] == after[source] for source in kept)


def test_a_change_of_code_makes_the_chapter_stale(project):
    edit(project / "chapters/01-one.md", "double(21)\n```", "double(4)\n```")
    assert "01-one: its code changed since it was executed" in whats(project)
    twins.sync(project)
    notebook = nbformat.read(project / "chapters/01-one.ipynb", as_version=4)
    assert twins.code_cells(notebook)[1].outputs == []
    edit(project / "chapters/01-one.md", "double(4)\n```", "double(21)\n```")
    twins.sync(project)
    assert whats(project) == ["01-one: its code changed since it was executed"], "the outputs are gone"


def test_only_what_is_stale_is_executed(project):
    edit(project / "chapters/02-two.md", "print('two')", "print('zwei')")
    before = snapshot(project)
    written = twins.execute(project)
    assert [path.name for path in written] == ["02-two.ipynb"]
    assert snapshot(project)["chapters/01-one.ipynb"] == before["chapters/01-one.ipynb"]


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("return 2 * x", "return 3 * x", True),
        ('"""Twice x."""', '"""The double of x."""', False),
        ("# the point", "# the whole point", False),
        ("return 2 * x", "return (\n        2 * x\n    )", False),
    ],
    ids=["code", "docstring", "comment", "layout"],
)
def test_a_change_of_the_library(project, old, new, stale):
    edit(project / "vae_course/maths.py", old, new)
    expected = ["01-one: the library changed since it was executed: vae_course.maths"] if stale else []
    assert whats(project) == expected


def test_a_module_that_was_not_imported_does_not_count(project):
    edit(project / "vae_course/unused.py", "1", "2")
    assert whats(project) == []


def test_equations_of_other_chapters_do_not_count(tmp_path):
    for name, text in {
        "a": "from lib.symbolic.b import world\n",
        "b": "from lib.worlds import model\n",
        "c": "from lib.symbolic.a import other\n",
    }.items():
        path = tmp_path / "lib" / "symbolic" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    modules = ["lib.worlds", "lib.symbolic.a", "lib.symbolic.b", "lib.symbolic.c"]
    equations = {"of-a": "lib.symbolic.a", "of-b": "lib.symbolic.b", "of-c": "lib.symbolic.c"}

    def kept(source):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        return "".join(m[-1] for m in twins.relevant(tmp_path, modules, equations, notebook))

    assert kept("1 + 1") == "s"
    assert kept('prove("of-b")') == "sb"
    assert kept('prove("of-a")') == "sab"  # it builds upon b
    assert kept("prove(\n    'of-c'\n)") == "sabc"


def test_the_hash_of_a_module_is_the_same_on_every_python(tmp_path):
    """The value was computed on 3.11, 3.12 and 3.13."""
    assert twins.module_digest(LIBRARY) == "3bd9322e414b"


def test_a_failing_cell_stops_everything_and_nothing_is_rewritten(project):
    write_chapter(project, "01-one", cell("print('new output')"))
    write_chapter(project, "02-two", cell("depth = 3"), cell("assert depth == 4, 'too shallow'"))
    before = snapshot(project)
    with pytest.raises(twins.ChapterError) as failure:
        twins.execute(project)
    assert snapshot(project) == before
    message = str(failure.value)
    assert message.startswith("chapters/02-two.md, code cell 3 of 3: AssertionError: too shallow")
    assert "assert depth == 4" in message
    assert "\x1b" not in message


def test_a_dead_kernel_is_a_failure(project):
    write_chapter(project, "02-two", cell("import os\nos._exit(1)"))
    with pytest.raises(twins.ChapterError, match="code cell 2 of 2: the kernel died"):
        twins.execute(project)


@pytest.mark.parametrize("value", ["{'x': object()}", "{'x': float('nan')}"])
def test_results_that_are_not_plain_numbers_are_refused(project, value):
    write_chapter(project, "02-two", cell(f"results = {value}"))
    with pytest.raises(twins.ChapterError, match="`results` must be a dict of plain finite numbers"):
        twins.execute(project)


def test_the_command_says_that_nothing_was_rewritten(project, capsys):
    write_chapter(project, "02-two", cell("1 / 0"))
    assert twins.main(["execute", "--root", str(project)]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "No notebook was rewritten." in said


def test_killed_while_executing_leaves_everything_as_it_was(project):
    started = project / "started"
    write_chapter(project, "01-one", cell("print('new')"))
    write_chapter(
        project, "02-two", cell(f"import pathlib, time\npathlib.Path('{started}').touch()\ntime.sleep(60)")
    )
    before = snapshot(project)
    command = [sys.executable, str(ROOT / "tools/twins.py"), "execute", "--root", str(project)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not started.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert snapshot(project) == before


def test_a_failed_write_leaves_all_files_as_they_were(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "file" / "bad.json"
    good.write_text("old")
    bad.parent.write_text("a file where a folder is needed")
    with pytest.raises(OSError, match="file"):
        twins.write_all({good: "new", bad: "new"})
    assert good.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "good.json"]


class Killed(BaseException):
    """Stands for a SIGKILL: nothing catches it, and what was to come does not happen."""


def test_killed_between_two_files_leaves_whole_files_and_is_seen(project, monkeypatch):
    write_chapter(project, "01-one", cell("print('new')"))
    write_chapter(project, "02-two", cell("print('neu')"))
    old = {path: path.read_text() for path in project.glob("chapters/*.ipynb")}
    replace, replaced = Path.replace, []

    def once(path: Path, target: Path) -> Path:
        if replaced:
            raise Killed
        replaced.append(target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(Killed):
        twins.execute(project)
    monkeypatch.undo()
    changed = [path for path, text in old.items() if path.read_text() != text]
    assert changed == replaced
    for path in old:
        nbformat.validate(nbformat.read(path, as_version=4))
    assert "02-two" in {finding.chapter for finding in twins.findings(project)}
    twins.execute(project)
    assert whats(project) == []


def test_what_a_kill_left_beside_the_files_is_no_chapter(project):
    (project / "chapters/.01-one.ipynb.tmp").write_text("half a note")
    (project / "chapters/.01-one.md.tmp").write_text("half a text")
    assert whats(project) == []


def test_check_says_by_its_exit_code_whether_all_is_well(project, capsys):
    command = ["check", "--root", str(project)]
    assert twins.main(command) == 0
    edit(project / "chapters/02-two.md", "Other prose.", "More prose.")
    assert twins.main(command) == 1
    assert "02-two: text and twin differ (sync)" in capsys.readouterr().out


def test_progress_bars_and_widgets_leave_no_trace(project):
    bar = "import sys\nfor i in range(3):\n    sys.stderr.write(f'\\r{i}/3')\nsys.stderr.write('\\n')\nprint('done')"
    write_chapter(project, "02-two", cell(bar), cell("import ipywidgets\nipywidgets.IntSlider()"))
    twins.execute(project)
    notebook = nbformat.read(project / "chapters/02-two.ipynb", as_version=4)
    assert [[o.get("text") for o in c.outputs] for c in twins.code_cells(notebook)] == [[], ["done\n"], []]
    assert "widgets" not in notebook.metadata


def test_the_smoke_budget_is_for_tests_only(project):
    results = (project / "chapters/results/01-one.json").read_text()
    twins.execute(project, budget="smoke", force=True)
    assert (project / "chapters/results/01-one.json").read_text() == results
    assert "01-one: executed at the smoke budget" in whats(project)
    assert whats(project, names=["02-two"], budget="smoke") == ["02-two: executed at the smoke budget"]


def test_a_cell_sees_the_budget(project):
    write_chapter(project, "02-two", cell("import os\nos.environ['VAE_COURSE_BUDGET']"))
    twins.execute(project, budget="full")
    notebook = nbformat.read(project / "chapters/02-two.ipynb", as_version=4)
    assert twins.code_cells(notebook)[1].outputs[0].data["text/plain"] == "'full'"


def test_missing_twins_and_orphans_are_named(project):
    (project / "chapters/01-one.ipynb").rename(project / "chapters/09-gone.ipynb")
    assert "01-one: no twin" in whats(project)
    assert "09-gone: a twin without a text" in whats(project)


def test_a_twin_edited_by_hand_is_seen(project):
    edit(project / "chapters/01-one.ipynb", "Prose.", "Something else.")
    assert whats(project) == ["01-one: text and twin differ"]


def test_an_unknown_chapter_is_refused(project):
    with pytest.raises(SystemExit, match=r"No chapter 07-x\. There are: 01-one, 02-two\."):
        twins.sync(project, ["07-x"])


def test_a_text_without_the_header_is_refused(project):
    (project / "chapters/02-two.md").write_text(
        HEADER.format(title="x").replace("format_name: myst", "format_name: markdown")
    )
    with pytest.raises(SystemExit, match="format_name: myst"):
        twins.sync(project)
