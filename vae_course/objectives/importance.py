"""Training on the K-sample bound, with the plain and with the doubly reparameterized gradient."""

import math

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal

from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import LatentVariableModel


def importance_weighted(
    model: LatentVariableModel, x: Tensor, num_samples: int, *, doubly_reparameterized: bool = False
) -> Bound:
    """log of the mean of `num_samples` importance weights as an objective (Burda et al., 2016).

    The terms are the one-sample `reconstruction` and `kl`, averaged over the draws, and `tightening`, the negative of
    what the bound gains over their difference.

    Args:
        model: anything with q_z, p_z and p_x.
        x: (batch, data_dim).
        num_samples: K, the draws per example.
        doubly_reparameterized: the encoder's gradient by Tucker et al. (2019), equation 8. It has the same mean; its
            noise vanishes where q is the posterior, and its signal does not drown in noise as K grows.

    Raises:
        TypeError: the doubly reparameterized gradient is asked of a posterior that is not a diagonal Gaussian.
    """
    q = model.q_z(x)
    z = q.rsample((num_samples,))  # (samples, batch, latent_dim)
    density = _without_gradient(q) if doubly_reparameterized else q
    log_likelihood = model.p_x(z).log_prob(x)
    sampled_kl = density.log_prob(z) - model.p_z().log_prob(z)
    log_w = log_likelihood - sampled_kl  # (samples, batch)
    bound = torch.logsumexp(log_w, dim=0) - math.log(num_samples)
    reconstruction, kl = log_likelihood.mean(0), sampled_kl.mean(0)
    if not doubly_reparameterized:
        return Bound({"reconstruction": reconstruction, "kl": kl, "tightening": reconstruction - kl - bound})

    share = torch.softmax(log_w.detach(), dim=0)  # w_k / sum of w
    if z.requires_grad:  # the decoder's gradient is weighted once, and what goes on into z once more
        z.register_hook(lambda gradient: share.unsqueeze(-1) * gradient)
    pull = (share * log_w).sum(0)
    tightening = (reconstruction - kl - bound).detach() - (pull - pull.detach())  # its value, pull's gradient
    return Bound({"reconstruction": reconstruction.detach(), "kl": kl.detach(), "tightening": tightening})


def _without_gradient(q: Distribution) -> Distribution:
    """The same diagonal Gaussian, whose parameters are constants."""
    if not (isinstance(q, Independent) and isinstance(q.base_dist, Normal)):
        raise TypeError(
            f"the doubly reparameterized gradient needs a diagonal Gaussian, not {type(q).__name__}; "
            "use doubly_reparameterized=False"
        )
    return Independent(Normal(q.mean.detach(), q.stddev.detach(), validate_args=False), 1)
