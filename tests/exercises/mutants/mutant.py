"""A wrong answer: the reference solution with one error put in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """In the solution cell `cell`, `old` becomes `new`; exactly the tests `lost` fail, and a check says `says`.

    `bug` is the number in the list of bugs that published VAE code really had; 0 is an error that is merely likely.
    With `says` None no check fails: only fresh inputs tell.
    """

    name: str
    bug: int
    cell: str
    old: str
    new: str
    lost: tuple[str, ...]
    says: str | None
