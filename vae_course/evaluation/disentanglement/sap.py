"""Separated attribute predictability: how much better the best single code predicts a factor than the next."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from vae_course.evaluation.disentanglement.arrays import check, split
from vae_course.extras import require


def sap(codes: Any, factors: Any, *, train: int = 10_000, test: int = 5_000, seed: int = 0) -> float:
    """The mean over factors of the gap between the two best codes' accuracies (Kumar et al., 2018).

    Each code alone predicts each factor by a linear support vector machine (C = .01, classes balanced). Thresholds on
    one number cannot tell many values apart, so that even a perfect code stays well below 1.

    Args:
        codes: (N, M), an array or a tensor.
        factors: (N, F), integers; constant ones are left out.
        train, test: rows to train and to test with; a third of all is tested with where there are fewer.
        seed: of the rows.

    Raises ValueError as `check` does.
    """
    codes, factors = check(codes, factors)
    learn, judge = split(len(codes), train, test, np.random.default_rng(seed))
    svm = require("sklearn.svm")
    accuracy = np.zeros((codes.shape[1], factors.shape[1]))
    for i, code in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            machine = svm.LinearSVC(C=0.01, class_weight="balanced", dual=False, random_state=seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a code without information converges slowly, to chance
                machine.fit(code[learn, None], factor[learn])
            accuracy[i, j] = machine.score(code[judge, None], factor[judge])
    if len(accuracy) == 1:
        return 0.0  # no second code to be ahead of
    second, first = np.sort(accuracy, axis=0)[-2:]
    return float(np.mean(first - second))
