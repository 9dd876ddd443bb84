"""A chapter's notebook in a real JupyterLab: an explorer is live there, before any cell has run."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from tests.browser.checks import isolate

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "02-elbo"
SETTINGS = {
    "IdentityProvider.token": "",
    "ServerApp.password": "",
    "ServerApp.port_retries": "0",
    "LabApp.news_url": "none",
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}
# Cells are made when they come near: scroll down until the explorer is there and has come to life.
FIND = """async () => {
  const found = () => document.querySelector(".vae-explorer");
  const notebook = document.querySelector(".jp-WindowedPanel-outer") ?? document.querySelector(".jp-Notebook");
  while (!found()) {
    notebook.scrollTop += notebook.clientHeight;
    await new Promise((done) => setTimeout(done, 50));
  }
  while (found().dataset.state !== "live") {
    found().scrollIntoView({ block: "center" });
    await new Promise((done) => setTimeout(done, 50));
  }
}"""

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab over a folder with the chapter's notebook, which its reader trusts."""
    work = tmp_path / "work"
    work.mkdir()
    shutil.copy(ROOT / "chapters" / f"{CHAPTER}.ipynb", work)
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    folders += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    home = {"HOME": str(tmp_path)} | {name: str(tmp_path / name) for name in folders}
    Path(home["JUPYTER_DATA_DIR"]).mkdir()
    notary = NotebookNotary(data_dir=home["JUPYTER_DATA_DIR"])
    notary.sign(nbformat.read(work / f"{CHAPTER}.ipynb", as_version=4))
    notary.store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    options += ["--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={work}"]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=os.environ | home, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        while not answers(f"{address}/api/status"):
            assert server.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def test_an_explorer_is_live_in_jupyterlab(browser, lab):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    outside = isolate(context, lab, "data:", "blob:")
    errors, page = [], context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab}/lab/tree/{CHAPTER}.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.evaluate(FIND)
    explorer = page.locator(".vae-explorer")
    assert explorer.locator("img.vae-still").is_hidden()
    picture = explorer.get_by_label("Densities over z")
    slider = explorer.get_by_label("mean of q")

    def now() -> tuple[str, float]:
        return picture.evaluate("canvas => canvas.toDataURL()"), float(slider.input_value())

    before, mean = now()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "before => document.querySelector('.vae-explorer canvas').toDataURL() !== before", arg=before
    )
    after, moved = now()
    context.close()
    assert after != before
    assert moved > mean + 0.5
    assert (errors, outside) == ([], [])
