"""The mutual information gap: how far the best code is ahead of the second best, factor by factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from vae_course.evaluation.disentanglement.arrays import check


def mig(codes: Any, factors: Any, *, bins: int = 20) -> float:
    """Mutual information gap (Chen et al., 2018): 1 if every factor is in one code and in no other, 0 at worst.

    The mean over factors of (I_1 - I_2) / H, where I_1 and I_2 are the largest and the second largest mutual
    information that a code has with the factor, and H is the factor's entropy.

    Args:
        codes: (N, M), an array or a tensor.
        factors: (N, F), integers; constant ones are left out.
        bins: equally wide bins between a code's smallest and largest value.

    Raises ValueError as `check` does.
    """
    codes, factors = check(codes, factors)
    information = mutual_information(codes, factors, bins)  # (codes, factors)
    if len(information) == 1:
        information = np.vstack([information, np.zeros_like(information)])
    second, first = np.sort(information, axis=0)[-2:]
    return float(np.mean((first - second) / entropy(factors)))


def mutual_information(codes: np.ndarray, factors: np.ndarray, bins: int) -> np.ndarray:
    """I(binned code; factor) in nats, (M, F), for codes (N, M) and classes (N, F)."""
    result = np.zeros((codes.shape[1], factors.shape[1]))
    for i, code in enumerate(codes.T):
        inner = np.linspace(code.min(), code.max(), bins + 1)[1:-1]
        cell = np.digitize(code, inner)
        for j, factor in enumerate(factors.T):
            joint = np.zeros((bins, factor.max() + 1))
            np.add.at(joint, (cell, factor), 1 / len(code))
            product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
            held = joint > 0
            result[i, j] = np.sum(joint[held] * np.log(joint[held] / product[held]))
    return result


def entropy(factors: np.ndarray) -> np.ndarray:
    """Entropy of each factor in nats, (F,), for classes (N, F)."""
    shares = [np.bincount(factor) / len(factor) for factor in factors.T]
    return np.array([-np.sum(p[p > 0] * np.log(p[p > 0])) for p in shares])
