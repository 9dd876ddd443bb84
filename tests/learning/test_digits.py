"""Every model of digits learns: after a second or two of training it beats an honest baseline by a stated margin."""

import pytest
import torch

from vae_course.data import load_digits
from vae_course.evaluation import evaluate, log_likelihood
from vae_course.models import (
    VAE,
    Autoencoder,
    Bernoulli,
    DiscretizedLogistic,
    FlowVAE,
    Gaussian,
    LearnedGaussian,
    Mixture,
    OptimalGaussian,
    SparseLaplace,
    SpikeAndSlab,
    StudentT,
    VampPrior,
)
from vae_course.models.discretized import DiscretizedLogistic as Levels
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, Encoder, GaussianEncoder, mlp
from vae_course.objectives import (
    Capacity,
    FactorVAE,
    KLConstraint,
    Warmup,
    autoencoding,
    decomposition,
    elbo,
    importance_weighted,
)
from vae_course.training import fit

from .digits import digits, independent_pixels

pytestmark = pytest.mark.xdist_group("digits")
LATENT = 8


def train(model, objective, x=None, *, steps: int = 400):
    fit(model, objective, digits()[0] if x is None else x, steps=steps, batch_size=100, lr=3e-3)
    return model


def vae(prior=None, likelihood=None) -> VAE:
    torch.manual_seed(0)
    encoder, decoder = GaussianEncoder(784, [128], LATENT), Decoder(LATENT, [128], 784)
    return VAE(encoder, decoder, likelihood or Bernoulli(), prior)


def test_elbo(model) -> float:
    return evaluate(model, digits()[2])["elbo"].mean


test_elbo.__test__ = False  # a measurement on the test digits, not a test


def log_p(model) -> float:
    return log_likelihood(model, digits()[2], 100).mean


@pytest.fixture(scope="module")
def plain() -> VAE:
    return train(vae(), elbo)


def test_vae_beats_independent_pixels(plain):
    assert test_elbo(plain) > independent_pixels() + 50


def test_autoencoder_reconstructs_better_than_a_constant():
    torch.manual_seed(0)
    model = Autoencoder(Encoder(784, [128], LATENT), Decoder(LATENT, [128], 784), Bernoulli())
    train(model, autoencoding)
    with torch.no_grad():
        assert autoencoding(model, digits()[2]).value.mean().item() > independent_pixels() + 60


def test_convolutional_vae_beats_independent_pixels():
    torch.manual_seed(0)
    shape = (1, 28, 28)
    encoder = ConvGaussianEncoder(shape, [8, 16], [64], LATENT)
    model = VAE(encoder, ConvDecoder(LATENT, [64], [16, 8], shape), Bernoulli())
    fit(model, elbo, digits()[0], steps=500, batch_size=50, lr=3e-3)
    assert test_elbo(model) > independent_pixels() + 12


@pytest.mark.parametrize("doubly", [False, True], ids=["plain gradient", "doubly reparameterized"])
def test_k_samples_give_more_likelihood_than_one(plain, doubly):
    model = vae()
    train(model, lambda m, x: importance_weighted(m, x, 8, doubly_reparameterized=doubly))
    assert log_p(model) > log_p(plain) + 2


@pytest.mark.parametrize(
    "prior",
    [SparseLaplace(LATENT), SpikeAndSlab(LATENT), StudentT(LATENT)],
    ids=lambda prior: type(prior).__name__,
)
def test_vaes_with_other_priors_beat_independent_pixels(prior):
    assert test_elbo(train(vae(prior), elbo)) > independent_pixels() + 40


def test_a_mixture_fits_digits_better_than_one_gaussian(plain):
    assert log_p(train(vae(Mixture(LATENT, 10)), elbo)) > log_p(plain) + 1


def test_the_vamp_prior_fits_digits_better_than_one_gaussian(plain):
    model = vae()
    model.prior = VampPrior(model.encoder, digits()[0][:50])
    assert log_p(train(model, elbo)) > log_p(plain) + 2


