"""A generative adversarial network (Goodfellow et al., 2014): a decoder without a likelihood."""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from vae_course.models.priors import StandardNormal
from vae_course.nets import Decoder, Encoder


class GAN(nn.Module):
    """A generator that turns draws of p(z) into data in [0, 1], and a discriminator that tells them from real ones.

    Args:
        generator: z -> logits of pixels, (..., data_dim).
        discriminator: x -> one logit, positive for real data, (..., 1).
    """

    def __init__(self, generator: Decoder, discriminator: Encoder) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.prior = StandardNormal(generator.latent_dim)

    def p_z(self) -> Distribution:
        """p(z) = N(0, I)."""
        return self.prior()

    def generate(self, z: Tensor) -> Tensor:
        """Images in [0, 1] from z: (..., latent_dim) -> (..., data_dim)."""
        return torch.sigmoid(self.generator(z))
