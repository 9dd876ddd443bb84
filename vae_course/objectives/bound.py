"""What every objective returns."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Bound:
    """An objective's named terms, each (batch,): one value per example, in nats, summed over dimensions.

    The term `reconstruction` is to be large, all others are costs. Nothing is averaged over the batch here:
    the training step does that, once.
    """

    terms: dict[str, Tensor]

    @property
    def value(self) -> Tensor:
        """What is maximized: the reconstruction less every other term, shape (batch,)."""
        costs = (term for name, term in self.terms.items() if name != "reconstruction")
        return self.terms["reconstruction"] - sum(costs)
