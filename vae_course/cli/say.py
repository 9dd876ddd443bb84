"""How the commands speak of errors."""

import sys


def fail(message: str) -> int:
    """Print each line of the message as an error of ours, and return the exit status for it."""
    print("\n".join(f"vae-course: {line}" for line in message.splitlines()), file=sys.stderr)
    return 2
