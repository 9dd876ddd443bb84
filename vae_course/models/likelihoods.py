"""Likelihoods p(x | z): what a decoder's output is the parameter of.

All are full densities (or probabilities) in nats: log_prob sums over the last dimension and keeps every constant.
They do not validate their arguments, so that `fit` can say at which step a term became NaN.
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Independent, Normal
from torch.nn import functional

from vae_course.models.discretized import DiscretizedLogistic as Levels
from vae_course.nets import soft_bound


class Bernoulli(nn.Module):
    """Binary data: every x_j is 1 with probability sigmoid(logit_j)."""

    def forward(self, logits: Tensor) -> Independent:
        return _BinaryVector(TorchBernoulli(logits=logits, validate_args=False), 1)


class _BinaryVector(Independent):
    """Changes the sign of the sum over the dimensions, where `Independent` changes that of each dimension."""

    def log_prob(self, x: Tensor) -> Tensor:
        logits, x = torch.broadcast_tensors(self.base_dist.logits, x)
        return -functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


class Gaussian(nn.Module):
    """Real data: every x_j is normal around mean_j with one fixed standard deviation.

    Args:
        sigma: the standard deviation, in units of the data. Raises ValueError unless it is positive.
    """

    def __init__(self, sigma: float) -> None:
        super().__init__()
        if not sigma > 0:
            raise ValueError(f"sigma must be positive, not {sigma}")
        self.sigma = sigma

    def forward(self, mean: Tensor) -> Independent:
        return Independent(Normal(mean, self.sigma, validate_args=False), 1)


LOG_SCALE_LIMIT = 7.0
"""The log of a learned scale stays within (-7, 7): the scale between .0009 and 1,097."""


class LearnedScale(nn.Module):
    """A positive number that is learned by gradient; its logarithm is softly bounded.

    Raises ValueError if the start lies outside of the bounds.
    """

    def __init__(self, start: float) -> None:
        super().__init__()
        if not math.exp(-LOG_SCALE_LIMIT) < start < math.exp(LOG_SCALE_LIMIT):
            raise ValueError(f"a learned scale starts between .001 and 1,000, not at {start}")
        self.raw = nn.Parameter(torch.tensor(LOG_SCALE_LIMIT * math.atanh(math.log(start) / LOG_SCALE_LIMIT)))

    def forward(self) -> Tensor:
        return soft_bound(self.raw, LOG_SCALE_LIMIT).exp()


class LearnedGaussian(nn.Module):
    """Real data: every x_j is normal around mean_j with one standard deviation that is learned by gradient.

    The best sigma is the root mean square of the residuals, not infinity. What can fail is the other end: where
    the decoder reproduces the data exactly sigma falls towards 0, so it is bounded.

    Args:
        sigma: where learning starts.
    """

    def __init__(self, sigma: float = 1.0) -> None:
        super().__init__()
        self.learned = LearnedScale(sigma)

    @property
    def sigma(self) -> Tensor:
        """The standard deviation, a scalar."""
        return self.learned()

    def forward(self, mean: Tensor) -> Independent:
        return Independent(Normal(mean, self.sigma, validate_args=False), 1)


class OptimalGaussian(nn.Module):
    """Real data: normal around mean_j with the standard deviation that is best for the data (Rybkin et al., 2021).

    The maximum of log p over one sigma shared by all pixels of all examples is sigma^2 = mean of (x - mean)^2.
    In training mode each batch gets its own; a running mean of sigma^2 is kept and used in evaluation mode,
    because a sigma that is read off the example it scores would make no density.

    Args:
        momentum: weight of the newest batch in the running mean.
    """

    def __init__(self, momentum: float = 0.05) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("variance", torch.tensor(1.0))

    @property
    def sigma(self) -> Tensor:
        """The standard deviation used in evaluation mode, a scalar."""
        return self.variance.sqrt()

    def forward(self, mean: Tensor) -> Independent:
        if self.training:
            return Independent(_NormalOfBatch(mean, self), 1)
        return Independent(Normal(mean, self.sigma, validate_args=False), 1)

    @torch.no_grad()
    def _observe(self, variance: Tensor) -> None:
        """Take one batch's sigma^2 into the running mean."""
        self.variance.lerp_(variance.to(self.variance), self.momentum)


class _NormalOfBatch(Normal):
    """A normal whose standard deviation is chosen when it sees the batch."""

    def __init__(self, mean: Tensor, likelihood: OptimalGaussian) -> None:
        super().__init__(mean, likelihood.sigma, validate_args=False)
        self.likelihood = likelihood

    def log_prob(self, x: Tensor) -> Tensor:
        # No gradient through sigma is needed: at the optimum the derivative with respect to it is 0.
        variance = (x - self.loc).detach().square().mean().clamp_min(1e-6)
        self.likelihood._observe(variance)
        return Normal(self.loc, variance.sqrt(), validate_args=False).log_prob(x)


class DiscretizedLogistic(nn.Module):
    """Grey levels 0, 1/255, ..., 1: a logistic density around mean_j, integrated over each level's interval.

    The scale is learned, one for all pixels (Kingma et al., 2016). Values are probabilities, so that nats per
    dimension can be compared with any other model of the same levels.

    Args:
        scale: where learning starts.
    """

    def __init__(self, scale: float = 0.1) -> None:
        super().__init__()
        self.learned = LearnedScale(scale)

    @property
    def scale(self) -> Tensor:
        """The logistic's scale, in units of the range of grey levels, a scalar."""
        return self.learned()

    def forward(self, mean: Tensor) -> Independent:
        return Independent(Levels(mean, self.scale), 1)
