"""Likelihoods p(x | z): what a decoder's output is the parameter of.

Both are full densities in nats: log_prob sums over the last dimension and keeps every constant.
They do not validate their arguments, so that `fit` can say at which step a term became NaN.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Independent, Normal


@dataclass(frozen=True)
class Bernoulli:
    """Binary data: every x_j is 1 with probability sigmoid(logit_j)."""

    def __call__(self, logits: Tensor) -> Independent:
        return Independent(TorchBernoulli(logits=logits, validate_args=False), 1)


@dataclass(frozen=True)
class Gaussian:
    """Real data: every x_j is normal around mean_j with one fixed standard deviation."""

    sigma: float

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise ValueError(f"sigma must be positive, not {self.sigma}")

    def __call__(self, mean: Tensor) -> Independent:
        return Independent(Normal(mean, self.sigma, validate_args=False), 1)
