"""Every prior is a density with the moments it claims."""

import math

import pytest
import torch

from vae_course.models import Mixture, SparseLaplace, SpikeAndSlab, StandardNormal, StudentT, VampPrior
from vae_course.models.vae import diagonal_gaussian
from vae_course.nets import GaussianEncoder
from vae_course.objectives import kl_divergence


def vamp() -> VampPrior:
    torch.manual_seed(0)
    return VampPrior(GaussianEncoder(6, [5], 2), torch.rand(3, 6))


PRIORS = {
    "standard normal": lambda: StandardNormal(2),
    "mixture": lambda: Mixture(2, 4),
    "laplace": lambda: SparseLaplace(2),
    "spike and slab": lambda: SpikeAndSlab(2, slab=0.3, spike=0.2),
    "student": lambda: StudentT(2, df=8.0),
    "vamp": vamp,
}


@pytest.fixture(params=PRIORS.values(), ids=PRIORS.keys())
def prior(request):
    return request.param().double()()


def grid(limit: float = 30.0, points: int = 1501) -> tuple[torch.Tensor, float]:
    line = torch.linspace(-limit, limit, points, dtype=torch.float64)
    return torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1), (line[1] - line[0]).item() ** 2


def test_the_density_integrates_to_one(prior):
    z, area = grid()
    assert (prior.log_prob(z).exp().sum() * area).item() == pytest.approx(1, abs=1e-3)


def test_draws_have_the_moments_of_the_density(prior):
    z, area = grid()
    density = prior.log_prob(z).exp() * area
    torch.manual_seed(0)
    draws = prior.sample((100_000,))
    assert draws.shape == (100_000, 2)
    for power in (1, 2):
        exact = (density.unsqueeze(-1) * z**power).sum((0, 1))
        error = (draws**power).std(0) / math.sqrt(len(draws))
        assert ((draws**power).mean(0) - exact).abs().le(4.5 * error + 2e-3).all()


@pytest.mark.parametrize("name", PRIORS)
def test_shapes_follow_samples_and_batch(name):
    prior = PRIORS[name]()()
    assert prior.log_prob(torch.randn(3, 4, 2)).shape == (3, 4)


def test_laplace_has_variance_one_and_sharpness_of_its_own():
    torch.manual_seed(0)
    z = SparseLaplace(1).double()().sample((200_000,))
    assert z.var().item() == pytest.approx(1, rel=0.03)
    assert (z**4).mean().item() == pytest.approx(6, rel=0.1)  # a Gaussian has 3


def test_spike_and_slab_is_mostly_almost_zero():
    torch.manual_seed(0)
    z = SpikeAndSlab(1, slab=0.2, spike=0.01)().sample((50_000,))
    assert (z.abs() < 0.05).double().mean().item() == pytest.approx(
        0.8 + 0.2 * math.erf(0.05 / 2**0.5), abs=0.01
    )


def test_kl_to_laplace_is_the_integral():
    q = diagonal_gaussian(torch.tensor([[0.7]]).double(), torch.tensor([[-0.5]]).double())
    p = SparseLaplace(1).double()()
    z = torch.linspace(-15, 15, 200_001, dtype=torch.float64)[:, None, None]
    integrand = q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z))
    integral = torch.trapezoid(integrand.squeeze(-1), dx=30 / 200_000)
    assert kl_divergence(q, p, z).item() == pytest.approx(integral.item(), abs=1e-7)


def test_vamp_prior_is_the_mean_of_the_posteriors_of_its_inputs():
    prior = vamp()
    z = torch.randn(5, 2)
    each = diagonal_gaussian(*prior.encoder(prior.inputs.clamp(0, 1))).log_prob(z[:, None])  # (5, inputs)
    assert torch.allclose(prior().log_prob(z), each.logsumexp(1) - math.log(3), atol=1e-5)
    assert sum(parameter.numel() for parameter in prior.parameters()) > 18  # inputs and encoder


def test_mixture_learns_two_clusters():
    torch.manual_seed(0)
    data = torch.cat([torch.randn(300, 2) * 0.3 + 2, torch.randn(300, 2) * 0.3 - 2])
    prior = Mixture(2, 2, seed=1)
    optimizer = torch.optim.Adam(prior.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        (-prior().log_prob(data).mean()).backward()
        optimizer.step()
    entropy = math.log(2) + 2 * (0.5 * math.log(2 * math.pi * math.e) + math.log(0.3))
    assert prior().log_prob(data).mean().item() == pytest.approx(-entropy, abs=0.1)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="slab"):
        SpikeAndSlab(2, slab=1.0)
    with pytest.raises(ValueError, match="df"):
        StudentT(2, df=0)
