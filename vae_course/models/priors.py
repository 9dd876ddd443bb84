"""Priors p(z): modules that return a distribution over (latent_dim,), with or without parameters to learn."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.distributions import (
    Categorical,
    Distribution,
    Independent,
    Laplace,
    MixtureSameFamily,
    Normal,
)
from torch.distributions import StudentT as TorchStudentT


class StandardNormal(nn.Module):
    """N(0, I)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.register_buffer("origin", torch.zeros(latent_dim), persistent=False)

    def forward(self) -> Independent:
        return Independent(Normal(self.origin, torch.ones_like(self.origin), validate_args=False), 1)


class Mixture(nn.Module):
    """A mixture of diagonal Gaussians, whose weights, means and variances are learned.

    Args:
        latent_dim: size of z.
        components: how many Gaussians.
        spread: standard deviation of the means at the start, drawn from the seed.
        seed: of the means.
    """

    def __init__(self, latent_dim: int, components: int, *, spread: float = 1.0, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.logits = nn.Parameter(torch.zeros(components))
        self.means = nn.Parameter(spread * torch.randn(components, latent_dim, generator=generator))
        self.log_sigma = nn.Parameter(torch.zeros(components, latent_dim))

    def forward(self) -> MixtureSameFamily:
        parts = Independent(Normal(self.means, self.log_sigma.exp(), validate_args=False), 1)
        return MixtureSameFamily(
            Categorical(logits=self.logits, validate_args=False), parts, validate_args=False
        )


class SparseLaplace(nn.Module):
    """Independent Laplace variables of variance 1: sharper at 0 and heavier in the tails than N(0, I)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.register_buffer("origin", torch.zeros(latent_dim), persistent=False)

    def forward(self) -> Independent:
        return Independent(Laplace(self.origin, torch.full_like(self.origin, 0.5**0.5)), 1)


class SpikeAndSlab(nn.Module):
    """Each variable is almost 0 with a given probability, else N(0, 1): a mixture of two Gaussians per dimension.

    Args:
        latent_dim: size of z.
        slab: probability of the wide Gaussian, strictly between 0 and 1.
        spike: standard deviation of the narrow one; positive, so that a density exists.
    """

    def __init__(self, latent_dim: int, slab: float = 0.2, spike: float = 0.05) -> None:
        super().__init__()
        if not 0 < slab < 1 or not spike > 0:
            raise ValueError(f"slab must lie between 0 and 1 and spike be positive, not {slab} and {spike}")
        self.register_buffer(
            "weights", torch.tensor([1 - slab, slab]).repeat(latent_dim, 1), persistent=False
        )
        self.register_buffer("sigma", torch.tensor([spike, 1.0]).repeat(latent_dim, 1), persistent=False)

    def forward(self) -> Independent:
        parts = Normal(torch.zeros_like(self.sigma), self.sigma)
        return Independent(MixtureSameFamily(Categorical(probs=self.weights), parts), 1)


class StudentT(nn.Module):
    """Independent Student-t variables: few large values, many small ones (Mathieu et al., 2019).

    Args:
        latent_dim: size of z.
        df: degrees of freedom, positive; N(0, I) is the limit of many.
    """

    def __init__(self, latent_dim: int, df: float = 5.0) -> None:
        super().__init__()
        if not df > 0:
            raise ValueError(f"df must be positive, not {df}")
        self.df = df
        self.register_buffer("origin", torch.zeros(latent_dim), persistent=False)

    def forward(self) -> Independent:
        return Independent(TorchStudentT(torch.full_like(self.origin, self.df), self.origin), 1)


class VampPrior(nn.Module):
    """The mean of the posteriors of some learned pseudo-inputs (Tomczak & Welling, 2018).

    Args:
        encoder: the model's own encoder, (components, data_dim) -> mean and logvar.
        inputs: where the pseudo-inputs start, (components, data_dim), such as training examples in [0, 1].
    """

    def __init__(self, encoder: nn.Module, inputs: Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        self.inputs = nn.Parameter(inputs.clone())

    def forward(self) -> Distribution:
        mean, logvar = self.encoder(self.inputs.clamp(0, 1))
        parts = Independent(Normal(mean, torch.exp(logvar / 2), validate_args=False), 1)
        equal = Categorical(logits=torch.zeros_like(mean[:, 0]), validate_args=False)
        return MixtureSameFamily(equal, parts, validate_args=False)
