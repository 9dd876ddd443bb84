"""Inverse autoregressive flow: a posterior that can bend (Kingma et al., 2016)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Transform, TransformedDistribution, constraints
from torch.nn import functional

from vae_course.models.vae import VAE, diagonal_gaussian
from vae_course.nets import AutoregressiveNet, Decoder


class InverseAutoregressiveFlow(Transform):
    """z_i <- gate_i z_i + (1 - gate_i) m_i, where m_i and gate_i = sigmoid(s_i) see only the variables before i.

    Drawing takes one pass. The Jacobian is triangular, so log |det| is the sum of log gate_i. Going back takes one
    pass per variable; for a draw of one's own nothing needs to go back, because draw and gates are remembered.

    Args:
        net: the autoregressive network.
        context: (batch, context_dim), what the encoder says about x besides mean and logvar.
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True

    def __init__(self, net: AutoregressiveNet, context: Tensor) -> None:
        super().__init__(cache_size=1)
        self.net, self.context = net, context
        self._gates: tuple[Tensor, Tensor] | None = None  # the last input and its s

    def _call(self, z: Tensor) -> Tensor:
        m, s = self._shift_and_gate(z)
        gate = torch.sigmoid(s)
        return gate * z + (1 - gate) * m

    def _inverse(self, y: Tensor) -> Tensor:
        z = torch.zeros_like(y)
        for _ in range(
            y.shape[-1]
        ):  # after the i-th pass the first i variables, in the net's order, are right
            m, s = self._shift_and_gate(z)
            gate = torch.sigmoid(s)
            z = (y - (1 - gate) * m) / gate
        return z

    def log_abs_det_jacobian(self, z: Tensor, y: Tensor) -> Tensor:
        """log |det dy/dz|, (...) for z and y of shape (..., dim)."""
        _, s = self._shift_and_gate(z)
        return functional.logsigmoid(s).sum(-1)

    def _shift_and_gate(self, z: Tensor) -> tuple[Tensor, Tensor]:
        if self._gates is None or self._gates[0] is not z:
            self._gates = (z, self.net(z, self.context))
        return self._gates[1]


class FlowVAE(VAE):
    """A VAE whose posterior is a diagonal Gaussian sent through inverse autoregressive flows.

    Args:
        encoder: x -> mean and logvar, each (batch, latent_dim + context_dim); the means' last context_dim entries
            are the context that the flows see.
        decoder, likelihood, prior: as in VAE.
        flows: how many; every second one turns the order of the variables round.
        hidden: width of the flows' networks.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Decoder,
        likelihood: Callable[[Tensor], Distribution],
        prior: Callable[[], Distribution] | None = None,
        *,
        flows: int,
        context_dim: int,
        hidden: int,
    ) -> None:
        super().__init__(encoder, decoder, likelihood, prior)
        self.flows = nn.ModuleList(
            AutoregressiveNet(decoder.latent_dim, context_dim, hidden, reverse=bool(i % 2))
            for i in range(flows)
        )
        for net in self.flows:  # begin near the identity: gates of about .9
            nn.init.zeros_(net.last.weight)
            with torch.no_grad():
                net.last.bias.copy_(torch.tensor([0.0, 2.0]).repeat_interleave(decoder.latent_dim))

    def q_z(self, x: Tensor) -> TransformedDistribution:
        """q(z | x) for x of shape (batch, data_dim); its density has no closed-form divergence."""
        mean, logvar = self.encoder(x)
        latent_dim = self.decoder.latent_dim
        base = diagonal_gaussian(mean[..., :latent_dim], logvar[..., :latent_dim])
        context = mean[..., latent_dim:]
        flows = [InverseAutoregressiveFlow(net, context) for net in self.flows]
        return TransformedDistribution(base, flows, validate_args=False)
