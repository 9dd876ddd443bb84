"""The variational autoencoder (Kingma & Welling, 2014)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from vae_course.models.priors import StandardNormal
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, GaussianEncoder


def diagonal_gaussian(mean: Tensor, logvar: Tensor) -> Independent:
    """N(mean, diag sigma^2) with logvar = log sigma^2, both (..., dim)."""
    return Independent(Normal(mean, torch.exp(logvar / 2), validate_args=False), 1)


class VAE(nn.Module):
    """Three distributions: the prior p(z), the likelihood p(x | z) and the approximate posterior q(z | x).

    How they are combined into something to maximize is the business of `vae_course.objectives`.

    Args:
        encoder: x -> mean and logvar of q(z | x).
        decoder: z -> what the likelihood needs.
        likelihood: decoder's output -> p(x | z), one of `vae_course.models`.
        prior: () -> p(z), one of `vae_course.models`; N(0, I) if none is given.
    """

    def __init__(
        self,
        encoder: GaussianEncoder | ConvGaussianEncoder,
        decoder: Decoder | ConvDecoder,
        likelihood: Callable[[Tensor], Distribution],
        prior: Callable[[], Distribution] | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood
        self.prior = prior or StandardNormal(decoder.latent_dim)

    def q_z(self, x: Tensor) -> Distribution:
        """q(z | x) = N(mean(x), diag sigma(x)^2) for x of shape (batch, data_dim)."""
        return diagonal_gaussian(*self.encoder(x))

    def p_z(self) -> Distribution:
        """p(z) over (latent_dim,)."""
        return self.prior()

    def p_x(self, z: Tensor) -> Distribution:
        """p(x | z) for z of shape (..., latent_dim)."""
        return self.likelihood(self.decoder(z))
