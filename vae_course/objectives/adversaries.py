"""Objectives with a second player: one loss for both, in which each term's gradient reaches one of them only."""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import softplus

from vae_course.models import GAN
from vae_course.objectives.bound import Bound
from vae_course.objectives.elbo import LatentVariableModel, elbo


def _held_fixed(network: nn.Module, x: Tensor) -> Tensor:
    """network(x) with a gradient for x but none for the network's parameters."""
    fixed = {name: parameter.detach() for name, parameter in network.named_parameters()}
    return functional_call(network, fixed, (x,))


class FactorVAE(nn.Module):
    """The ELBO less gamma times the total correlation, which a discriminator estimates (Kim & Mnih, 2018).

    The discriminator learns to tell draws of q(z) (positive logit) from draws whose dimensions were shuffled over the
    batch, one by one; its logit is then log q(z) - log of the product of q(z_d).

    Args:
        discriminator: (batch, latent_dim) -> one logit, (batch, 1).
        gamma: the weight of the total correlation.
    """

    def __init__(self, discriminator: nn.Module, gamma: float) -> None:
        super().__init__()
        self.discriminator, self.gamma = discriminator, gamma

    def forward(self, model: LatentVariableModel, x: Tensor) -> Bound:
        bound = elbo(model, x)
        z = model.q_z(x).rsample()
        total_correlation = _held_fixed(self.discriminator, z).squeeze(-1)
        # Half of the batch is real and the other half shuffled, so that no draw plays both parts.
        real, other = z.detach().chunk(2)
        logits = torch.cat([-self.discriminator(real), self.discriminator(shuffle_dimensions(other))])
        cross_entropy = softplus(logits).squeeze(-1)  # (batch,)
        terms = {"total_correlation": total_correlation, "discriminator": cross_entropy}
        return Bound({**bound.terms, **terms}).weighted({"total_correlation": self.gamma})


def shuffle_dimensions(z: Tensor) -> Tensor:
    """Permute every dimension of z (batch, latent_dim) over the batch by itself: a draw of the product of marginals."""
    order = torch.rand_like(z).argsort(0)
    return z.gather(0, order)


def adversarial(model: GAN, x: Tensor, *, penalty: float = 0.0) -> Bound:
    """The two losses of a GAN with the non-saturating generator (Goodfellow et al., 2014), as costs.

    Args:
        model: generator and discriminator.
        x: real data in [0, 1], (batch, data_dim).
        penalty: weight of the squared gradient of the discriminator at real data (R1; Mescheder et al., 2018), which
            makes training converge near the optimum.

    Returns:
        The terms `generator` (its gradient does not reach the discriminator), `discriminator` (nor the other way round)
        and `penalty`. Their sum is no bound: its value says nothing about quality.
    """
    z = model.p_z().sample((len(x),))
    fake = model.generate(z)
    x = x.detach().requires_grad_(True)
    real_logit = model.discriminator(x).squeeze(-1)
    fake_logit = model.discriminator(fake.detach()).squeeze(-1)
    (slope,) = torch.autograd.grad(real_logit.sum(), x, create_graph=True)
    return Bound(
        {
            "generator": softplus(-_held_fixed(model.discriminator, fake)).squeeze(-1),
            "discriminator": softplus(-real_logit) + softplus(fake_logit),
            "penalty": slope.square().sum(-1) / 2,
        }
    ).weighted({"penalty": penalty})
