"""Likelihoods with a scale that is learned, or found, and grey levels."""

import math

import pytest
import torch
from torch.distributions import Normal

from vae_course.models import DiscretizedLogistic, LearnedGaussian, OptimalGaussian
from vae_course.models.discretized import DiscretizedLogistic as Levels

LEVELS = torch.arange(256, dtype=torch.float64) / 255


@pytest.mark.parametrize(("loc", "scale"), [(0.5, 0.1), (0.0, 0.01), (1.2, 0.05), (-0.4, 2.0)])
def test_the_256_levels_have_total_probability_one(loc, scale):
    levels = Levels(torch.tensor(loc).double(), torch.tensor(scale).double())
    assert levels.log_prob(LEVELS).exp().sum().item() == pytest.approx(1, abs=1e-10)


def test_a_level_has_the_logistic_mass_of_its_interval():
    loc, scale = torch.tensor(0.43).double(), torch.tensor(0.06).double()
    edges = (LEVELS - 0.5 / 255)[1:]
    cdf = torch.cat([torch.zeros(1), torch.sigmoid((edges - loc) / scale), torch.ones(1)])
    assert torch.allclose(Levels(loc, scale).log_prob(LEVELS).exp(), cdf.diff(), atol=1e-12)


def test_far_tails_stay_finite_with_a_gradient_that_points_back():
    loc = torch.tensor([40.0, -40.0], requires_grad=True)
    log_prob = Levels(loc, torch.tensor(0.1)).log_prob(torch.tensor([0.2, 0.8]))
    log_prob.sum().backward()
    assert torch.isfinite(log_prob).all()
    assert loc.grad.sign().tolist() == [-1, 1]


def test_mean_and_draws_agree_with_the_probabilities():
    levels = Levels(torch.tensor(0.9).double(), torch.tensor(0.1).double())
    exact = (levels.log_prob(LEVELS).exp() * LEVELS).sum().item()
    assert levels.mean.item() == pytest.approx(exact, abs=1e-10)
    torch.manual_seed(0)
    draws = levels.sample((50_000,))
    assert draws.mean().item() == pytest.approx(exact, abs=0.004)
    assert torch.equal((draws * 255).round() / 255, draws)
    assert (draws == 1).double().mean().item() == pytest.approx(
        levels.log_prob(LEVELS[-1]).exp().item(), abs=0.01
    )


def test_likelihood_sums_over_pixels_in_nats():
    likelihood = DiscretizedLogistic(0.1)
    x = (torch.rand(3, 5) * 255).round() / 255
    mean = torch.rand(3, 5)
    single = torch.stack([Levels(mean[:, j], likelihood.scale).log_prob(x[:, j]) for j in range(5)])
    assert torch.allclose(likelihood(mean).log_prob(x), single.sum(0))


def test_learned_sigma_goes_to_the_root_mean_square_and_not_to_infinity():
    torch.manual_seed(0)
    mean, x = torch.zeros(200, 4), 0.3 * torch.randn(200, 4)
    likelihood = LearnedGaussian(5.0)
    assert likelihood.sigma.item() == pytest.approx(5)
    optimizer = torch.optim.Adam(likelihood.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        (-likelihood(mean).log_prob(x).mean()).backward()
        optimizer.step()
    assert likelihood.sigma.item() == pytest.approx(x.square().mean().sqrt().item(), rel=1e-3)


def test_learned_sigma_stays_positive_where_the_mean_is_perfect():
    likelihood, x = LearnedGaussian(0.01), torch.rand(10, 4)
    optimizer = torch.optim.Adam(likelihood.parameters(), lr=0.5)
    for _ in range(200):
        optimizer.zero_grad()
        loss = -likelihood(x).log_prob(x).mean()
        loss.backward()
        optimizer.step()
    assert math.exp(-7) <= likelihood.sigma.item() < 0.002
    assert torch.isfinite(loss)


def test_optimal_sigma_maximizes_the_batch_in_training_mode():
    torch.manual_seed(0)
    mean, x = torch.randn(20, 3), torch.randn(20, 3)
    likelihood = OptimalGaussian()
    best = likelihood(mean).log_prob(x).sum().item()
    for sigma in (0.5, 1.0, 2.0, (x - mean).square().mean().sqrt().item()):
        assert Normal(mean, sigma).log_prob(x).sum().item() <= best + 1e-4


def test_optimal_sigma_has_the_gradient_of_the_maximum():
    """d/d mean of max over sigma = the derivative at that sigma, by finite differences."""
    torch.manual_seed(0)
    mean, x = torch.randn(4, 3).double().requires_grad_(), torch.randn(4, 3).double()
    assert torch.autograd.gradcheck(lambda m: OptimalGaussian().double()(m).log_prob(x).sum(), (mean,))


def test_optimal_sigma_in_evaluation_is_the_running_one_and_a_density():
    torch.manual_seed(0)
    likelihood = OptimalGaussian(momentum=0.5)
    for _ in range(30):
        likelihood(torch.zeros(500, 2)).log_prob(0.4 * torch.randn(500, 2))
    likelihood.eval()
    assert likelihood.sigma.item() == pytest.approx(0.4, rel=0.05)
    before = likelihood.variance.clone()
    line = torch.linspace(-4, 4, 801, dtype=torch.float64)
    density = likelihood(torch.zeros(1)).log_prob(line[:, None]).exp()
    assert density.sum().item() * 0.01 == pytest.approx(1, abs=1e-6)
    assert torch.equal(likelihood.variance, before)
    assert "variance" in likelihood.state_dict()


def test_a_scale_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="not at 0"):
        LearnedGaussian(0)
    with pytest.raises(ValueError, match="not at -1"):
        DiscretizedLogistic(-1)
