"""Hands drawn a second at 64 and 128 pixels, and the same code comparing every primitive with every pixel.

Threads are PyTorch's: set OMP_NUM_THREADS. Medians of `REPEATS` runs, the two ways in turns.
"""

import statistics
import time

import torch

from vae_course.data.hands import raycast
from vae_course.data.hands.camera import frame, look
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.render import render
from vae_course.data.hands.sample import mirror, sample_factors

HANDS, REPEATS = 64, 7


def main() -> None:
    factors = sample_factors(HANDS, generator=torch.Generator().manual_seed(0))
    joints = forward_kinematics(factors.pose, factors.shape.lengths())
    joints, radii = look(mirror(joints, factors.left), factors.viewpoint), factors.shape.radii()
    usual = raycast.TILE
    print(f"{torch.get_num_threads()} thread(s), {HANDS} hands")
    print(f"{'pixels':>6}  {'tiles':>10}  {'everything':>10}  {'ratio':>5}   (images a second)")
    for size in (64, 128):
        camera = frame(joints, radii, factors.viewpoint, size)
        seconds = {usual: [], size: []}  # one tile as large as the image holds every primitive
        for _ in range(REPEATS):
            for tile, runs in seconds.items():
                raycast.TILE = tile
                start = time.perf_counter()
                render(joints, radii, factors.left, camera.focal, camera.centre, size, factors.appearance)
                runs.append(time.perf_counter() - start)
        fast, slow = (HANDS / statistics.median(runs) for runs in seconds.values())
        print(f"{size:>6}  {fast:>10.0f}  {slow:>10.0f}  {fast / slow:>5.1f}")
    raycast.TILE = usual


if __name__ == "__main__":
    main()
