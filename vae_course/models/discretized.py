"""A distribution over the 256 grey levels of a pixel."""

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints
from torch.nn import functional

LEVELS = 256


class DiscretizedLogistic(Distribution):
    """x in {0, 1/255, ..., 1}: a logistic with the given location and scale, integrated over level +- 1/510.

    The first level takes everything below it and the last everything above, so that the 256 probabilities sum to 1
    (Salimans et al., 2017).

    Args:
        loc: (...).
        scale: positive, broadcast against loc.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012, as torch wants it

    def __init__(self, loc: Tensor, scale: Tensor) -> None:
        self.loc, self.scale = torch.broadcast_tensors(loc, scale)
        super().__init__(self.loc.shape, validate_args=False)

    def log_prob(self, x: Tensor) -> Tensor:
        """log of the probability of level x, in nats, for x on the grid of levels."""
        half = 0.5 / (LEVELS - 1)
        upper = (x + half - self.loc) / self.scale
        lower = (x - half - self.loc) / self.scale
        # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), which loses nothing in the tails
        width = torch.log(-torch.expm1(-2 * half / self.scale))
        inside = functional.logsigmoid(upper) + functional.logsigmoid(-lower) + width
        at_ends = torch.where(x < half, functional.logsigmoid(upper), functional.logsigmoid(-lower))
        return torch.where((x < half) | (x > 1 - half), at_ends, inside)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """Draws from the levels."""
        with torch.no_grad():
            uniform = torch.rand(
                self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device
            )
            z = self.loc + self.scale * torch.logit(uniform, eps=torch.finfo(self.loc.dtype).eps)
            return (z * (LEVELS - 1)).round().clamp(0, LEVELS - 1) / (LEVELS - 1)

    @property
    def mean(self) -> Tensor:
        """The mean of the level: the sum over levels of the probability of reaching at least that one."""
        total = torch.zeros_like(self.loc)
        for level in range(1, LEVELS):
            total += torch.sigmoid((self.loc - (level - 0.5) / (LEVELS - 1)) / self.scale)
        return total / (LEVELS - 1)
