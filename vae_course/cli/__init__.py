"""The command `vae-course`."""

from vae_course.cli.main import main

__all__ = ["main"]
