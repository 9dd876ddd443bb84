"""The flow's density, against the autograd Jacobian and against quadrature."""

import pytest
import torch
from torch.autograd.functional import jacobian

from vae_course.models import Bernoulli, FlowVAE, InverseAutoregressiveFlow
from vae_course.nets import AutoregressiveNet, Decoder, GaussianEncoder


def flow(dim: int, batch: int = 1, reverse: bool = False) -> InverseAutoregressiveFlow:
    torch.manual_seed(3)
    net = AutoregressiveNet(dim, 2, 16, reverse=reverse).double()
    return InverseAutoregressiveFlow(net, torch.randn(batch, 2).double())


def flow_vae(latent_dim: int = 2, flows: int = 3, trained: bool = True) -> FlowVAE:
    torch.manual_seed(1)
    model = FlowVAE(
        GaussianEncoder(6, [8], latent_dim + 4),
        Decoder(latent_dim, [8], 6),
        Bernoulli(),
        flows=flows,
        context_dim=4,
        hidden=16,
    ).double()
    if trained:  # weights as after training: the flows are far from the identity
        with torch.no_grad():
            for net in model.flows:
                net.last.weight.normal_(std=0.8)
    return model


@pytest.mark.parametrize("reverse", [False, True])
def test_log_determinant_is_that_of_the_autograd_jacobian(reverse):
    step = flow(4, reverse=reverse)
    for _ in range(5):
        z = torch.randn(1, 4).double()
        full = jacobian(lambda v: step._call(v.unsqueeze(0)).squeeze(0), z[0])
        assert torch.allclose(step.log_abs_det_jacobian(z, None), torch.linalg.slogdet(full)[1], atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
def test_going_back_undoes_going_forth(reverse):
    step = flow(5, batch=8, reverse=reverse)
    z = torch.randn(8, 5).double()
    assert torch.allclose(step._inverse(step._call(z)), z, atol=1e-10)


def test_the_density_integrates_to_one():
    model = flow_vae()
    q = model.q_z(torch.ones(1, 6).double())
    line = torch.linspace(-9, 9, 361, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1).view(-1, 1, 2)
    integral = q.log_prob(grid).exp().sum() * 0.05**2
    assert integral.item() == pytest.approx(1, abs=1e-4)


def test_the_density_of_a_draw_is_the_same_remembered_or_found_by_going_back():
    model, x = flow_vae(3), torch.rand(4, 6).double()
    q = model.q_z(x)
    z = q.rsample((7,))
    remembered = q.log_prob(z)
    assert remembered.shape == (7, 4)
    assert torch.allclose(remembered, model.q_z(x).log_prob(z.clone()), atol=1e-8)


def test_the_posterior_bends():
    """z_2 depends on z_1 beyond a straight line, which no Gaussian's does."""
    model = flow_vae()
    torch.manual_seed(0)
    z = model.q_z(torch.ones(1, 6).double()).sample((20_000,)).squeeze(1)
    z1, z2 = ((z - z.mean(0)) / z.std(0)).T
    residual = z2 - (z1 * z2).mean() * z1
    assert (residual * (z1**2 - 1)).mean().abs() > 0.05  # the standard error is .01


def test_a_new_flow_is_near_its_base():
    model = flow_vae(trained=False)
    q = model.q_z(torch.ones(1, 6).double())
    torch.manual_seed(0)
    z = q.rsample((5,))
    torch.manual_seed(0)
    base = q.base_dist.rsample((5,))
    assert torch.allclose(z, base * torch.sigmoid(torch.tensor(2.0)).double() ** 3, atol=1e-9)
