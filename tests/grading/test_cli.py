"""The commands: what they say, what they write, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grading.small import SOURCE
from vae_course.cli import main
from vae_course.grading import release
from vae_course.grading.format import grade_id, parse_source, read_source
from vae_course.grading.release import solution, student, write


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "exercises" / "source" / "small.md"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE, encoding="utf-8")
    return path


def notebook(folder: Path, answers: dict[str, str]) -> Path:
    made = release.student(parse_source(SOURCE, "small"))
    for cell in made.cells:
        cell.source = answers.get(grade_id(cell), cell.source)
    path = folder / "small.ipynb"
    nbformat.write(made, path)
    return path


def check(path: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "vae_course.cli", "check", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=path.parent)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], *([name, "--help"] for name in ("check", "release", "grade", "feedback", "export"))],
    ids=" ".join,
)
def test_help_teaches(arguments, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "02-elbo" in text
    assert max(map(len, text.splitlines())) <= 120


def test_release_writes_all_files(source, tmp_path, capsys) -> None:
    assert main(["release", str(source), "--pages", str(tmp_path / "pages")]) == 0
    assert "2 questions, 3 points" in capsys.readouterr().out
    written = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {
        "exercises/source/small.md",
        "exercises/small.ipynb",
        "exercises/solutions/small.ipynb",
        "pages/small.md",
    }
    main(["release", str(source), "--out", str(tmp_path / "elsewhere")])
    assert (tmp_path / "elsewhere" / "solutions" / "small.ipynb").exists()


def test_release_writes_tests_only_where_it_is_told_to(source, tmp_path) -> None:
    main(["release", str(source), "--autograder", str(tmp_path / "private")])
    notebooks = {
        path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.ipynb")
    }
    assert len(notebooks) == 3
    assert [name for name, text in notebooks.items() if "hidden_input" in text] == ["private/small.ipynb"]


def test_release_finds_the_sources_of_the_project(source, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["release"]) == 0
    assert (tmp_path / "exercises" / "small.ipynb").exists()
    monkeypatch.chdir(source.parent)
    assert main(["release"]) == 2
    assert "name the sets' sources" in capsys.readouterr().err


def test_sources_may_be_named_by_their_folder(source, tmp_path, capsys) -> None:
    assert main(["release", str(source.parent), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "small.ipynb").exists()
    assert main(["release", str(tmp_path / "out")]) == 2
    assert f"no *.md in {tmp_path / 'out'}; name the sets' sources" in capsys.readouterr().err


def test_release_of_a_broken_source_writes_nothing(source, tmp_path, capsys) -> None:
    broken = source.with_name("broken.md")
    broken.write_text(
        SOURCE.replace("set: small", "set: broken").replace("### END SOLUTION", "", 1), encoding="utf-8"
    )
    assert main(["release", str(source), str(broken), str(source.with_name("lost.md"))]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert (
        lines[0]
        == "vae-course: broken: cell q1-double: '### BEGIN SOLUTION' has no '### END SOLUTION' after it"
    )
    assert lines[1].endswith("lost.md cannot be read (No such file or directory); give a MyST notebook")
    assert len(lines) == 2
    assert not list(tmp_path.rglob("*.ipynb"))


def test_check_explains_each_question(tmp_path) -> None:
    path = notebook(tmp_path, {"q1-double": "def double(x):\n    return 4.5 * x"})
    made = nbformat.read(path, as_version=4)
    made.cells[3].outputs = [nbformat.v4.new_output("stream", text="saved half run")]
    made.nbformat_minor = 0
    for cell in made.cells:
        del cell["id"]  # as Colab saves it
    nbformat.write(made, path)
    before = path.read_bytes()
    done = check(path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        " 1  Doubling  not yet",
        "      - With x = 2: double is 9; 4 is right. The mistake that gives this value: the square of 3.",
        " 2  Halving   not started",
        "      - Still to write: half of x",
        "0 of 2 questions pass their checks. Points come from hidden tests, which are not here.",
    ]
    assert path.read_bytes() == before


def test_check_survives_cells_that_do_not_run(tmp_path) -> None:
    done = check(
        notebook(tmp_path, {"q1-double": "def double(x)\n    return", "q2-half": "def half(x): return x / 2"})
    )
    assert done.returncode == 1
    assert "the cell q1-double: SyntaxError: expected ':'" in done.stdout
    assert " 2  Halving   passed" in done.stdout


def test_check_ends_where_a_kernel_died(tmp_path) -> None:
    path = notebook(tmp_path, {"q1-double": "import os\nos._exit(1)"})
    program = (
        "from vae_course.grading import visible\n"
        "visible.CELL_TIMEOUT = 2\n"
        f"for result in visible.check({str(path)!r}): print(result.state, *result.reasons)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert [line.startswith("not yet ") for line in lines] == [True, True]
    assert "the cell q1-double: no end after 2 seconds" in lines[0]
    assert "the cell q2-half: not run" in lines[1]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("lost.ipynb", None, "give the path of your notebook"),
        ("text.ipynb", "hello", "is not a notebook; give an .ipynb file"),
        (
            "other.ipynb",
            nbformat.writes(nbformat.v4.new_notebook()),
            "is not an exercise notebook of this course",
        ),
    ],
)
def test_check_refuses_other_files(tmp_path, capsys, name, text, says) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["check", str(path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert says in errors[-1]
    assert len(errors) == 2  # the line that says what runs, and the error


def test_missing_packages_are_named(monkeypatch, capsys) -> None:
    from vae_course.cli import main as command

    module = sys.modules[command.__module__]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "nbval" else name)
    assert main(["release"]) == 2
    assert capsys.readouterr().err == "vae-course: this needs nbval; run: pip install nbval\n"


def test_grading_a_folder_that_is_not_there_says_so(source, tmp_path, capsys) -> None:
    arguments = ["grade", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"), "--sources", str(source)]
    assert main(arguments) == 2
    assert "holds the class's submissions" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["feedback"], ["export", "--to", "moodle"]])
def test_pages_and_tables_need_results(command, tmp_path, capsys) -> None:
    assert main([command[0], str(tmp_path), *command[1:]]) == 2
    assert "give the folder that `vae-course grade` wrote" in capsys.readouterr().err


@pytest.mark.needs_sandbox
@pytest.mark.xdist_group("batch")
def test_a_class_from_the_command_line(source, tmp_path, capsys) -> None:
    exercises = read_source(source)
    (tmp_path / "class").mkdir()
    write(solution(exercises), tmp_path / "class" / "ada.ipynb")
    write(student(exercises), tmp_path / "class" / "bob.ipynb")
    (tmp_path / "class" / "cleo.ipynb").write_text("?")
    out = tmp_path / "out"
    grade = ["grade", str(tmp_path / "class"), "--out", str(out), "--sources", str(source), "--jobs", "1"]
    assert main(grade) == 0
    said = capsys.readouterr().out
    assert "3 submissions, 3 graded now, 0 unchanged, 1 refused" in said
    assert "'cleo.ipynb': this is not a notebook" in said
    assert (out / "seed").stat().st_mode & 0o077 == 0
    assert main(grade) == 0  # the seed of the first run is kept, so nothing is graded again
    assert "0 graded now, 3 unchanged" in capsys.readouterr().out
    assert main(["feedback", str(out)]) == 0
    assert len(list((out / "feedback").glob("*.html"))) == 3
    assert "hidden_input" not in "".join(page.read_text() for page in out.rglob("*.html"))
    for system in ("moodle", "canvas"):
        assert main(["export", str(out), "--to", system]) == 0
        assert "ada" in (out / f"{system}.csv").read_text(encoding="utf-8-sig")
