"""Which browser is found, and what is said when there is none."""

import pytest

from tools import chromium


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH of its own, and a function that puts a program there that exits with the given status."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "_playwrights_own", lambda: None)

    def add(name: str, status: int = 0) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o755)
        return str(path)

    return add


def test_the_environment_variable_comes_first(programs, monkeypatch):
    programs("chromium")
    mine = programs("my-browser")
    monkeypatch.setenv("CHROMIUM", mine)
    assert chromium.find() == mine


def test_a_variable_that_names_nothing_is_an_error(programs, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match="/nowhere/chromium"):
        chromium.find()


def test_a_stub_that_does_not_run_is_passed_over(programs):
    programs("chromium-browser", status=1)
    browser = programs("google-chrome")
    assert chromium.find() == browser


def test_without_a_browser_one_is_installed(programs, monkeypatch):
    monkeypatch.setattr(chromium, "_install_debian", lambda: False)
    monkeypatch.setattr(chromium, "_install_playwright", lambda: bool(programs("chromium")))
    assert chromium.ensure().endswith("chromium")


def test_if_none_can_be_installed_the_error_says_what_to_do(programs, monkeypatch):
    for way in ("_install_debian", "_install_playwright"):
        monkeypatch.setattr(chromium, way, lambda: False)
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        chromium.ensure()
