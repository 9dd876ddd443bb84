"""How many random hands a second: RGB, depth, mask and joints of 64 x 64 pixels, and each step alone.

Every figure is the median of several runs; the ratio is to all steps together. Run as `python benchmarks/hands.py`.
"""

import statistics
import time
from collections.abc import Callable

import torch

from vae_course.data.hands import draw_hands, forward_kinematics, sample_factors, sample_hands

HANDS = 128
RUNS = 3


def rate(work: Callable[[], object]) -> float:
    """Hands a second, the median of several runs after a first one."""
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return HANDS / statistics.median(times[1:])


def main() -> None:
    """Print one table for one thread and one for two."""
    generator = torch.Generator().manual_seed(0)
    factors = sample_factors(HANDS, generator=generator)
    steps = {
        "sample_hands, 64 px": lambda: sample_hands(HANDS, generator=generator),
        "sample_factors": lambda: sample_factors(HANDS, generator=generator),
        "forward_kinematics": lambda: forward_kinematics(factors.pose),
        "draw_hands, 64 px": lambda: draw_hands(factors),
        "draw_hands, 128 px": lambda: draw_hands(factors, size=128),
    }
    for threads in (1, 2):
        torch.set_num_threads(threads)
        rates = {name: rate(work) for name, work in steps.items()}
        whole = rates["sample_hands, 64 px"]
        print(f"\n{threads} thread(s), {HANDS} hands        a second    ratio")
        for name, value in rates.items():
            print(f"{name:24s} {value:12.0f} {value / whole:9.2f}")


if __name__ == "__main__":
    main()
