"""Find a Chromium for the browser tests, installing one if the machine has none.

    python tools/chromium.py        prints the path of the browser

Looked for in this order: the environment variable CHROMIUM, `chromium` and its usual names on PATH,
Playwright's own copy. If none is found: Debian's package where we may install it, else Playwright's download.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1])
)  # run as a script, this folder alone would be there
from tools import packages

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The last five keep the browser itself from calling home; it cannot use its sandbox as root.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)

ADVICE = (
    "No Chromium was found and none could be installed. Install one (Debian: apt-get install chromium; "
    "elsewhere: playwright install chromium), or set CHROMIUM to the path of a browser."
)


def find() -> str | None:
    """Path of an installed Chromium, or None. FileNotFoundError if CHROMIUM names one that is not there."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"CHROMIUM is {chosen!r}, which is not a program.")
        return path
    for name in NAMES:
        # Ubuntu's chromium-browser is a stub that only says "use snap"; a browser answers --version.
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    return _playwrights_own()


def ensure() -> str:
    """Path of a Chromium, installed now if need be. Raises RuntimeError, with what to do, if that fails."""
    path = find()
    if path:
        return path
    for install in (_install_debian, _install_playwright):
        if install():
            path = find()
            if path:
                return path
    raise RuntimeError(ADVICE)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install_debian() -> bool:
    """Debian's package. Ubuntu's is a snap: not used."""
    return packages.distribution() == "debian" and packages.install("chromium", "fonts-dejavu-core")


def _install_playwright() -> bool:
    return packages.run(sys.executable, "-m", "playwright", "install", "chromium")


if __name__ == "__main__":
    try:
        print(ensure())
    except (RuntimeError, FileNotFoundError) as error:
        sys.exit(str(error))
