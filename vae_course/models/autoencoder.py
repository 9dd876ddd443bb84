"""The plain autoencoder: a code instead of a distribution over codes."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.distributions import Distribution

from vae_course.nets import Decoder, Encoder


class Autoencoder(nn.Module):
    """An encoder and a decoder. There is no prior, so nothing says which codes are to be decoded.

    Args:
        encoder: x (batch, data_dim) -> code (batch, latent_dim).
        decoder: code -> what the likelihood needs.
        likelihood: decoder's output -> p(x | z), one of `vae_course.models`.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, likelihood: Callable[[Tensor], Distribution]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood

    def code(self, x: Tensor) -> Tensor:
        """The code of x: (batch, data_dim) -> (batch, latent_dim)."""
        return self.encoder(x)

    def p_x(self, z: Tensor) -> Distribution:
        """p(x | z) for z of shape (..., latent_dim)."""
        return self.likelihood(self.decoder(z))
