"""Packages that only some parts of the library need are imported where they are used."""

import importlib
from types import ModuleType


class MissingExtraError(ImportError):
    """A package of one of the course's optional extras is not installed."""


def require(module: str) -> ModuleType:
    """Import `module`, which the extra `book` brings.

    Raises MissingExtraError with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtraError(
            f'this needs the package {package!r}. Install it with: pip install "vae-course[book]"'
        ) from error
