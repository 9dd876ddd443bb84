"""What the library must satisfy, as functions that raise AssertionError where it does not.

`test_contract.py` runs each on the library. `test_known_bugs.py` plants bugs that published VAE code really had,
and asserts that the check named beside each one refuses it: no check is here that cannot fail.
"""

import math

import torch
from torch import Tensor, nn

from vae_course import objectives
from vae_course.evaluation import likelihood
from vae_course.evaluation.disentanglement import information
from vae_course.figures import digits as figures
from vae_course.models import M2, VAE, Bernoulli, Gaussian, LearnedGaussian, LinearGaussian
from vae_course.nets import Decoder, Encoder, GaussianEncoder


class FixedEncoder(nn.Module):
    """An encoder whose parameters are given."""

    def __init__(self, mean: Tensor, logvar: Tensor) -> None:
        super().__init__()
        self.mean, self.logvar = nn.Parameter(mean), nn.Parameter(logvar)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.mean.expand(len(x), -1), self.logvar.expand(len(x), -1)


def fixed_vae(mean: list[float], logvar: list[float], data_dim: int = 6, likelihood=None) -> VAE:
    """A VAE with a given q(z | x) and a random linear decoder, in float64."""
    torch.manual_seed(0)
    encoder = FixedEncoder(torch.tensor(mean, dtype=torch.float64), torch.tensor(logvar, dtype=torch.float64))
    return VAE(encoder, Decoder(len(mean), [], data_dim), likelihood or Bernoulli()).double()


def linear_gaussian() -> tuple[LinearGaussian, Tensor]:
    """An exact model whose encoder is near the posterior but not on it, and eight data points."""
    torch.manual_seed(1)
    model = LinearGaussian(torch.randn(5, 2).double(), torch.randn(5).double(), 0.7).match_posterior()
    with torch.no_grad():
        model.a += 0.3
        model.S_root *= 1.3
    return model, model.marginal().sample((8,))


def kl_is_the_integral() -> None:
    """The KL of the ELBO equals the integral of q log(q / p), by quadrature."""
    for mu, sigma in ((0.0, 2.0), (1.5, 0.5), (-0.4, 1.0)):
        z = mu + sigma * torch.linspace(-12, 12, 4001, dtype=torch.float64)
        log_q = -0.5 * ((z - mu) / sigma) ** 2 - math.log(sigma) - 0.5 * math.log(2 * math.pi)
        log_p = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
        integral = torch.trapezoid(log_q.exp() * (log_q - log_p), z).item()
        model = fixed_vae([mu, mu], [2 * math.log(sigma)] * 2)
        kl = objectives.elbo(model, torch.zeros(3, 6).double()).terms["kl"]
        assert torch.allclose(kl, torch.full_like(kl, 2 * integral), rtol=1e-9, atol=1e-9)


def reconstruction_sums_over_pixels() -> None:
    """Each pixel counts in full: the reconstruction is the sum of single pixels' log-probabilities."""
    model = fixed_vae([0.5, -1.0], [-40.0, -40.0])  # hardly any noise
    x = torch.tensor([[1.0, 0, 0, 1, 1, 0], [0.0] * 6]).double()
    logits = model.decoder(torch.tensor([0.5, -1.0]).double())
    expected = (x * logits - torch.log1p(logits.exp())).sum(1)
    assert torch.allclose(objectives.elbo(model, x).terms["reconstruction"], expected, atol=1e-6)


def elbo_is_below_the_log_likelihood() -> None:
    """ELBO + KL(q || posterior) = log p(x) in an exact model, so the ELBO lies below, by the gap."""
    model, x = linear_gaussian()
    torch.manual_seed(2)
    value = objectives.elbo(model, x, 40_000).value
    gap = torch.distributions.kl_divergence(model.q_z(x), model.posterior(x))
    assert torch.allclose(value + gap, model.log_prob(x), atol=0.05)
    assert (value < model.log_prob(x)).all()


