"""The evidence lower bound, its K-sample version, and the autoencoder's objective.

The first two, and the likelihood estimate of `vae_course.evaluation`, share one path: draw
z of shape (samples, batch, latent_dim) from q(z | x), and weigh it by log p(x | z) of shape (samples, batch).
A model is anything with the methods q_z(x), p_z() and p_x(z).
"""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.distributions import Distribution, kl

from vae_course.objectives.bound import Bound


class LatentVariableModel(Protocol):
    """The prior, the likelihood and the approximate posterior."""

    def q_z(self, x: Tensor) -> Distribution: ...
    def p_z(self) -> Distribution: ...
    def p_x(self, z: Tensor) -> Distribution: ...


def elbo(model: LatentVariableModel, x: Tensor, num_samples: int = 1) -> Bound:
    """E_q[log p(x | z)] - KL(q(z | x) || p(z)), the expectation by `num_samples` draws.

    Returns the terms `reconstruction` and `kl`, each (batch,).
    """
    q, z, log_likelihood = _draw(model, x, num_samples)
    return Bound({"reconstruction": log_likelihood.mean(0), "kl": kl_divergence(q, model.p_z(), z)})


def log_weights(model: LatentVariableModel, x: Tensor, num_samples: int) -> Tensor:
    """log p(x | z) + log p(z) - log q(z | x) at `num_samples` draws from q, shape (samples, batch)."""
    q, z, log_likelihood = _draw(model, x, num_samples)
    return log_likelihood + model.p_z().log_prob(z) - q.log_prob(z)


def importance_bound(model: LatentVariableModel, x: Tensor, num_samples: int) -> Tensor:
    """log of the mean of `num_samples` importance weights, shape (batch,) (Burda et al., 2016)."""
    return torch.logsumexp(log_weights(model, x, num_samples), dim=0) - math.log(num_samples)


def kl_divergence(q: Distribution, p: Distribution, z: Tensor) -> Tensor:
    """KL(q || p) per example, (batch,): in closed form, or from the draws z ~ q where there is none."""
    try:
        return kl.kl_divergence(q, p)
    except NotImplementedError:
        return (q.log_prob(z) - p.log_prob(z)).mean(0)


def autoencoding(model, x: Tensor) -> Bound:
    """log p(x | code(x)) for x (batch, data_dim): a plain autoencoder's reconstruction, without noise or divergence."""
    return Bound({"reconstruction": model.p_x(model.code(x)).log_prob(x)})


def _draw(model: LatentVariableModel, x: Tensor, num_samples: int) -> tuple[Distribution, Tensor, Tensor]:
    q = model.q_z(x)
    z = q.rsample((num_samples,))  # (samples, batch, latent_dim), every entry with noise of its own
    return q, z, model.p_x(z).log_prob(x)
