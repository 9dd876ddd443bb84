"""How the learning rate moves: (steps done, steps in all) -> the share of `lr` that the next step takes."""

import math
from collections.abc import Callable

Schedule = Callable[[int, int], float]


def constant(step: int, steps: int) -> float:
    """The full learning rate at every step of all the steps."""
    return 1.0


def cosine(step: int, steps: int) -> float:
    """From the full learning rate at step 0 to 0 after all steps, along half a cosine (Loshchilov & Hutter, 2017)."""
    return (1 + math.cos(math.pi * step / steps)) / 2


def linear_warmup(rise: int, then: Schedule = cosine) -> Schedule:
    """A schedule that rises evenly during the first steps, so that Adam's averages settle before it moves far.

    Args:
        rise: steps until the full learning rate is reached; at least 1, else ValueError is raised.
        then: the schedule of the steps that are left.
    """
    if rise < 1:
        raise ValueError(f"rise must be at least 1 step, not {rise}")

    def schedule(step: int, steps: int) -> float:
        return (step + 1) / rise if step < rise else then(step - rise, steps - rise)

    return schedule
