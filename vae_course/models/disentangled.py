"""Pose apart from viewpoint: the disentangled VAE of labelled factors (Yang & Yao, 2019)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from vae_course.models.priors import StandardNormal
from vae_course.models.vae import diagonal_gaussian


class DisentangledVAE(nn.Module):
    """z = (z_1, ..., z_F), one part a factor: q(z | y_1, ..., y_F) = product of q(z_f | y_f).

    Each factor y_f is decoded from its own part; an observation such as an image x is decoded from all of z. Encoders
    of observations, q(z | x), come in a second stage (`embed`), when the latent space is fixed.

    Args:
        factor_dims: per factor, the size of its part of z; the order of the parts.
        factor_encoders: per factor, y_f -> mean and logvar of q(z_f | y_f).
        factor_decoders: per factor, z_f -> what its likelihood needs.
        decoders: per observation, z -> what its likelihood needs.
        likelihoods: per factor and per observation, the decoder's output -> p(. | z).

    Raises ValueError if a factor lacks an encoder, a decoder or a likelihood, or an observation its likelihood.
    """

    def __init__(
        self,
        factor_dims: Mapping[str, int],
        factor_encoders: Mapping[str, nn.Module],
        factor_decoders: Mapping[str, nn.Module],
        decoders: Mapping[str, nn.Module],
        likelihoods: Mapping[str, nn.Module],
    ) -> None:
        super().__init__()
        for what, names in (("factor_encoders", factor_encoders), ("factor_decoders", factor_decoders)):
            if set(names) != set(factor_dims):
                raise ValueError(f"{what} are {sorted(names)}, but the factors are {sorted(factor_dims)}")
        if set(likelihoods) != set(factor_dims) | set(decoders):
            raise ValueError(f"likelihoods are needed for {sorted(set(factor_dims) | set(decoders))}")
        self.factor_dims = dict(factor_dims)
        self.factor_encoders = nn.ModuleDict(factor_encoders)
        self.factor_decoders = nn.ModuleDict(factor_decoders)
        self.decoders = nn.ModuleDict(decoders)
        self.encoders = nn.ModuleDict()
        self.likelihoods = nn.ModuleDict(likelihoods)
        self.prior = StandardNormal(sum(factor_dims.values()))

    def embed(self, modality: str, encoder: nn.Module) -> DisentangledVAE:
        """Add the encoder q(z | x) of a modality and freeze everything that was there; returns the model.

        Args:
            modality: its name, the key of its observations in a batch.
            encoder: x -> mean and logvar, each (batch, sum of the factor_dims).
        """
        self.requires_grad_(False)
        self.encoders[modality] = encoder.requires_grad_(True)
        return self

    def q_factors(self, factors: Mapping[str, Tensor]) -> Distribution:
        """q(z | y_1, ..., y_F) for factors of shape (batch, their dims)."""
        parameters = [self.factor_encoders[name](factors[name]) for name in self.factor_dims]
        mean, logvar = (torch.cat(parts, dim=-1) for parts in zip(*parameters, strict=True))
        return diagonal_gaussian(mean, logvar)

    def q_z(self, x: Tensor, modality: str) -> Distribution:
        """q(z | x) for an embedded modality, x of shape (batch, its data_dim)."""
        return diagonal_gaussian(*self.encoders[modality](x))

    def p_z(self) -> Distribution:
        """p(z) = N(0, I)."""
        return self.prior()

    def p_x(self, z: Tensor, name: str) -> Distribution:
        """p(y_f | z_f) of a factor or p(x | z) of an observation, for z of shape (..., latent_dim)."""
        if name in self.factor_dims:
            return self.likelihoods[name](self.factor_decoders[name](self.part(z, name)))
        return self.likelihoods[name](self.decoders[name](z))

    def part(self, z: Tensor, factor: str) -> Tensor:
        """z_f, the factor's part of z: (..., latent_dim) -> (..., its dim)."""
        parts = z.split(list(self.factor_dims.values()), dim=-1)
        return parts[list(self.factor_dims).index(factor)]

    def swap(self, z: Tensor, other: Tensor, factor: str) -> Tensor:
        """z with the factor's part taken from `other`, both (..., latent_dim)."""
        parts = [self.part(other if name == factor else z, name) for name in self.factor_dims]
        return torch.cat(parts, dim=-1)
