"""The KL divided into three: what z knows of the index, what its parts know of each other, and the rest.

Averaged over the data, KL(q(z | x) || p(z)) = index-code mutual information + total correlation + dimension-wise KL
(Chen et al., 2018). The three need the aggregate posterior q(z), the mean of q(z | x_n) over the whole data set, which
a minibatch can only estimate.
"""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.distributions import Independent

from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import LatentVariableModel

Estimator = Literal["stratified", "weighted"]


def log_batch_weights(
    batch: int, examples: int, estimator: Estimator = "stratified", device: torch.device | None = None
) -> Tensor:
    """log of the weights with which the batch's posteriors stand for q(z), float64 (batch, batch).

    Row i is for a draw z_i ~ q(z | x_i), column j for q(z_i | x_j).

    Args:
        batch: examples in the batch, at least 2 unless it is the data set.
        examples: examples in the data set.
        estimator: "stratified": the draw's own example has its true weight 1 / N, on the diagonal, and the others share
            the rest equally, so that q(z_i) is estimated without bias and every row sums to 1. "weighted": all have
            1 / (N B), as in minibatch weighted sampling; a row sums to 1 / N, so log q(z_i) comes out far too low.
        device: of the weights.

    Raises:
        ValueError: the batch is larger than the data set, or a single example of several.
    """
    if not (batch <= examples and (batch > 1 or examples == 1)):
        raise ValueError(f"a batch of {batch} cannot stand for {examples} examples; take 2 to {examples}")
    if estimator == "weighted":
        return torch.full((batch, batch), -math.log(examples * batch), dtype=torch.float64, device=device)
    others = (examples - 1) / (examples * max(1, batch - 1))
    weights = torch.full((batch, batch), others, dtype=torch.float64, device=device)
    return weights.fill_diagonal_(1 / examples).log()


def decomposition(
    model: LatentVariableModel, x: Tensor, examples: int, *, estimator: Estimator = "stratified"
) -> Bound:
    """E_q[log p(x | z)] less the three parts of the KL, each estimated from one draw per example.

    With the whole data set as the batch the estimate of q(z) is exact. In any case the three parts of an example add up
    to log q(z | x) - log p(z) at its draw.

    Args:
        model: its q(z | x) and p(z) must be products over the dimensions of z.
        x: (batch, data_dim), drawn without replacement.
        examples: examples in the data set x comes from.
        estimator: see `log_batch_weights`.

    Returns:
        The terms `reconstruction`, `index_code_mi`, `total_correlation` and `dimension_wise_kl`; weigh the third by
        beta for the beta-TCVAE: `.weighted({"total_correlation": beta})`.

    Raises:
        TypeError: q(z | x) or p(z) does not factorise.
    """
    q, p = model.q_z(x), model.p_z()
    for name, distribution in (("q(z | x)", q), ("p(z)", p)):
        if not isinstance(distribution, Independent):
            raise TypeError(f"the decomposition needs {name} to be a product over dimensions: {distribution}")
    z = q.rsample()  # (batch, latent_dim)
    posteriors = q.base_dist.expand((1, *q.mean.shape))
    log_q_each = posteriors.log_prob(z.unsqueeze(1))  # [i, j, d] = log q(z_id | x_j)
    log_w = log_batch_weights(len(x), examples, estimator, z.device).to(z.dtype)
    log_q_z_given_x = q.log_prob(z)
    log_q_z = torch.logsumexp(log_w + log_q_each.sum(-1), dim=1)
    log_q_z_dims = torch.logsumexp(log_w.unsqueeze(-1) + log_q_each, dim=1).sum(-1)
    return Bound(
        {
            "reconstruction": model.p_x(z).log_prob(x),
            "index_code_mi": log_q_z_given_x - log_q_z,
            "total_correlation": log_q_z - log_q_z_dims,
            "dimension_wise_kl": log_q_z_dims - p.log_prob(z),
        }
    )
