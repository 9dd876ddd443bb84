"""Digits for trainings of a few seconds, and honest baselines."""

from functools import lru_cache

import torch
from torch import Tensor

from vae_course.data import binarize, load_digits


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Statically binarized digits: 4,000 to train with and 500 to test with, and their labels."""
    data = load_digits()
    generator = torch.Generator().manual_seed(0)
    return (
        binarize(data.train.images, generator),
        data.train.labels,
        binarize(data.test.images, generator),
        data.test.labels,
    )


@lru_cache(maxsize=1)
def independent_pixels() -> float:
    """log p(x) of the test digits in nats under the best model without a latent variable: a frequency per pixel."""
    train, _, test, _ = digits()
    frequency = (train.sum(0) + 0.5) / (len(train) + 1)
    return (test * frequency.log() + (1 - test) * (1 - frequency).log()).sum(1).mean().item()
