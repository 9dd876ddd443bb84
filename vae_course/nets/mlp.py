"""Fully connected encoders and decoders."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

LOGVAR_LIMIT = 10.0
"""log sigma^2 stays within (-10, 10): sigma between .0067 and 148."""


def mlp(sizes: Sequence[int], activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of the given sizes with an activation between them, and none after the last."""
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(sizes):
        layers += [nn.Linear(width_in, width_out), activation()]
    return nn.Sequential(*layers[:-1])


def soft_bound(x: Tensor, limit: float) -> Tensor:
    """Squash x (...) into (-limit, limit): nearly x around 0, and the gradient never vanishes at a hard edge.

    Without a bound, one large log-variance makes exp(logvar) overflow and the next loss NaN.
    """
    return limit * torch.tanh(x / limit)


def mean_and_logvar(output: Tensor) -> tuple[Tensor, Tensor]:
    """Split a network's output (..., 2 * dim) into a mean and a softly bounded logvar = log sigma^2."""
    mean, logvar = output.chunk(2, dim=-1)
    return mean, soft_bound(logvar, LOGVAR_LIMIT)


class Encoder(nn.Module):
    """A plain encoder: (..., data_dim) -> code (..., latent_dim)."""

    def __init__(self, data_dim: int, hidden: Sequence[int], latent_dim: int) -> None:
        super().__init__()
        self.net = mlp([data_dim, *hidden, latent_dim])

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class GaussianEncoder(nn.Module):
    """Parameters of q(z | x): (..., data_dim) -> mean and logvar = log sigma^2, each (..., latent_dim).

    Args:
        data_dim, hidden, latent_dim: sizes of the layers.
        activation: between them.
    """

    def __init__(
        self,
        data_dim: int,
        hidden: Sequence[int],
        latent_dim: int,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        self.net = mlp([data_dim, *hidden, 2 * latent_dim], activation)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return mean_and_logvar(self.net(x))


class Decoder(nn.Module):
    """Parameters of p(x | z): (..., latent_dim) -> logits or means (..., data_dim), never sigmoids.

    Args:
        latent_dim, hidden, data_dim: sizes of the layers.
        activation: between them.
    """

    def __init__(
        self,
        latent_dim: int,
        hidden: Sequence[int],
        data_dim: int,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.net = mlp([latent_dim, *hidden, data_dim], activation)

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z)
