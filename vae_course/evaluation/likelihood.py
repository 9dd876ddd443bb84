"""The ELBO and log p(x) on a data set."""

import math

import torch
from torch import Tensor

from vae_course.evaluation.estimate import Estimate
from vae_course.objectives import elbo, log_weights
from vae_course.training import seeded


@torch.no_grad()
def evaluate(
    model, x: Tensor, num_samples: int = 1, *, seed: int = 0, batch: int = 1000
) -> dict[str, Estimate]:
    """The ELBO and its terms over the data set x, in nats per example, with standard errors over examples.

    Args:
        model: anything with q_z, p_z and p_x.
        x: (N, data_dim).
        num_samples: draws from q(z | x) per example.
        seed: of those draws.
        batch: examples at a time; it changes the memory needed and nothing else in the estimate.
    """
    with seeded(seed, x.device):
        bounds = [elbo(model, part, num_samples) for part in x.split(batch)]
    # Values are joined and averaged once: batch means would weigh a short last batch too much.
    values = {"elbo": torch.cat([bound.value for bound in bounds])}
    for name in bounds[0].terms:
        values[name] = torch.cat([bound.terms[name] for bound in bounds])
    return {name: Estimate.of(value) for name, value in values.items()}


@torch.no_grad()
def log_likelihood(model, x: Tensor, num_samples: int, *, seed: int = 0, chunk: int = 10_000) -> Estimate:
    """log p(x) in nats per example by importance sampling with exactly `num_samples` draws from q(z | x).

    A lower bound in expectation, which rises with `num_samples` (Burda et al., 2016).

    Args:
        model: anything with q_z, p_z and p_x.
        x: (N, data_dim).
        num_samples: importance samples per example.
        seed: of the draws.
        chunk: decoded latents held at a time, which bounds the memory.
    """
    values = []
    with seeded(seed, x.device):
        for part in x.split(min(len(x), 100)):
            at_once = max(1, chunk // len(part))
            total = torch.full((len(part),), -math.inf, dtype=torch.float64, device=x.device)
            for start in range(0, num_samples, at_once):
                weights = log_weights(model, part, min(at_once, num_samples - start)).double()
                total = torch.logaddexp(total, torch.logsumexp(weights, dim=0))
            values.append(total - math.log(num_samples))
    return Estimate.of(torch.cat(values))