def test_flow_posterior_beats_independent_pixels():
    torch.manual_seed(0)
    encoder, decoder = GaussianEncoder(784, [128], LATENT + 16), Decoder(LATENT, [128], 784)
    model = FlowVAE(encoder, decoder, Bernoulli(), flows=2, context_dim=16, hidden=64)
    assert test_elbo(train(model, elbo)) > independent_pixels() + 50


def test_beta_buys_a_smaller_kl_with_reconstruction(plain):
    model = train(vae(), lambda m, x: elbo(m, x).weighted({"kl": 4.0}))
    ours, theirs = evaluate(model, digits()[2]), evaluate(plain, digits()[2])
    assert ours["kl"].mean < 0.7 * theirs["kl"].mean
    assert ours["reconstruction"].mean < theirs["reconstruction"].mean


def test_the_multiplier_holds_the_kl_at_its_limit(plain):
    constraint = KLConstraint(8.0, rate=0.05)
    kl = evaluate(train(vae(), constraint), digits()[0])["kl"].mean
    assert kl == pytest.approx(8, abs=0.5)
    assert evaluate(plain, digits()[0])["kl"].mean > 10  # without the constraint
    assert constraint.beta > 1


def test_capacity_holds_the_kl_at_its_target():
    kl = evaluate(train(vae(), Capacity(6.0, steps=200, gamma=20.0)), digits()[0])["kl"].mean
    assert kl == pytest.approx(6, abs=0.5)


def test_warmup_ends_as_good_as_the_elbo(plain):
    assert test_elbo(train(vae(), Warmup(200))) > test_elbo(plain) - 3


def total_correlation(model) -> float:
    """Over 2,000 digits as the whole data set, where the aggregate posterior is exact."""
    x = digits()[0][:2000]
    torch.manual_seed(0)
    with torch.no_grad():
        return decomposition(model, x, len(x)).terms["total_correlation"].mean().item()


def test_beta_tcvae_lowers_the_total_correlation(plain):
    model = train(vae(), lambda m, x: decomposition(m, x, 4000).weighted({"total_correlation": 6.0}))
    assert total_correlation(model) < 0.6 * total_correlation(plain)
    assert test_elbo(model) > independent_pixels() + 30


def test_factor_vae_lowers_the_total_correlation(plain):
    torch.manual_seed(1)
    model = train(vae(), FactorVAE(mlp([LATENT, 64, 64, 1]), gamma=30.0))
    assert total_correlation(model) < 0.7 * total_correlation(plain)
    assert test_elbo(model) > independent_pixels() + 30


def grey() -> tuple[torch.Tensor, torch.Tensor]:
    data = load_digits()
    return data.train.images.flatten(1) / 255, data.test.images.flatten(1) / 255


@pytest.mark.parametrize(
    "likelihood",
    [Gaussian(0.25), LearnedGaussian(0.3), OptimalGaussian(), DiscretizedLogistic()],
    ids=lambda likelihood: type(likelihood).__name__,
)
def test_grey_digits_are_modelled_better_than_by_the_mean_image(likelihood):
    """The baseline is the same likelihood around the mean image, with its scale fitted to that."""
    x, test = grey()
    model = train(vae(likelihood=likelihood), elbo, x).eval()
    mean = x.mean(0)
    if isinstance(likelihood, DiscretizedLogistic):
        scales = torch.linspace(0.02, 0.3, 15)
        baseline = max(Levels(mean, scale).log_prob(test).sum(1).mean().item() for scale in scales)
    else:
        sigma = 0.25 if isinstance(likelihood, Gaussian) else (test - mean).square().mean().sqrt()
        baseline = torch.distributions.Normal(mean, sigma).log_prob(test).sum(1).mean().item()
    assert evaluate(model, test)["elbo"].mean > baseline + 50
