"""Codes and factors as all five measures take them."""

from __future__ import annotations

from typing import Any

import numpy as np


def check(codes: Any, factors: Any) -> tuple[np.ndarray, np.ndarray]:
    """Codes (N, M) as standardised float64, and factors (N, F) as classes 0, 1, ... without the constant ones.

    Every code is shifted and scaled to mean 0 and variance 1, so that no measure depends on its units; a constant code
    becomes 0. A factor that never changes, such as the sprites' colour, cannot be told from anything and is left out.

    Args:
        codes: (N, M), an array or a tensor.
        factors: (N, F), integers.

    Raises:
        ValueError: shapes that do not belong together, fewer than 10 rows, codes that are not finite, factors that are
            not integers, or none that changes.
    """
    codes, factors = _array(codes), _array(factors)
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or not codes.size:
        raise ValueError(f"codes must be (N, M) and factors (N, F), not {codes.shape} and {factors.shape}")
    if len(codes) < 10:
        raise ValueError(f"{len(codes)} rows are too few to measure anything; give at least 10")
    if factors.dtype.kind not in "iu":
        raise ValueError(f"factors are integer classes, not {factors.dtype}; bin continuous ones first")
    codes = codes.astype(np.float64)
    if not np.isfinite(codes).all():
        raise ValueError("a code is NaN or infinite: the encoder has broken down")
    classes = [np.unique(column, return_inverse=True)[1] for column in factors.T if np.ptp(column) > 0]
    if not classes:
        raise ValueError("no factor changes in these rows")
    spread = codes.std(0)
    spread[spread < 1e-12 * np.abs(codes).max(initial=1.0)] = np.inf  # constant but for rounding
    return (codes - codes.mean(0)) / spread, np.stack(classes, axis=1)


def split(n: int, train: int, test: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train and to test with: as many as asked for, or two thirds and one third of all there are."""
    if n < train + test:
        train, test = 2 * n // 3, n - 2 * n // 3
    order = random.permutation(n)
    return order[:train], order[train : train + test]


def _array(values: Any) -> np.ndarray:
    return values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values)
