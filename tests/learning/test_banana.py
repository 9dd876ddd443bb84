"""A posterior that is bent: the flow reaches log p(x), a Gaussian cannot."""

import pytest
import torch
from torch import nn
from torch.distributions import Independent, Normal

from vae_course.models import VAE, FlowVAE
from vae_course.nets import GaussianEncoder
from vae_course.objectives import elbo
from vae_course.training import fit


class Parabola(nn.Module):
    """x | z ~ N(z_2 + z_1^2, .2^2): given x, z lies along a parabola."""

    latent_dim = 2

    def __init__(self) -> None:
        super().__init__()
        self.anchor = nn.Parameter(torch.zeros(()), requires_grad=False)

    def forward(self, z):
        return (z[..., 1] + z[..., 0] ** 2).unsqueeze(-1)


def gaussian(mean):
    return Independent(Normal(mean, 0.2, validate_args=False), 1)


def exact_log_likelihood(x: float) -> float:
    line = torch.linspace(-6, 6, 1201, dtype=torch.float64)
    z = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1)
    joint = Normal(0.0, 1.0).log_prob(z).sum(-1) + gaussian(Parabola()(z)).log_prob(
        torch.tensor([x]).double()
    )
    return (joint.logsumexp((0, 1)) + 2 * torch.tensor(0.01).log()).item()


def trained_bound(model) -> float:
    x = torch.full((1000, 1), 1.0)
    fit(model, elbo, x, steps=1500, batch_size=200, lr=5e-3)
    torch.manual_seed(0)
    with torch.no_grad():
        return elbo(model, x[:1], 20_000).value.item()


@pytest.mark.xdist_group("banana")
def test_the_flow_closes_most_of_the_gap_that_a_gaussian_leaves():
    exact = exact_log_likelihood(1.0)
    torch.manual_seed(0)
    gap_gaussian = exact - trained_bound(VAE(GaussianEncoder(1, [8], 2), Parabola(), gaussian))
    torch.manual_seed(0)
    flow = FlowVAE(GaussianEncoder(1, [8], 4), Parabola(), gaussian, flows=4, context_dim=2, hidden=32)
    gap_flow = exact - trained_bound(flow)
    assert gap_gaussian > 0.4
    assert -0.02 < gap_flow < 0.35 * gap_gaussian
