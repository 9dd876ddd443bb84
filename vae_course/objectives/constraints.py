"""The multiplier learned for a given constraint, by the conditions of Karush, Kuhn and Tucker.

At the optimum of a constrained problem the multiplier is not negative, and it is 0 unless the constraint is tight. Dual
ascent finds it: while the model ascends the Lagrangian, the multiplier grows as long as the constraint is violated,
shrinks as long as there is slack, and is cut off at 0.
"""

import torch
from torch import Tensor, nn

from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import LatentVariableModel, elbo


class _Multiplier(nn.Module):
    """A number that is not negative; a violation, in units of the allowed value, pushes it up.

    The part that answers at once (`damping` times the violation) keeps the two ascents from circling each other.
    """

    def __init__(self, start: float, rate: float, damping: float) -> None:
        super().__init__()
        self.rate, self.damping = rate, damping
        self.register_buffer("level", torch.tensor(start))
        self.register_buffer("violation", torch.tensor(0.0))  # its running mean over some ten batches

    def value(self) -> Tensor:
        return (self.level + self.damping * self.violation).clamp_min(0)

    @torch.no_grad()
    def ascend(self, violation: Tensor) -> None:
        self.violation.lerp_(violation.detach().to(self.violation), 0.1)
        self.level.add_(self.rate * self.violation).clamp_(min=0)


class KLConstraint(nn.Module):
    """max E_q[log p(x | z)] subject to mean KL(q(z | x) || p(z)) <= delta: the lecture's origin of the beta-VAE.

    The objective is the Lagrangian without its constant, E_q[log p(x | z)] - beta KL. The multiplier beta is learned.

    Args:
        delta: what the mean KL may be, in nats, positive.
        start: the multiplier at the beginning.
        rate: how much it grows in one training step per relative violation (mean KL - delta) / delta.
        damping: how much of the violation is added to it at once.
    """

    def __init__(self, delta: float, *, start: float = 1.0, rate: float = 0.02, damping: float = 1.0) -> None:
        super().__init__()
        if not delta > 0:
            raise ValueError(f"delta must be positive, not {delta}: at 0 nothing can be encoded")
        self.delta = delta
        self.multiplier = _Multiplier(start, rate, damping)

    @property
    def beta(self) -> Tensor:
        """The multiplier, a scalar that is at least 0: nats of reconstruction per nat of KL."""
        return self.multiplier.value()

    def forward(self, model: LatentVariableModel, x: Tensor) -> Bound:
        bound = elbo(model, x).weighted({"kl": self.beta})
        if torch.is_grad_enabled():
            self.multiplier.ascend((bound.terms["kl"].mean() - self.delta) / self.delta)
        return bound


class ReconstructionConstraint(nn.Module):
    """min KL(q(z | x) || p(z)) subject to mean -E_q[log p(x | z)] <= distortion (GECO; Rezende & Viola, 2018).

    The objective is lambda E_q[log p(x | z)] - KL. The multiplier lambda is learned: 1 / beta of the mirrored problem.

    Args:
        distortion: what the mean of -log p(x | z) may be, in nats; it may be negative where p is a density.
        scale: nats of violation that count as one unit.
        start, rate, damping: as in KLConstraint.
    """

    def __init__(
        self, distortion: float, *, scale: float, start: float = 1.0, rate: float = 0.02, damping: float = 1.0
    ) -> None:
        super().__init__()
        if not scale > 0:
            raise ValueError(f"scale must be positive, not {scale}")
        self.distortion, self.scale = distortion, scale
        self.multiplier = _Multiplier(start, rate, damping)

    @property
    def weight(self) -> Tensor:
        """The multiplier lambda, a scalar that is at least 0: nats of KL per nat of reconstruction."""
        return self.multiplier.value()

    def forward(self, model: LatentVariableModel, x: Tensor) -> Bound:
        bound = elbo(model, x).weighted({"reconstruction": self.weight})
        if torch.is_grad_enabled():
            self.multiplier.ascend((-bound.terms["reconstruction"].mean() - self.distortion) / self.scale)
        return bound
