"""Wrong answers that the exercises must refuse, one module a set."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tests.exercises.mutants.mutant import Mutant

_SETS = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
MUTANTS: dict[str, tuple[Mutant, ...]] = {
    module.SET: module.MUTANTS for module in _SETS if hasattr(module, "SET")
}

ELSEWHERE: dict[int, str] = {}
"""Bugs of the list that cannot be made in these sets, by number, and where they belong."""

__all__ = ["ELSEWHERE", "MUTANTS", "Mutant"]
