"""The variational autoencoder (Kingma & Welling, 2014)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from vae_course.nets import Decoder, GaussianEncoder


class VAE(nn.Module):
    """Three distributions: the prior p(z), the likelihood p(x | z) and the approximate posterior q(z | x).

    How they are combined into something to maximize is the business of `vae_course.objectives`.
    """

    def __init__(
        self, encoder: GaussianEncoder, decoder: Decoder, likelihood: Callable[[Tensor], Distribution]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood
        self.register_buffer("origin", torch.zeros(decoder.latent_dim), persistent=False)

    def q_z(self, x: Tensor) -> Independent:
        """q(z | x) = N(mean(x), diag sigma(x)^2) for x of shape (batch, data_dim)."""
        mean, logvar = self.encoder(x)
        sigma = torch.exp(logvar / 2)  # logvar = log sigma^2
        return Independent(Normal(mean, sigma, validate_args=False), 1)

    def p_z(self) -> Independent:
        """p(z) = N(0, I)."""
        return Independent(Normal(self.origin, torch.ones_like(self.origin)), 1)

    def p_x(self, z: Tensor) -> Distribution:
        """p(x | z) for z of shape (..., latent_dim)."""
        return self.likelihood(self.decoder(z))