def every_draw_has_noise_of_its_own() -> None:
    """Equal examples are decoded from different draws, and so are the samples of one example."""
    model = fixed_vae([0.0, 0.0], [0.0, 0.0])
    weights = objectives.log_weights(model, torch.zeros(5, 6).double(), 4)
    assert weights.shape == (4, 5)
    assert len(weights.flatten().unique()) == 20


def posterior_spread_is_sigma() -> None:
    """logvar is log sigma^2: at logvar = 2 log 3 the draws spread by 3."""
    model = fixed_vae([0.0], [2 * math.log(3.0)])
    q = model.q_z(torch.zeros(1, 6).double())
    assert math.isclose(q.stddev.item(), 3, rel_tol=1e-9)
    torch.manual_seed(0)
    assert math.isclose(q.rsample((20_000,)).std().item(), 3, rel_tol=0.03)


def encoder_gets_the_reconstruction_gradient() -> None:
    """The gradient of E_q[log p(x | z)] reaches the encoder's mean and variance, with the right value."""
    W = torch.tensor([[1.0, 2.0]]).double()  # x = z W: a linear decoder, so that the expectation is known
    model = fixed_vae([0.5, -0.2], [0.0, 0.0], data_dim=1, likelihood=Gaussian(1.0))
    with torch.no_grad():
        model.decoder.net[0].weight.copy_(W)
        model.decoder.net[0].bias.zero_()
    x = torch.tensor([[2.0]]).double()
    torch.manual_seed(0)
    objectives.elbo(model, x, 50_000).terms["reconstruction"].sum().backward()
    mean, logvar = model.encoder.mean, model.encoder.logvar
    assert mean.grad is not None, "no gradient reached the encoder"
    residual = x - mean.detach() @ W.T
    assert torch.allclose(mean.grad, (residual @ W).squeeze(0), atol=0.1)
    assert torch.allclose(logvar.grad, -0.5 * W.square().squeeze(0), atol=0.1)


def bound_rises_to_the_log_likelihood() -> None:
    """One sample gives the ELBO, more samples give more, many give log p(x), and none exceeds it."""
    model, x = linear_gaussian()
    exact = model.log_prob(x)
    means = []
    for K, repeats in ((1, 4000), (4, 1000), (30, 400)):
        torch.manual_seed(K)
        wide = x.repeat(repeats, 1)
        bounds = objectives.importance_bound(model, wide, K).view(repeats, -1)
        means.append(bounds.mean(0).mean())
        error = bounds.mean(1).std() / math.sqrt(repeats)
        assert means[-1] < exact.mean() + 4 * error
    assert means[0] < means[1] < means[2]
    torch.manual_seed(0)
    assert torch.allclose(objectives.importance_bound(model, x, 50_000), exact, atol=0.03)


def gaussian_likelihood_integrates_to_one() -> None:
    """In two dimensions the density's integral is 1, so its constant is counted once per dimension."""
    line = torch.linspace(-8, 8, 161, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1)
    integral = Gaussian(0.8)(torch.zeros(2).double()).log_prob(grid).exp().sum() * 0.01
    assert math.isclose(integral.item(), 1, rel_tol=1e-9)


def wild_encoder_output_stays_finite() -> None:
    """An encoder that shouts log-variances of a thousand gives a finite ELBO and finite gradients."""
    torch.manual_seed(0)
    model = VAE(GaussianEncoder(6, [], 2), Decoder(2, [], 6), Bernoulli())
    with torch.no_grad():
        model.encoder.net[0].bias.fill_(1000.0)
    value = objectives.elbo(model, torch.zeros(4, 6)).value
    value.sum().backward()
    assert torch.isfinite(value).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


