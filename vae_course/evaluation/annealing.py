"""log p(x) by annealed importance sampling, which needs no encoder."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution

from vae_course.evaluation.estimate import Estimate
from vae_course.training import seeded

ACCEPTANCE = 0.65  # the rate at which HMC moves farthest for its cost (Neal, 2011, section 4.4)
PILOTS = 4  # chains per example from which the step sizes are learned
FAR = 1e4  # a trajectory that comes this far from the origin has left every prior of the course


@dataclass(frozen=True)
class Annealed(Estimate):
    """An estimate of log p(x), with what tells whether the annealing was slow enough.

    `acceptance` is the mean probability with which HMC's proposals were accepted; far below .65, the step sizes
    did not adapt. `effective_chains` is (sum w)^2 / sum w^2, the mean over examples: near 1, a single chain
    decides, and more steps are needed.
    """

    acceptance: float
    effective_chains: float


@torch.no_grad()
def annealed_log_likelihood(
    model, x: Tensor, *, chains: int, steps: int, leapfrogs: int = 10, seed: int = 0, chunk: int = 10_000
) -> Annealed:
    """log p(x) in nats per example by annealed importance sampling (Neal, 2001; Wu et al., 2017).

    Chains start in the prior and pass through p(z) p(x | z)^t, with t from 0 to 1, by Hamiltonian Monte Carlo;
    each ends with a weight w whose mean is p(x). An example's log of the mean over chains is therefore a
    stochastic lower bound: in expectation below log p(x), and above log p(x) + b with probability at most
    exp(-b). It comes closer with more chains and, much faster, with more steps. Step sizes come from a pilot run
    with chains of its own: adapted by the chains that are weighed, they could bias w.

    Args:
        model: anything with p_z and p_x that is differentiable in z; q_z is not used.
        x: (N, data_dim), N > 1.
        chains: independent chains per example.
        steps: temperatures after t = 0, one transition each.
        leapfrogs: steps of a trajectory.
        seed: of all draws.
        chunk: latents decoded at a time, which bounds the memory.

    Raises ValueError unless chains, steps and leapfrogs are positive.
    """
    if min(chains, steps, leapfrogs) < 1:
        raise ValueError(
            f"chains, steps and leapfrogs must be positive, not {chains}, {steps} and {leapfrogs}"
        )
    values, accepted, effective = [], [], []
    with seeded(seed, x.device):
        for part in x.split(max(1, chunk // max(chains, PILOTS))):
            sizes = _anneal(model, part, min(chains, PILOTS), steps, leapfrogs)[2]
            log_w, acceptance, _ = _anneal(model, part, chains, steps, leapfrogs, sizes)
            values.append(torch.logsumexp(log_w, dim=0) - math.log(chains))
            accepted.append(acceptance)
            effective.append((2 * log_w.logsumexp(0) - (2 * log_w).logsumexp(0)).exp())
    mean = Estimate.of(torch.cat(values))
    return Annealed(
        mean.mean,
        mean.standard_error,
        acceptance=torch.cat(accepted).mean().item(),
        effective_chains=torch.cat(effective).mean().item(),
    )


def temperatures(steps: int) -> list[float]:
    """0 = t_0 < ... < t_steps = 1 along a sigmoid, dense at both ends where most happens (Wu et al., 2017)."""
    sigmoid = torch.sigmoid(torch.linspace(-4, 4, steps + 1, dtype=torch.float64))
    return ((sigmoid - sigmoid[0]) / (sigmoid[-1] - sigmoid[0])).tolist()


def _anneal(
    model, x: Tensor, chains: int, steps: int, leapfrogs: int, sizes: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """One anneal: log w (chains, batch) in float64, acceptance (batch,), and step sizes (steps, batch).

    With no step sizes given, each example's is adapted from one temperature to the next.
    """
    prior: Distribution = model.p_z()
    z = prior.sample((chains, len(x)))  # (chains, batch, latent_dim)
    log_w = torch.zeros(chains, len(x), dtype=torch.float64, device=x.device)
    log_size = torch.full((len(x),), math.log(0.5), dtype=z.dtype, device=x.device)
    used, accepted = [], torch.zeros_like(log_size)
    t = temperatures(steps)
    for k in range(1, steps + 1):
        # The weight is for the draw that the last temperature left, before it moves at this one.
        log_w += (t[k] - t[k - 1]) * model.p_x(z).log_prob(x).double()
        size = log_size.exp() if sizes is None else sizes[k - 1]
        z, acceptance = _transition(
            lambda z, t=t[k]: prior.log_prob(z) + t * model.p_x(z).log_prob(x), z, size, leapfrogs
        )
        log_size += 0.2 * (acceptance.mean(0) - ACCEPTANCE)
        used.append(size)
        accepted += acceptance.mean(0) / steps
    return log_w, accepted, torch.stack(used)


def _transition(
    log_density: Callable[[Tensor], Tensor], start: Tensor, size: Tensor, leapfrogs: int
) -> tuple[Tensor, Tensor]:
    """One step of Hamiltonian Monte Carlo (Neal, 2011), which leaves `log_density` invariant.

    Args:
        log_density: (chains, batch, dim) -> (chains, batch), up to a constant.
        start: where the chains are, (chains, batch, dim).
        size: step size of each example, (batch,).
        leapfrogs: steps of the trajectory.

    Returns:
        Where the chains are next, and the probability of acceptance, (chains, batch).
    """
    # A little randomness in the step size keeps trajectories from closing on themselves.
    size = (size * (0.8 + 0.4 * torch.rand_like(start[..., 0]))).unsqueeze(-1)
    z, momentum = start, torch.randn_like(start)
    value, force = _with_gradient(log_density, z)
    energy = momentum.square().sum(-1) / 2 - value
    lost = torch.zeros_like(value, dtype=torch.bool)
    for _ in range(leapfrogs):
        momentum = momentum + size / 2 * force
        z = z + size * momentum
        lost |= ~(z.abs() < FAR).all(-1)  # NaN is lost too
        z = torch.where(lost.unsqueeze(-1), start, z)
        value, force = _with_gradient(log_density, z)
        momentum = momentum + size / 2 * force
    change = energy - (momentum.square().sum(-1) / 2 - value)
    acceptance = change.clamp(max=0).exp().nan_to_num(0).masked_fill(lost, 0)
    accept = torch.rand_like(acceptance) < acceptance
    return torch.where(accept.unsqueeze(-1), z, start), acceptance


def _with_gradient(log_density: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        value = log_density(z)
        (gradient,) = torch.autograd.grad(value.sum(), z)
    return value.detach(), gradient
