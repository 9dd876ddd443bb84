"""Estimates of the ELBO and of log p(x), against an exact model."""

import math

import pytest
import torch

from vae_course.evaluation import Estimate, evaluate, log_likelihood
from vae_course.models import LinearGaussian


@pytest.fixture(scope="module")
def exact():
    torch.manual_seed(1)
    model = LinearGaussian(torch.randn(5, 2).double(), torch.randn(5).double(), 0.7).match_posterior()
    with torch.no_grad():
        model.S_root *= 1.4
    return model, model.marginal().sample((250,))


def test_estimate_is_mean_and_standard_error():
    estimate = Estimate.of(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert estimate.mean == 2.5
    assert estimate.standard_error == pytest.approx(math.sqrt(5 / 3) / 2)
    assert str(estimate) == "2.50 ± 0.65"


def test_the_log_likelihood_is_reached_from_below(exact):
    model, x = exact
    truth = model.log_prob(x).mean().item()
    means = [log_likelihood(model, x, K).mean for K in (1, 10, 100, 3000)]
    assert means == sorted(means)
    assert means[-1] == pytest.approx(truth, abs=0.005)


@pytest.mark.parametrize("chunk", [1, 640, 10_000])
def test_chunks_change_the_memory_and_not_the_estimate(exact, chunk):
    model, x = exact
    assert log_likelihood(model, x[:20], 2000, chunk=chunk).mean == pytest.approx(
        model.log_prob(x[:20]).mean().item(), abs=0.03
    )


def test_evaluate_gives_the_elbo_below_by_the_gap(exact):
    model, x = exact
    measured = evaluate(model, x, 400)
    gap = torch.distributions.kl_divergence(model.q_z(x), model.posterior(x)).mean().item()
    assert measured["elbo"].mean + gap == pytest.approx(model.log_prob(x).mean().item(), abs=0.02)
    assert measured["elbo"].mean == pytest.approx(measured["reconstruction"].mean - measured["kl"].mean)


def test_the_seed_decides_and_the_callers_random_numbers_stay(exact):
    model, x = exact
    before = torch.get_rng_state()
    assert evaluate(model, x, seed=1) == evaluate(model, x, seed=1) != evaluate(model, x, seed=2)
    assert log_likelihood(model, x, 5, seed=1) == log_likelihood(model, x, 5, seed=1)
    assert torch.equal(before, torch.get_rng_state())
