"""The two measures that hold one factor fixed and ask which: the beta-VAE's and the FactorVAE's."""

from __future__ import annotations

from typing import Any

import numpy as np

from vae_course.evaluation.disentanglement.arrays import check
from vae_course.extras import require


def beta_vae_score(
    codes: Any, factors: Any, *, pairs: int = 64, train: int = 10_000, test: int = 5_000, seed: int = 0
) -> float:
    """Accuracy with which a linear classifier names the factor that pairs share (Higgins et al., 2017).

    One example of the classifier is the mean of |c - c'| over `pairs` pairs of rows that agree in one factor. Chance is
    one over the number of factors. The measure saturates: an entangled code may well reach 1.

    Args:
        codes: (N, M), an array or a tensor.
        factors: (N, F), integers; constant ones are left out.
        pairs: how many make one example.
        train, test: examples to train and to test with.
        seed: of all draws.

    Raises ValueError as `check` does.
    """
    codes, factors = check(codes, factors)
    random = np.random.default_rng(seed)
    labels = random.integers(factors.shape[1], size=train + test)
    differences = np.empty((train + test, codes.shape[1]))
    for k, factor in enumerate(factors.T):
        groups = _Groups(factor)
        for part in np.array_split(np.flatnonzero(labels == k), 1 + np.sum(labels == k) // 500):
            rows = random.integers(len(codes), size=(len(part), pairs))
            partners = groups.draw(factor[rows], random)
            differences[part] = np.abs(codes[rows] - codes[partners]).mean(1)
    scale = differences[:train].std(0)
    differences /= np.where(scale > 0, scale, 1)
    classifier = require("sklearn.linear_model").LogisticRegression(max_iter=1000)
    if factors.shape[1] == 1:
        return 1.0  # there is nothing to confuse the only factor with
    classifier.fit(differences[:train], labels[:train])
    return float(classifier.score(differences[train:], labels[train:]))


def factor_vae_score(
    codes: Any,
    factors: Any,
    *,
    batch: int = 64,
    train: int = 10_000,
    test: int = 5_000,
    prune: float = 0.05,
    seed: int = 0,
) -> float:
    """Accuracy of a majority vote for the factor held fixed, by the code that varies least (Kim & Mnih, 2018).

    One vote: `batch` rows that share one factor's value, and the code with the smallest variance among them, relative
    to its variance over all rows. Chance is one over the number of factors.

    Args:
        codes: (N, M), an array or a tensor, in units of the prior's standard deviation.
        factors: (N, F), integers; constant ones are left out.
        batch: rows of a vote.
        train, test: votes to learn the majority from, and to test it with.
        prune: codes whose standard deviation over all rows is smaller have collapsed and do not vote.
        seed: of all draws.

    Raises ValueError as `check` does, or if all codes have collapsed.
    """
    standardised, factors = check(codes, factors)
    raw = np.asarray(codes.detach().cpu() if hasattr(codes, "detach") else codes, dtype=np.float64)
    active = raw.std(0) >= prune
    if not active.any():
        raise ValueError(f"every code's standard deviation is below {prune}: the encoder has collapsed")
    codes = standardised[:, active]
    random = np.random.default_rng(seed)
    labels = random.integers(factors.shape[1], size=train + test)
    winners = np.empty(train + test, dtype=np.int64)
    for k, factor in enumerate(factors.T):
        groups = _Groups(factor)
        for part in np.array_split(np.flatnonzero(labels == k), 1 + np.sum(labels == k) // 500):
            value = factor[random.integers(len(codes), size=len(part))]
            rows = groups.draw(np.repeat(value[:, None], batch, axis=1), random)
            winners[part] = codes[rows].var(1).argmin(1)
    votes = np.zeros((codes.shape[1], factors.shape[1]))
    np.add.at(votes, (winners[:train], labels[:train]), 1)
    return float(np.mean(votes.argmax(1)[winners[train:]] == labels[train:]))


class _Groups:
    """Rows by their value of one factor."""

    def __init__(self, factor: np.ndarray) -> None:
        self.order = np.argsort(factor, kind="stable")
        self.sizes = np.bincount(factor)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def draw(self, values: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """One row with each of the given values, uniformly, of the shape of `values`."""
        offset = (random.random(values.shape) * self.sizes[values]).astype(np.int64)
        return self.order[self.starts[values] + offset]
