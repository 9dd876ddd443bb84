"""Fresh inputs for hidden tests, drawn from a seed that only the grader knows.

A hidden test asks for `fresh("a name")` and draws its inputs from it. Grading with `set_seed(n)` fixes them all:
the grader runs that call first, in the kernel that runs the tests and in no process that runs a student's code.
Each name has a stream of its own, so that the inputs of one test do not depend on which others ran.
Without `set_seed`, as in plain nbgrader, every kernel draws its own seed from the operating system.
"""

from __future__ import annotations

import secrets
import zlib

import numpy as np

_seed: int | None = None


def set_seed(seed: int) -> None:
    """Fix the inputs of every hidden test in this process; `seed` is an integer >= 0."""
    global _seed
    if type(seed) is not int or seed < 0:
        raise ValueError(f"the grading seed is an integer >= 0, not {seed!r}")
    _seed = seed


def fresh(name: str) -> np.random.Generator:
    """Return the generator of the test called `name`, in its initial state."""
    global _seed
    if _seed is None:
        _seed = secrets.randbits(64)
    return np.random.default_rng([_seed, zlib.crc32(name.encode())])
