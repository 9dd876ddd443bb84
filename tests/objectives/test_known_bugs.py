"""Bugs that published VAE code really had, planted one by one: the check named beside each must refuse it."""

import importlib
import math

import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as closed_form

from vae_course import objectives
from vae_course.evaluation import Estimate, likelihood
from vae_course.evaluation.disentanglement import information
from vae_course.figures import digits as figures
from vae_course.models import VAE, Bernoulli, Gaussian, LearnedGaussian, LinearGaussian
from vae_course.objectives import Bound, Capacity, elbo, importance_bound, log_weights

from . import checks

# The package exports a function `elbo` (and `mlp`) under the same name as the module it lives in.
elbo_module = importlib.import_module("vae_course.objectives.elbo")
mlp_module = importlib.import_module("vae_course.nets.mlp")


def kl_with_log_sigma_for_logvar(q, p, z):
    log_sigma = q.stddev.log()
    return 0.5 * (q.mean**2 + log_sigma.exp() - 1 - log_sigma).sum(-1)


def kl_without_the_half(q, p, z):
    return 2 * closed_form(q, p)


def kl_with_half_divided_by_the_sum(q, p, z):
    return 0.5 / (q.mean**2 + q.variance - 1 - q.variance.log()).sum(-1)


class PixelMean:
    """A distribution whose log_prob averages over the last dimension."""

    def __init__(self, base):
        self.base = base

    def log_prob(self, x):
        return self.base.log_prob(x).mean(-1)


def bernoulli_with_mean_over_pixels(self, logits):
    return PixelMean(TorchBernoulli(logits=logits))


value_with_kl_added = property(lambda self: self.terms["reconstruction"] + self.terms["kl"])


def drawing(how):
    """A copy of the one sampling path, with z drawn by `how(q, num_samples)`."""

    def draw(model, x, num_samples):
        q = model.q_z(x)
        z = how(q, num_samples)
        return q, z, model.p_x(z).log_prob(x)

    return draw


without_noise = drawing(lambda q, K: q.mean.expand(K, *q.mean.shape))
one_epsilon_for_the_batch = drawing(lambda q, K: q.mean + q.stddev * torch.randn(K, 1, q.mean.shape[-1]))
detached = drawing(lambda q, K: q.sample((K,)))


def q_with_exp_logvar_as_sigma(self, x):
    mean, logvar = self.encoder(x)
    return Independent(Normal(mean, logvar.exp()), 1)


def bound_weighted_by_the_loss(model, x, num_samples):
    log_w = log_weights(model, x, num_samples)
    return (torch.softmax(-log_w, dim=0) * log_w).sum(0)  # the worst sample gets the most weight


def bound_without_log_of_samples(model, x, num_samples):
    return importance_bound(model, x, num_samples) + math.log(num_samples)


class SquaredConstant:
    """A Gaussian whose D log(2 pi sigma^2) was added in every dimension before summing."""

    def __init__(self, mean, sigma):
        self.mean, self.sigma = mean, sigma

    def log_prob(self, x):
        D = x.shape[-1]
        constant = D / 2 * math.log(2 * math.pi * self.sigma**2)
        return (-((x - self.mean) ** 2) / (2 * self.sigma**2) - constant).sum(-1)


def gaussian_with_constant_squared(self, mean):
    return SquaredConstant(mean, self.sigma)


