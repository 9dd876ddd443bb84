"""What every objective returns."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from torch import Tensor


@dataclass(frozen=True)
class Bound:
    """An objective's named terms, each (batch,): one value per example, in nats, summed over dimensions.

    Terms whose name begins with `reconstruction` are to be large, all others are costs. Nothing is averaged over
    the batch here: the training step does that, once.

    Attributes:
        terms: per name, (batch,), never weighted, so that a plot of them is in true nats.
        weights: per name, what a term counts in `value`, a number or a scalar; 1 where none is given.
    """

    terms: Mapping[str, Tensor]
    weights: Mapping[str, float | Tensor] = field(default_factory=dict)

    @property
    def value(self) -> Tensor:
        """What is maximized: the reconstruction less every other term, each times its weight, shape (batch,)."""
        return reduce(operator.add, [self._signed(name, term) for name, term in self.terms.items()])

    def weighted(self, weights: Mapping[str, float | Tensor]) -> Bound:
        """The same terms with other weights: `elbo(model, x).weighted({"kl": beta})` is the beta-VAE's objective.

        Args:
            weights: per term's name, or per beginning of a name in whole words: "reconstruction" stands for
                "reconstruction rgb" and "reconstruction depth".

        Raises:
            ValueError: a name fits no term.
        """
        given = dict(self.weights)
        for key, weight in weights.items():
            names = [name for name in self.terms if name == key or name.startswith(key + " ")]
            if not names:
                raise ValueError(f"no term {key!r} to weigh; the terms are {', '.join(self.terms)}")
            given |= dict.fromkeys(names, weight)
        return replace(self, weights=given)

    def _signed(self, name: str, term: Tensor) -> Tensor:
        weighted = term * self.weights[name] if name in self.weights else term
        return weighted if name.startswith("reconstruction") else -weighted
