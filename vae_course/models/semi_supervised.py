"""Digit apart from style: the semi-supervised models M2 and M1+M2 (Kingma et al., 2014)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution
from torch.nn.functional import one_hot

from vae_course.models.priors import StandardNormal
from vae_course.models.vae import VAE, diagonal_gaussian
from vae_course.nets import Decoder, Encoder, GaussianEncoder


class M2(nn.Module):
    """p(x, y, z) = p(y) p(z) p(x | y, z), inferred by q(y, z | x) = q(y | x) q(z | x, y).

    Args:
        classifier: x -> logits of q(y | x), (batch, classes).
        encoder: x with y one-hot behind it -> mean and logvar of q(z | x, y).
        decoder: z with y one-hot behind it -> what the likelihood needs.
        likelihood: decoder's output -> p(x | y, z).
        classes: number of labels.
    """

    def __init__(
        self,
        classifier: Encoder,
        encoder: GaussianEncoder,
        decoder: Decoder,
        likelihood: Callable[[Tensor], Distribution],
        classes: int,
    ) -> None:
        super().__init__()
        self.classifier, self.encoder, self.decoder = classifier, encoder, decoder
        self.likelihood = likelihood
        self.classes = classes
        self.prior = StandardNormal(decoder.latent_dim - classes)
        self.register_buffer("equal", torch.zeros(classes), persistent=False)

    def q_y(self, x: Tensor) -> Categorical:
        """q(y | x) for x (batch, data_dim)."""
        return Categorical(logits=self.classifier(x), validate_args=False)

    def q_z(self, x: Tensor, y: Tensor) -> Distribution:
        """q(z | x, y) for x (..., data_dim) and labels y (...), int64."""
        return diagonal_gaussian(*self.encoder(self._with_label(x, y)))

    def p_y(self) -> Categorical:
        """p(y): every label is equally likely."""
        return Categorical(logits=self.equal, validate_args=False)

    def p_z(self) -> Distribution:
        """p(z) = N(0, I)."""
        return self.prior()

    def p_x(self, y: Tensor, z: Tensor) -> Distribution:
        """p(x | y, z) for labels y (...), int64, and z (..., latent_dim)."""
        return self.likelihood(self.decoder(self._with_label(z, y)))

    def _with_label(self, vector: Tensor, y: Tensor) -> Tensor:
        y = y.expand(vector.shape[:-1])
        return torch.cat([vector, one_hot(y, self.classes).to(vector)], dim=-1)


class M1M2(nn.Module):
    """M2 on the codes of a VAE that was trained before, without labels.

    Train `m1` on x; then M2, with a Gaussian likelihood, on `features(x)`; the pair is a classifier and a generator.

    Args:
        m1: a trained VAE with a latent space of its own; its weights are frozen.
        m2: a model of m1's latent variable.
    """

    def __init__(self, m1: VAE, m2: M2) -> None:
        super().__init__()
        self.m1 = m1.requires_grad_(False)
        self.m2 = m2

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """A draw of z_1 ~ q(z_1 | x), (batch, m1's latent_dim): what m2 is trained on."""
        return self.m1.q_z(x).sample()

    def q_y(self, x: Tensor) -> Categorical:
        """q(y | x) at the mean of q(z_1 | x), for x (batch, data_dim)."""
        return self.m2.q_y(self.m1.q_z(x).mean)

    def p_x(self, y: Tensor, z: Tensor) -> Distribution:
        """p(x | z_1) at the mean of p(z_1 | y, z), for labels y (...), int64, and z (..., latent_dim)."""
        return self.m1.p_x(self.m2.p_x(y, z).mean)
