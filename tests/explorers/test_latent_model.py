"""The linear model of chapter 1: weights of codes, and their variance in closed form."""

import math

import pytest
import torch

from tests.explorers.course import explorer, flat
from vae_course.explorers.latent_model import (
    latent_model,
    log_weights,
    proposal_deviations,
    relative_variance,
)
from vae_course.models import LinearGaussian


def test_the_proposal_goes_from_the_prior_to_the_posterior():
    posterior = torch.tensor([0.1, 0.2])
    assert proposal_deviations(posterior, 0).tolist() == [1, 1]
    torch.testing.assert_close(proposal_deviations(posterior, -1), posterior)
    assert (proposal_deviations(posterior, -1.3) < posterior).all()


@torch.no_grad()
def test_weights_have_mean_one_and_the_variance_of_the_formula():
    model, x = flat()
    q, x = model.posterior(x[:1]), x[:1]
    posterior = q.stddev[0]
    mean, deviations = q.mean[0] + 0.5 * posterior, 2 * posterior
    torch.manual_seed(0)
    z = mean + deviations * torch.randn(40_000, 2, dtype=torch.float64)
    log_w = log_weights(model, x, z[:50], mean, deviations)
    q_z = torch.distributions.Independent(torch.distributions.Normal(mean, deviations), 1)
    by_pixels = model.p_x(z[:50]).log_prob(x[0]) + model.p_z().log_prob(z[:50]) - q_z.log_prob(z[:50])
    torch.testing.assert_close(log_w, by_pixels, rtol=0, atol=1e-8)
    weights = (log_weights(model, x, z, mean, deviations) - model.log_prob(x)).exp()
    variance = relative_variance(q.mean[0] - mean, posterior, deviations)
    assert weights.mean().item() == pytest.approx(1, abs=5 * math.sqrt(variance / len(z)))
    assert weights.var().item() == pytest.approx(variance, rel=0.05)


def test_the_variance_is_zero_at_the_posterior_and_infinite_where_it_is_too_narrow():
    posterior = torch.tensor([0.1, 0.2]).double()
    none = torch.zeros(2).double()
    assert relative_variance(none, posterior, posterior) == pytest.approx(0, abs=1e-12)
    assert relative_variance(none, posterior, 0.7 * posterior) == math.inf
    assert relative_variance(none, posterior, 0.71 * posterior) < math.inf


def test_other_models_are_refused():
    W = torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    for loadings in (W, W[:, :1]):
        with pytest.raises(ValueError, match="two latent dimensions with orthogonal columns"):
            latent_model(LinearGaussian(loadings, torch.zeros(3), 1.0), torch.zeros(1, 3))


def test_the_linear_decoder_is_hardly_rounded():
    (decoder,) = explorer("latent-model").models
    assert decoder.largest_error < 0.006
    assert decoder.mean_error < 2e-4
