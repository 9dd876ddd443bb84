"""The two measures that hold one factor fixed and ask which: the beta-VAE's and the FactorVAE's."""

from __future__ import annotations

from typing import Any

import numpy as np

from vae_course.evaluation.disentanglement.arrays import check, split
from vae_course.extras import require


def beta_vae_score(
    codes: Any, factors: Any, *, pairs: int = 64, train: int = 10_000, test: int = 5_000, seed: int = 0
) -> float:
    """Accuracy with which a linear classifier names the factor that pairs share (Higgins et al., 2017).

    One example of the classifier is the mean of |c - c'| over `pairs` pairs of rows that agree in one factor. Two
    thirds of the rows make the examples to train with, and the rest those to test with, so that nothing can be learnt
    by heart. Chance is one over the number of factors. The measure saturates: an entangled code may well reach 1.

    Args:
        codes: (N, M), an array or a tensor.
        factors: (N, F), integers; constant ones are left out.
        pairs: how many make one example.
        train, test: examples to train and to test with.
        seed: of all draws.

    Raises ValueError as `check` does, or if no two rows share a value.
    """
    codes, factors = check(codes, factors)
    if factors.shape[1] == 1:
        return 1.0  # there is nothing to confuse the only factor with
    random = np.random.default_rng(seed)

    def examples(rows: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        labels = random.integers(factors.shape[1], size=n)
        differences = np.empty((n, codes.shape[1]))
        for k, factor in enumerate(factors[rows].T):
            groups = _Groups(factor)
            for part in np.array_split(np.flatnonzero(labels == k), 1 + np.sum(labels == k) // 500):
                ones = random.choice(groups.shared, size=(len(part), pairs))
                others = groups.partner(ones, random)
                differences[part] = np.abs(codes[rows[ones]] - codes[rows[others]]).mean(1)
        return differences, labels

    learn, judge = split(len(codes), len(codes), len(codes), random)
    differences, labels = examples(learn, train)
    mean, scale = differences.mean(0), differences.std(0)
    scale[scale == 0] = 1
    classifier = require("sklearn.linear_model").LogisticRegression(max_iter=1000)
    classifier.fit((differences - mean) / scale, labels)
    differences, labels = examples(judge, test)
    return float(classifier.score((differences - mean) / scale, labels))


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
    to its variance over all rows. Two thirds of the rows make the votes that decide the majority, and the rest those
    that test it. Chance is one over the number of factors.

    Args:
        codes: (N, M), an array or a tensor, in units of the prior's standard deviation.
        factors: (N, F), integers; constant ones are left out.
        batch: rows of a vote.
        train, test: votes to learn the majority from, and to test it with.
        prune: codes whose standard deviation over all rows is smaller have collapsed and do not vote.
        seed: of all draws.

    Where all codes have collapsed nobody votes, and the score is 0.

    Raises ValueError as `check` does.
    """
    standardised, factors = check(codes, factors)
    raw = np.asarray(codes.detach().cpu() if hasattr(codes, "detach") else codes, dtype=np.float64)
    active = raw.std(0) >= prune
    if not active.any():
        return 0.0
    codes = standardised[:, active]
    random = np.random.default_rng(seed)

    def votes(rows: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        labels = random.integers(factors.shape[1], size=n)
        winners = np.empty(n, dtype=np.int64)
        for k, factor in enumerate(factors[rows].T):
            groups = _Groups(factor)
            for part in np.array_split(np.flatnonzero(labels == k), 1 + np.sum(labels == k) // 500):
                one = random.choice(groups.shared, size=len(part))
                members = groups.draw(np.repeat(one[:, None], batch, axis=1), random)
                winners[part] = codes[rows[members]].var(1).argmin(1)
        return winners, labels

    learn, judge = split(len(codes), len(codes), len(codes), random)
    winners, labels = votes(learn, train)
    count = np.zeros((codes.shape[1], factors.shape[1]))
    np.add.at(count, (winners, labels), 1)
    winners, labels = votes(judge, test)
    return float(np.mean(count.argmax(1)[winners] == labels))


class _Groups:
    """Rows by their value of one factor. `shared` are those whose value at least one other row has."""

    def __init__(self, factor: np.ndarray) -> None:
        self.order = np.argsort(factor, kind="stable")
        sizes = np.bincount(factor)
        starts = np.cumsum(sizes) - sizes
        self.size, self.start = (
            sizes[factor],
            starts[factor],
        )  # of each row's group, which is a stretch of `order`
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(len(factor))
        self.shared = np.flatnonzero(self.size > 1)
        if not len(self.shared):
            raise ValueError("too few rows: no two of them share a value of a factor")

    def draw(self, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """For each of the rows one with the same value, uniformly, possibly itself."""
        step = (random.random(rows.shape) * self.size[rows]).astype(np.int64)
        return self.order[self.start[rows] + step]

    def partner(self, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """For each of the rows another one with the same value, uniformly.

        A row must not meet itself: its difference of 0 would be frequent where groups are small, and so betray
        the factor by its number of values even if the codes know nothing.
        """
        step = 1 + (random.random(rows.shape) * (self.size[rows] - 1)).astype(np.int64)
        start = self.start[rows]
        return self.order[start + (self.place[rows] - start + step) % self.size[rows]]