def draws_rounded_up_to_whole_chunks(model, x, num_samples, *, seed=0, chunk=10_000):
    at_once = max(1, chunk // len(x))
    rounds = math.ceil(num_samples / at_once)
    return Estimate.of(torch.cat([importance_bound(model, x, at_once) for _ in range(rounds)]).detach())


def mean_of_batch_means(model, x, num_samples=1, *, seed=0, batch=1000):
    means = [objectives.elbo(model, part, num_samples).value.detach().mean() for part in x.split(batch)]
    return {"elbo": Estimate(torch.stack(means).mean().item(), 0.0)}


right_tile = figures.tile


def tile_with_height_and_width_swapped(images, columns):
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        images = images.view(-1, side, side).transpose(1, 2)
    return right_tile(images, columns)


def no_bound(x, limit):
    return x


def bernoulli_of_sigmoids(self, logits):
    return Independent(TorchBernoulli(probs=torch.sigmoid(logits)), 1)


def weights_with_the_own_example_in_column_zero(batch, examples, estimator="stratified"):
    weights = torch.full((batch, batch), (examples - 1) / (examples * (batch - 1)))
    weights[:, 0] = 1 / examples
    return weights.double().log()


def published_weights_with_column_zero(batch, examples, estimator="stratified"):
    """As four code bases have it: the strata's formula, written into columns instead of the diagonal."""
    M = batch - 1
    weights = torch.full((batch, batch), 1 / M)
    weights.view(-1)[:: M + 1] = 1 / examples
    weights.view(-1)[1 :: M + 1] = (examples - M) / (examples * M)
    weights[M - 1, 0] = (examples - M) / (examples * M)
    return weights.double().log()


def capacity_of_each_example(self, model, x):
    terms = elbo(model, x).terms
    return Bound(terms | {"deviation": (terms["kl"] - self.ramp()).abs()})


def unlabelled_with_a_sampled_label(model, batch, *, classification):
    x = batch["x"]
    y = model.q_y(x).sample()
    q = model.q_z(x, y)
    z = q.rsample()
    label = model.q_y(x).log_prob(y).detach() - model.p_y().log_prob(y)
    kl = closed_form(q, model.p_z())
    return Bound({"reconstruction": model.p_x(y, z).log_prob(x), "kl": kl, "label": label})


right_semi_supervised = objectives.semi_supervised


def without_the_weighted_classifier_loss(model, batch, *, classification):
    return right_semi_supervised(model, batch, classification=0.0)


def gaussian_without_its_normaliser(self, mean):
    return PixelSum(mean, self.sigma)


class PixelSum:
    """A Gaussian without log sigma: the larger sigma, the better, up to infinity."""

    def __init__(self, mean, sigma):
        self.mean, self.sigma = mean, sigma

    def log_prob(self, x):
        return -((x - self.mean) ** 2 / (2 * self.sigma**2)).sum(-1)


def truth_by_monte_carlo(self, x):
    z = self.p_z().sample((10_000,))
    return torch.logsumexp(self.p_x(z.unsqueeze(1)).log_prob(x), 0) - math.log(10_000)


def printed_without_its_error(self):
    return f"{self.mean:.2f}"


right_information = information.mutual_information


def information_viewed_instead_of_transposed(codes, factors, bins):
    matrix = right_information(codes, factors, bins)
    return matrix.T.copy().reshape(matrix.shape)


# number in the list of known bugs, object and attribute to replace, what it is replaced by, check that refuses it
BUGS = [
    (1, elbo_module, "kl_divergence", kl_with_log_sigma_for_logvar, checks.kl_is_the_integral),
    (2, elbo_module, "kl_divergence", kl_without_the_half, checks.kl_is_the_integral),
    (2, elbo_module, "kl_divergence", kl_with_half_divided_by_the_sum, checks.kl_is_the_integral),
    (3, Bernoulli, "__call__", bernoulli_with_mean_over_pixels, checks.reconstruction_sums_over_pixels),
    (4, Bound, "value", value_with_kl_added, checks.elbo_is_below_the_log_likelihood),
    (5, elbo_module, "_draw", without_noise, checks.every_draw_has_noise_of_its_own),
    (5, elbo_module, "_draw", one_epsilon_for_the_batch, checks.every_draw_has_noise_of_its_own),
    (6, VAE, "q_z", q_with_exp_logvar_as_sigma, checks.posterior_spread_is_sigma),
    (7, elbo_module, "_draw", detached, checks.encoder_gets_the_reconstruction_gradient),
    (
        8,
        objectives,
        "importance_bound",
        bound_weighted_by_the_loss,
        checks.bound_rises_to_the_log_likelihood,
    ),
    (
        8,
        objectives,
        "importance_bound",
        bound_without_log_of_samples,
        checks.bound_rises_to_the_log_likelihood,
    ),
    (10, Gaussian, "__call__", gaussian_with_constant_squared, checks.gaussian_likelihood_integrates_to_one),
    (12, mlp_module, "soft_bound", no_bound, checks.wild_encoder_output_stays_finite),
    (
        9,
        objectives,
        "log_batch_weights",
        weights_with_the_own_example_in_column_zero,
        checks.batch_weights_stand_for_the_aggregate_posterior,
    ),
    (
        9,
        objectives,
        "log_batch_weights",
        published_weights_with_column_zero,
        checks.batch_weights_stand_for_the_aggregate_posterior,
    ),
    (
        11,
        information,
        "mutual_information",
        information_viewed_instead_of_transposed,
        checks.information_gap_is_between_codes,
    ),
    (13, Capacity, "forward", capacity_of_each_example, checks.capacity_is_about_the_mean_kl),
    (
        14,
        objectives,
        "semi_supervised",
        unlabelled_with_a_sampled_label,
        checks.unlabelled_bound_teaches_the_classifier,
    ),
    (
        14,
        objectives,
        "semi_supervised",
        without_the_weighted_classifier_loss,
        checks.labelled_examples_teach_the_classifier,
    ),
    (
        15,
        LearnedGaussian,
        "forward",
        gaussian_without_its_normaliser,
        checks.learned_sigma_is_best_at_the_root_mean_square,
    ),
    (16, LinearGaussian, "log_prob", truth_by_monte_carlo, checks.exact_values_are_exact),
    (16, Estimate, "__str__", printed_without_its_error, checks.estimates_carry_their_error),
    (
        17,
        likelihood,
        "log_likelihood",
        draws_rounded_up_to_whole_chunks,
        checks.likelihood_uses_the_draws_asked_for,
    ),
    (17, likelihood, "evaluate", mean_of_batch_means, checks.data_set_mean_weighs_every_example_the_same),
    (18, figures, "tile", tile_with_height_and_width_swapped, checks.images_keep_their_orientation),
    (19, Bernoulli, "__call__", bernoulli_of_sigmoids, checks.extreme_logits_keep_value_and_gradient),
]


@pytest.mark.parametrize(
    ("target", "attribute", "bug", "check"),
    [pytest.param(*row, id=f"bug{number}-{row[3].__name__}") for number, *row in BUGS],
)
def test_bug_is_refused(monkeypatch, target, attribute, bug, check):
    check()
    monkeypatch.setattr(target, attribute, bug)
    with pytest.raises(AssertionError):
        check()


def test_all_nineteen_known_bugs_are_planted():
    assert {number for number, *_ in BUGS} == set(range(1, 20))


def test_every_check_refuses_something():
    assert {check for *_, check in BUGS} == set(checks.CHECKS)