def likelihood_uses_the_draws_asked_for() -> None:
    """The number of latents decoded is the number asked for, however they are chunked."""
    model, x = linear_gaussian()
    decoded = []
    p_x = model.p_x
    model.p_x = lambda z: decoded.append(z[..., 0].numel()) or p_x(z)
    for num_samples in (1, 7, 37):
        decoded.clear()
        likelihood.log_likelihood(model, x, num_samples, chunk=40)
        assert sum(decoded) == num_samples * len(x)


def data_set_mean_weighs_every_example_the_same() -> None:
    """A short last batch counts by its length: the estimate does not depend on the batch size."""
    model = fixed_vae([0.5, -1.0], [-40.0, -40.0])
    x = torch.eye(6).double()[[0, 1, 2, 3, 4, 5, 0]]
    whole = likelihood.evaluate(model, x, batch=7)["elbo"]
    parts = likelihood.evaluate(model, x, batch=3)["elbo"]
    assert math.isclose(whole.mean, parts.mean, abs_tol=1e-6)
    assert math.isclose(whole.standard_error, parts.standard_error, abs_tol=1e-6)


def images_keep_their_orientation() -> None:
    """An image that is flattened and shown again has its rows where they were."""
    image = torch.arange(16.0).view(1, 4, 4)
    assert torch.equal(figures.tile(image.flatten(1), columns=1), image[0])
    tall = torch.arange(12.0).view(2, 3, 2)
    assert torch.equal(figures.tile(tall, columns=2), torch.cat([tall[0], tall[1]], dim=1))


def extreme_logits_keep_value_and_gradient() -> None:
    """A pixel that is wrong with a logit of 200 costs 200 nats, and the gradient still says which way."""
    logits = torch.tensor([200.0, -200.0], requires_grad=True)
    log_prob = Bernoulli()(logits).log_prob(torch.tensor([0.0, 1.0]))
    log_prob.backward()
    assert math.isclose(log_prob.item(), -400, rel_tol=1e-6)
    assert torch.allclose(logits.grad, torch.tensor([-1.0, 1.0]))


def batch_weights_stand_for_the_aggregate_posterior() -> None:
    """Every row of the minibatch weights sums to 1, with 1 / N for the draw's own example, on the diagonal."""
    weights = objectives.log_batch_weights(4, 10).exp()
    assert torch.allclose(weights.sum(1), torch.ones(4).double())
    assert torch.allclose(weights.diagonal(), torch.full((4,), 0.1).double())


def capacity_is_about_the_mean_kl() -> None:
    """Examples of 1 and 3 nats at a capacity of 2 have no deviation: the bars hold the batch's mean."""

    class TwoExamples(nn.Module):
        def forward(self, x):
            mean = torch.tensor([[2.0], [6.0]]).double().sqrt()  # KL = mean^2 / 2 at sigma = 1
            return mean, torch.zeros_like(mean)

    model = VAE(TwoExamples(), Decoder(1, [], 6), Bernoulli()).double()
    bound = objectives.Capacity(2.0, steps=1, gamma=1.0)
    bound(model, torch.zeros(2, 6).double())
    deviation = bound(model, torch.zeros(2, 6).double()).terms["deviation"]
    assert math.isclose(deviation.mean().item(), 0, abs_tol=1e-9)


def small_m2() -> tuple[M2, Tensor]:
    torch.manual_seed(0)
    model = M2(
        Encoder(6, [], 3), GaussianEncoder(9, [], 2), Decoder(5, [], 6), Bernoulli(), classes=3
    ).double()
    return model, torch.bernoulli(torch.full((4, 6), 0.5)).double()


def unlabelled_bound_teaches_the_classifier() -> None:
    """The classifier's gradient is that of the sum over all labels, by finite differences on its bias."""
    model, x = small_m2()
    batch = {"x": x, "y": torch.full((4,), -1)}
    bias = model.classifier.net[0].bias

    def value(shift: float) -> Tensor:
        torch.manual_seed(1)
        with torch.no_grad():
            bias[0] += shift
        result = objectives.semi_supervised(model, batch, classification=1.0).value.sum()
        with torch.no_grad():
            bias[0] -= shift
        return result

    value(0.0).backward()
    slope = (value(1e-5) - value(-1e-5)) / 2e-5
    assert bias.grad is not None, "no gradient reached the classifier"
    assert math.isclose(bias.grad[0].item(), slope.item(), rel_tol=1e-4)
    assert abs(slope.item()) > 0.01


