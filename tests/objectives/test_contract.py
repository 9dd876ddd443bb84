"""The contract of the objectives, one named check a test."""

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vae_course.models import Autoencoder, Bernoulli
from vae_course.nets import Decoder, Encoder
from vae_course.objectives import Bound, autoencoding, elbo, importance_bound, kl_divergence, log_weights

from .checks import CHECKS, fixed_vae, linear_gaussian


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_library_satisfies(check):
    check()


@pytest.mark.parametrize("num_samples", [1, 3])
def test_terms_are_one_value_per_example(num_samples):
    bound = elbo(fixed_vae([0.0], [0.0]), torch.zeros(5, 6).double(), num_samples)
    assert list(bound.terms) == ["reconstruction", "kl"]
    assert bound.value.shape == (5,)
    assert torch.equal(bound.value, bound.terms["reconstruction"] - bound.terms["kl"])


def test_every_term_but_the_reconstruction_is_a_cost():
    bound = Bound({"reconstruction": torch.tensor([3.0]), "a": torch.tensor([1.0]), "b": torch.tensor([0.5])})
    assert bound.value.item() == 1.5


def test_one_sample_bound_is_the_one_sample_elbo():
    model, x = linear_gaussian()
    torch.manual_seed(3)
    bound = importance_bound(model, x, 1)
    torch.manual_seed(3)
    z = model.q_z(x).rsample((1,))
    torch.manual_seed(3)
    terms = elbo(model, x, 1).terms  # the same draw, but the KL in closed form where there is one
    sampled_kl = (model.q_z(x).log_prob(z) - model.p_z().log_prob(z)).squeeze(0)
    assert torch.allclose(terms["reconstruction"] - sampled_kl, bound, atol=1e-10)


def test_closed_form_kl_is_the_mean_of_the_sampled_one():
    model = fixed_vae([0.7, -0.2], [-1.0, 0.5])
    q, p = model.q_z(torch.zeros(3, 6).double()), model.p_z()
    torch.manual_seed(0)
    z = q.rsample((100_000,))
    assert torch.allclose((q.log_prob(z) - p.log_prob(z)).mean(0), kl_divergence(q, p, z), atol=0.02)


def test_kl_without_closed_form_comes_from_the_draws():
    q = MixtureSameFamily(
        Categorical(torch.ones(4, 2)), Independent(Normal(torch.randn(4, 2, 3), torch.ones(4, 2, 3)), 1)
    )
    p = Independent(Normal(torch.zeros(3), torch.ones(3)), 1)
    z = torch.randn(5, 4, 3)
    assert torch.equal(kl_divergence(q, p, z), (q.log_prob(z) - p.log_prob(z)).mean(0))


def test_exact_posterior_gives_constant_weights():
    model, x = linear_gaussian()
    weights = log_weights(model.match_posterior(), x, 6)
    assert torch.allclose(weights, model.log_prob(x).expand(6, -1), atol=1e-10)


def test_autoencoder_is_scored_by_the_likelihood_of_its_code():
    model = Autoencoder(Encoder(6, [], 2), Decoder(2, [], 6), Bernoulli())
    x = torch.bernoulli(torch.full((4, 6), 0.5))
    bound = autoencoding(model, x)
    logits = model.decoder(model.encoder(x))
    expected = -torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    assert torch.allclose(bound.value, expected)
    assert list(bound.terms) == ["reconstruction"]


def test_weights_count_in_the_value_and_leave_the_terms_alone():
    terms = {"reconstruction rgb": torch.tensor([3.0]), "reconstruction pose": torch.tensor([2.0])}
    bound = Bound(terms | {"kl": torch.tensor([1.0])})
    assert bound.weighted({"reconstruction": 2.0, "kl": 0.5}).value.item() == 9.5
    assert bound.weighted({"reconstruction": 2.0}).weighted({"reconstruction pose": 0.0}).value.item() == 5
    assert bound.weighted({"kl": 0.0}).terms["kl"].item() == 1
    with pytest.raises(ValueError, match="no term 'k'"):
        bound.weighted({"k": 2.0})
