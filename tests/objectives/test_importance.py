"""The K-sample bound as an objective, and its two gradients."""

import math

import pytest
import torch

from vae_course.models import LinearGaussian
from vae_course.objectives import importance_bound, importance_weighted

from .checks import fixed_vae, linear_gaussian


def diagonal() -> tuple:
    """A VAE with a diagonal posterior, and data."""
    model = fixed_vae([0.4, -0.3], [-0.5, 0.2])
    return model, torch.bernoulli(torch.full((3, 6), 0.5)).double()


@pytest.mark.parametrize("doubly", [False, True])
@pytest.mark.parametrize("K", [1, 5])
def test_the_value_is_the_bound(K, doubly):
    model, x = diagonal()
    torch.manual_seed(0)
    expected = importance_bound(model, x, K)
    torch.manual_seed(0)
    bound = importance_weighted(model, x, K, doubly_reparameterized=doubly)
    assert torch.allclose(bound.value, expected, atol=1e-12)
    assert (bound.terms["tightening"] <= 1e-12).all()


def gradients(model, x, K, doubly, repeats):
    """Encoder's and decoder's gradients, one row a repetition."""
    encoder, decoder = [], []
    for seed in range(repeats):
        torch.manual_seed(seed)
        model.zero_grad()
        importance_weighted(model, x, K, doubly_reparameterized=doubly).value.sum().backward()
        encoder.append(torch.cat([p.grad.flatten() for p in model.encoder.parameters()]))
        decoder.append(torch.cat([p.grad.flatten() for p in model.decoder.parameters()]))
    return torch.stack(encoder), torch.stack(decoder)


def test_both_gradients_have_the_same_mean_and_the_decoders_are_the_same():
    model, x = diagonal()
    plain, plain_decoder = gradients(model, x, 4, False, 3000)
    doubly, doubly_decoder = gradients(model, x, 4, True, 3000)
    assert torch.allclose(plain_decoder, doubly_decoder, atol=1e-10)
    error = (plain.var(0) + doubly.var(0)).div(3000).sqrt()
    assert ((plain.mean(0) - doubly.mean(0)).abs() < 4 * error).all()
    assert doubly.mean(0).abs().gt(4 * error).any()  # and it is not 0


def test_at_the_exact_posterior_the_doubly_reparameterized_gradient_has_no_noise():
    torch.manual_seed(0)
    # One latent dimension, so that the exact posterior is a diagonal Gaussian.
    exact = LinearGaussian(torch.randn(6, 1).double(), torch.zeros(6).double(), 0.8)
    x = exact.marginal().sample((1,))
    posterior = exact.posterior(x)
    model = fixed_vae(posterior.mean[0].tolist(), posterior.variance[0].log().tolist())
    model.p_x = exact.p_x
    for doubly, spread in ((True, 0.0), (False, 0.1)):
        grads = []
        for seed in range(20):
            torch.manual_seed(seed)
            model.zero_grad()
            importance_weighted(model, x, 3, doubly_reparameterized=doubly).value.sum().backward()
            grads.append(torch.cat([model.encoder.mean.grad, model.encoder.logvar.grad]))
        noise = torch.stack(grads).std(0).max()
        assert noise < 1e-9 if doubly else noise > spread


def test_more_samples_tighten_and_one_sample_does_not():
    model, x = linear_gaussian()
    torch.manual_seed(0)
    assert torch.allclose(importance_weighted(model, x, 1).terms["tightening"], torch.zeros(8).double())
    assert (importance_weighted(model, x, 50).terms["tightening"] < -0.01).all()
    torch.manual_seed(0)
    many = importance_weighted(model, x, 20_000).value
    assert torch.allclose(many, model.log_prob(x), atol=0.05)
    assert math.isfinite(many.sum().item())


def test_another_posterior_than_a_diagonal_gaussian_is_refused():
    model, x = linear_gaussian()
    with pytest.raises(TypeError, match="diagonal Gaussian, not MultivariateNormal"):
        importance_weighted(model, x, 2, doubly_reparameterized=True)
