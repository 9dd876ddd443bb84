"""What a code costs and what it is worth: rate, distortion, and the latent dimensions in use."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal, kl_divergence

from vae_course.evaluation.estimate import Estimate
from vae_course.objectives import elbo
from vae_course.training import seeded


@dataclass(frozen=True)
class RateDistortion:
    """A model's place in the rate-distortion plane, in nats per example; ELBO = -(rate + distortion).

    `rate` is KL(q(z | x) || p(z)), `distortion` -E_q[log p(x | z)] (Alemi et al., 2018). `rate_per_dimension`,
    (latent_dim,), splits the rate where posterior and prior are products of normals, and is None elsewhere.
    """

    rate: Estimate
    distortion: Estimate
    rate_per_dimension: Tensor | None


@torch.no_grad()
def rate_distortion(
    model, x: Tensor, num_samples: int = 1, *, seed: int = 0, batch: int = 1000
) -> RateDistortion:
    """Rate and distortion over the data set x, with standard errors over examples.

    Args:
        model: anything with q_z, p_z and p_x.
        x: (N, data_dim), N > 1.
        num_samples: draws from q(z | x) per example.
        seed: of those draws.
        batch: examples at a time, which bounds the memory.
    """
    rates, distortions, per_dimension = [], [], []
    prior = model.p_z()
    with seeded(seed, x.device):
        for part in x.split(batch):
            terms = elbo(model, part, num_samples).terms
            rates.append(terms["kl"])
            distortions.append(-terms["reconstruction"])
            posterior = model.q_z(part)
            if _is_product(posterior) and _is_product(prior):
                per_dimension.append(kl_divergence(posterior.base_dist, prior.base_dist))  # (batch, dim)
    return RateDistortion(
        Estimate.of(torch.cat(rates)),
        Estimate.of(torch.cat(distortions)),
        torch.cat(per_dimension).mean(0) if per_dimension else None,
    )


@torch.no_grad()
def active_units(model, x: Tensor, threshold: float = 0.01, *, batch: int = 1000) -> Tensor:
    """Which latent dimensions say something about x: those whose posterior mean varies (Burda et al., 2016).

    Args:
        model: anything with q_z, a distribution with a mean.
        x: (N, data_dim), N > 1.
        threshold: a dimension is active if the variance over x of its posterior mean exceeds it.
        batch: examples at a time, which bounds the memory.

    Returns:
        bool (latent_dim,); its sum is the number of active units.

    Raises TypeError if the posterior has no mean in closed form, as after a flow.
    """
    try:
        means = torch.cat([model.q_z(part).mean for part in x.split(batch)])
    except NotImplementedError:
        raise TypeError(
            "this model's q(z | x) has no mean in closed form; activity is defined by the posterior mean"
        ) from None
    return means.double().var(0) > threshold


def _is_product(distribution: Distribution) -> bool:
    return isinstance(distribution, Independent) and isinstance(distribution.base_dist, Normal)
