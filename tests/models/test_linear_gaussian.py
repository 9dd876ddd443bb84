"""The exact model against independent calculations: quadrature, Bayes' rule, autograd, brute-force maximization."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from vae_course.models import LinearGaussian
from vae_course.objectives import elbo


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def random_model(x_dim: int = 5, z_dim: int = 3, seed: int = 0) -> LinearGaussian:
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(x_dim, z_dim, generator=generator, dtype=torch.float64)
    b = torch.randn(x_dim, generator=generator, dtype=torch.float64)
    return LinearGaussian(W, b, sigma=0.6)


def data(x_dim: int = 5, n: int = 7) -> torch.Tensor:
    return torch.randn(n, x_dim, generator=torch.Generator().manual_seed(9), dtype=torch.float64)


def any_q(n: int = 7, z_dim: int = 3) -> MultivariateNormal:
    generator = torch.Generator().manual_seed(4)
    root = (
        torch.randn(z_dim, z_dim, generator=generator, dtype=torch.float64).tril(-1)
        + torch.eye(z_dim).double()
    )
    return MultivariateNormal(
        torch.randn(n, z_dim, generator=generator, dtype=torch.float64), scale_tril=root
    )


def test_the_marginal_agrees_with_quadrature_over_z():
    model = random_model(x_dim=2, z_dim=1)
    x = data(x_dim=2)
    z = torch.linspace(-12, 12, 200_001, dtype=torch.float64).unsqueeze(1)
    for row in x:
        log_joint = model.p_x(z).log_prob(row) + model.p_z().log_prob(z)
        assert torch.trapezoid(log_joint.exp(), z[:, 0]).log().item() == pytest.approx(
            model.log_prob(row).item(), abs=1e-9
        )


def test_the_posterior_obeys_bayes_rule_at_any_code():
    model, x = random_model(), data()
    z = any_q().mean
    log_joint = model.p_x(z).log_prob(x) + model.p_z().log_prob(z)
    torch.testing.assert_close(
        model.posterior(x).log_prob(z), log_joint - model.log_prob(x), atol=1e-10, rtol=0
    )


def test_elbo_plus_gap_is_the_evidence_to_ten_digits():
    model, x, q = random_model(), data(), any_q()
    bound = model.expected_log_likelihood(x, q) - kl_divergence(q, model.p_z())
    gap = kl_divergence(q, model.posterior(x))
    torch.testing.assert_close(bound + gap, model.log_prob(x), atol=1e-10, rtol=1e-10)
    assert (gap > 0).all()


def test_the_expected_log_likelihood_is_the_mean_over_draws():
    model, x, q = random_model(), data(), any_q()
    draws = model.p_x(q.sample((40_000,))).log_prob(x)
    error = draws.mean(0) - model.expected_log_likelihood(x, q)
    assert (error.abs() < 5 * draws.std(0) / math.sqrt(40_000)).all()


def test_a_matched_encoder_closes_the_gap():
    model, x = random_model().match_posterior(), data()
    assert kl_divergence(model.q_z(x), model.posterior(x)).abs().max() < 1e-10
    # With the exact posterior every draw has the weight p(x), so one draw is enough.
    weights = (
        model.p_z().log_prob(z := model.q_z(x).sample()) + model.p_x(z).log_prob(x) - model.q_z(x).log_prob(z)
    )
    torch.testing.assert_close(weights, model.log_prob(x), atol=1e-9, rtol=0)


def test_a_new_encoder_is_the_prior_and_the_divergence_is_in_closed_form():
    model, x = random_model(), data()
    assert elbo(model, x).terms["kl"].abs().max() < 1e-12


def test_no_gradient_step_beats_maximum_likelihood():
    x = random_model(x_dim=6, z_dim=2, seed=3).marginal().sample((300,))
    best = LinearGaussian.maximum_likelihood(x, z_dim=2)
    loss = -best.log_prob(x).mean()
    gradients = torch.autograd.grad(loss, [best.W, best.b, best.log_sigma])
    assert all(g.abs().max() < 1e-8 for g in gradients)  # a stationary point
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):  # and no neighbour is better
        W = best.W + 0.05 * torch.randn(6, 2, generator=generator, dtype=torch.float64)
        other = LinearGaussian(W.detach(), best.b.detach(), best.sigma.item())
        assert other.log_prob(x).mean() < -loss


@pytest.mark.parametrize(
    ("W", "b", "sigma", "words"),
    [
        (torch.zeros(3), torch.zeros(3), 1.0, "W must be"),
        (torch.zeros(3, 2), torch.zeros(2), 1.0, "W must be"),
        (torch.zeros(3, 2), torch.zeros(3), 0.0, "sigma must be positive"),
    ],
)
def test_bad_arguments_are_named(W, b, sigma, words):
    with pytest.raises(ValueError, match=words):
        LinearGaussian(W, b, sigma)


@pytest.mark.parametrize("z_dim", [0, 5])
def test_maximum_likelihood_needs_fewer_codes_than_dimensions(z_dim):
    with pytest.raises(ValueError, match="z_dim must be between 1 and 4"):
        LinearGaussian.maximum_likelihood(data(), z_dim)
