"""How fast sprites are drawn: in batches, one by one, and beside reading them from memory.

python benchmarks/sprites.py
"""

import statistics
import time
from collections.abc import Callable

import torch

from vae_course.data.sprites import draw_sprites, sample_factors
from vae_course.data.sprites.polygons import draw_polygon

BATCH = 1024
ROUNDS = 15


def rate(draw: Callable[[], object], images: int) -> float:
    """Images a second, once."""
    began = time.perf_counter()
    draw()
    return images / (time.perf_counter() - began)


def main() -> None:
    classes = sample_factors(BATCH, torch.Generator().manual_seed(0))
    few = classes[:20].tolist()
    stored = draw_sprites(sample_factors(20_000, torch.Generator().manual_seed(1)))
    rows = torch.randint(len(stored), (BATCH,), generator=torch.Generator().manual_seed(2))
    ways = {
        "draw_sprites, batches of 1,024": (lambda: draw_sprites(classes), BATCH),
        "draw_polygon, one by one": (lambda: [draw_polygon(row) for row in few], len(few)),
        "20,000 in memory, read by index": (lambda: stored[rows], BATCH),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # interleaved, so that a busy moment hits all
        for name, (draw, images) in ways.items():
            rates[name].append(rate(draw, images))
    first = statistics.median(next(iter(rates.values())))
    print(f"{torch.get_num_threads()} threads, median of {ROUNDS} rounds")
    for name, values in rates.items():
        middle = statistics.median(values)
        print(f"{name:34s} {middle:12,.0f} images/s   {middle / first:8.3f} of the first")


if __name__ == "__main__":
    main()
