"""When a training is over before its last step."""

import math
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class EarlyStop:
    """Stop when a bound on held-out data has not risen for some time, and go back to where it was highest.

    Attributes:
        name: what to watch, as the monitor calls it; higher is better.
        patience: how many measurements in a row may pass without a new highest value, at least 1.

    Raises ValueError if there is no patience.
    """

    name: str
    patience: int

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1 measurement, not {self.patience}")


@dataclass
class Best:
    """The highest value so far, the weights it was measured with, and the measurements since."""

    value: float = -math.inf
    since: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)

    def compare(self, value: float, weights: dict[str, Tensor]) -> None:
        """Take a new measurement into account."""
        self.since += 1
        if value > self.value:
            self.value, self.since = value, 0
            self.weights = {name: tensor.clone() for name, tensor in weights.items()}
