"""How the commands speak of errors, and which packages some of them need."""

import sys

NOTEBOOKS = ("jupytext", "nbformat", "nbval", "pytest")
"""What every command that reads or runs notebooks needs beside the library's core."""


def fail(message: str) -> int:
    """Print each line of the message as an error of ours, and return the exit status for it."""
    print("\n".join(f"vae-course: {line}" for line in message.splitlines()), file=sys.stderr)
    return 2
