"""Objectives that change while a model trains: they count their own training steps."""

import torch
from torch import Tensor, nn

from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import LatentVariableModel, elbo


class Ramp(nn.Module):
    """A number that moves in equal steps from `start` to `end`, and stays there.

    Only calls with gradients switched on count, so that measuring does not move it.

    Args:
        start, end: the first and the last value.
        steps: training steps in between, positive.
    """

    def __init__(self, start: float, end: float, steps: int) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"steps must be at least 1, not {steps}")
        self.start, self.end, self.steps = start, end, steps
        self.register_buffer("done", torch.tensor(0.0))

    def forward(self) -> Tensor:
        """The present value, a scalar."""
        value = self.start + (self.end - self.start) * (self.done / self.steps).clamp_max(1)
        if torch.is_grad_enabled():
            self.done += 1
        return value


class Warmup(nn.Module):
    """The ELBO with a weight of the KL that rises from 0 to `beta`, so that z is used before it is taxed.

    Args:
        steps: training steps until the weight is reached.
        beta: the weight at the end.
    """

    def __init__(self, steps: int, beta: float = 1.0) -> None:
        super().__init__()
        self.ramp = Ramp(0.0, beta, steps)

    def forward(self, model: LatentVariableModel, x: Tensor) -> Bound:
        return elbo(model, x).weighted({"kl": self.ramp()})


class Capacity(nn.Module):
    """E_q[log p(x | z)] - gamma |mean KL - C|, where C rises (Burgess et al., 2018).

    The bars hold the mean over the batch, not each example's KL: those are two objectives, and the second forces every
    example to carry the same information. The term `deviation` of example i is +-(KL_i - C) with the mean's sign, so
    that its mean over the batch is |mean KL - C|.

    Args:
        maximum: C at the end, in nats.
        steps: training steps until it is reached.
        gamma: the weight of the deviation.
    """

    def __init__(self, maximum: float, steps: int, gamma: float) -> None:
        super().__init__()
        self.ramp = Ramp(0.0, maximum, steps)
        self.gamma = gamma

    def forward(self, model: LatentVariableModel, x: Tensor) -> Bound:
        terms = elbo(model, x).terms
        excess = terms["kl"] - self.ramp()  # (batch,)
        deviation = excess * torch.sign(excess.mean().detach())
        bound = Bound({"reconstruction": terms["reconstruction"], "deviation": deviation, "kl": terms["kl"]})
        return bound.weighted(
            {"deviation": self.gamma, "kl": 0.0}
        )  # the KL is shown, and counts only through C