def labelled_examples_teach_the_classifier() -> None:
    """With a label the classifier's gradient is that of the weighted cross-entropy."""
    model, x = small_m2()
    y = torch.tensor([0, 1, 2, 1])
    objectives.semi_supervised(model, {"x": x, "y": y}, classification=5.0).value.sum().backward()
    got = model.classifier.net[0].bias.grad
    expected = 5 * (nn.functional.one_hot(y, 3) - model.q_y(x).probs).sum(0)
    assert got is not None, "no gradient reached the classifier"
    assert torch.allclose(got, expected)


def learned_sigma_is_best_at_the_root_mean_square() -> None:
    """The likelihood of residuals of size .3 has its maximum over sigma at .3: the slope there is 0."""
    likelihood = LearnedGaussian(0.3).double()
    likelihood(torch.zeros(2, 3).double()).log_prob(torch.full((2, 3), 0.3).double()).sum().backward()
    assert math.isclose(likelihood.learned.raw.grad.item(), 0, abs_tol=1e-6)
    wide = LearnedGaussian(3.0).double()
    wide(torch.zeros(2, 3).double()).log_prob(torch.full((2, 3), 0.3).double()).sum().backward()
    assert wide.learned.raw.grad < 0


def exact_values_are_exact() -> None:
    """The exact log p(x) of a linear-Gaussian model has no Monte Carlo error: Bayes' rule holds to rounding."""
    model, x = linear_gaussian()
    z = torch.full((8, 2), 0.3).double()
    bayes = model.p_z().log_prob(z) + model.p_x(z).log_prob(x) - model.posterior(x).log_prob(z)
    assert torch.allclose(model.log_prob(x), bayes, atol=1e-10)


def estimates_carry_their_error() -> None:
    """An estimate from noisy values prints an error, and the error is the standard error of the mean."""
    estimate = likelihood.Estimate.of(torch.tensor([1.0, 3.0, 5.0, 7.0]))
    assert math.isclose(estimate.standard_error, math.sqrt(20 / 3) / 2)
    assert str(estimate) == "4.00 ± 1.29"


def information_gap_is_between_codes() -> None:
    """Code 0 is the first factor, code 2 the second, codes 1 and 3 nothing: every gap is a whole entropy."""
    values = torch.cartesian_prod(torch.arange(4), torch.arange(2), torch.arange(2), torch.arange(2))
    gap = information.mig(values.double(), values[:, [0, 2]], bins=4)
    assert math.isclose(gap, 1, abs_tol=1e-9)


CHECKS = (
    kl_is_the_integral,
    reconstruction_sums_over_pixels,
    elbo_is_below_the_log_likelihood,
    every_draw_has_noise_of_its_own,
    posterior_spread_is_sigma,
    encoder_gets_the_reconstruction_gradient,
    bound_rises_to_the_log_likelihood,
    gaussian_likelihood_integrates_to_one,
    wild_encoder_output_stays_finite,
    likelihood_uses_the_draws_asked_for,
    data_set_mean_weighs_every_example_the_same,
    images_keep_their_orientation,
    extreme_logits_keep_value_and_gradient,
    batch_weights_stand_for_the_aggregate_posterior,
    capacity_is_about_the_mean_kl,
    unlabelled_bound_teaches_the_classifier,
    labelled_examples_teach_the_classifier,
    learned_sigma_is_best_at_the_root_mean_square,
    exact_values_are_exact,
    estimates_carry_their_error,
    information_gap_is_between_codes,
)
