"""Packages of the system that tests need, installed where we may."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys


def distribution() -> str:
    """The ID of the Linux distribution, such as "debian", or ""."""
    try:
        return platform.freedesktop_os_release().get("ID", "")
    except OSError:
        return ""


def install(*names: str) -> bool:
    """Install packages with apt-get, as root or with a sudo that asks no password; whether that worked."""
    if not shutil.which("apt-get"):
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo") or subprocess.run([*sudo, "true"], capture_output=True).returncode:
            return False
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends"]
    return run(*sudo, "apt-get", "update") and run(*sudo, *command, *names)


def run(*command: str) -> bool:
    """Run a command, its output on standard error; whether it succeeded."""
    print("$", " ".join(command), file=sys.stderr, flush=True)
    return subprocess.run(command, stdout=sys.stderr).returncode == 0


if (
    __name__ == "__main__"
):  # python tools/packages.py PROGRAM PACKAGE: install the package unless the program is there
    program, package = sys.argv[1:]
    if not shutil.which(program) and not install(package):
        print(
            f"{program} is missing and could not be installed; tests that need it are skipped",
            file=sys.stderr,
        )
