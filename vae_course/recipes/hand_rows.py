"""The drawn hands of chapters 8 and 9, made once and kept: some 200 a second on one core."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from vae_course.data.hand_factors import draw_factor_rows
from vae_course.data.hand_modalities import draw_hand_rows
from vae_course.models.hands import FACTOR_DIMS
from vae_course.recipes.bench import Bench

Rows = dict[str, Tensor]

SMALL = 8_000
"""Training hands of the small models of chapter 8."""


def count(bench: Bench, split: str) -> int:
    """How many hands chapter 8 draws for "train" or "test"."""
    if split == "test":
        return bench.run.choose(smoke=24, reader=1000, full=1000)
    return bench.run.choose(smoke=40, reader=48_000, full=96_000)


def count_factors(bench: Bench, split: str) -> int:
    """How many hands chapter 9 draws for "train" or "test"."""
    if split == "test":
        return bench.run.choose(smoke=20, reader=1000, full=1000)
    return bench.run.choose(smoke=40, reader=12_000, full=48_000)


def hands(bench: Bench, split: str) -> Rows:
    """The hands of chapter 8, "train" or "test": `draw_hand_rows` at 64 x 64 pixels."""
    settings = {"n": count(bench, split), "seed": {"train": 1, "test": 2}[split]}
    return bench.data("hands/drawn", settings, lambda: draw_hand_rows(**settings))


def small_hands(bench: Bench, split: str) -> Rows:
    """The first of them, at most SMALL, at half size."""
    return halved({name: tensor[:SMALL] for name, tensor in hands(bench, split).items()})


def factor_hands(bench: Bench, split: str) -> Rows:
    """The hands of chapter 9, "train" or "test": photographs of 64 x 64 pixels, and their factors."""
    settings = {"n": count_factors(bench, split), "seed": {"train": 11, "test": 12}[split]}

    def draw() -> Rows:
        rows = draw_factor_rows(**settings)
        return {name: rows[name] for name in ("rgb", *FACTOR_DIMS)}

    return bench.data("hands/factors-drawn", settings, draw)


def halved(rows: Rows) -> Rows:
    """The same hands at half size: photographs averaged over 2 x 2 pixels, of depth the upper left pixel."""
    images = rows["rgb"].view(-1, 3, 64, 64)
    small = torch.cat([avg_pool2d(part.float(), 2).round().to(torch.uint8) for part in images.split(1000)])
    half = rows | {"rgb": small.flatten(1)}
    if "depth" in rows:
        half["depth"] = rows["depth"].view(-1, 64, 64)[:, ::2, ::2].flatten(1).contiguous()
    return half
