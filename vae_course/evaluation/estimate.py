"""A mean and how far it may be off."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Estimate:
    """The mean of independent values and its standard error; prints as "mean ± standard error"."""

    mean: float
    standard_error: float

    @classmethod
    def of(cls, values: Tensor) -> Estimate:
        """The estimate from one value per example, shape (N,) with N > 1."""
        values = values.double()
        return cls(values.mean().item(), values.std().item() / math.sqrt(len(values)))

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.standard_error:.2f}"
