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
from vae_course.figures import digits as figures
from vae_course.models import VAE, Bernoulli, Gaussian
from vae_course.objectives import Bound, importance_bound, log_weights

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


def test_every_check_refuses_something():
    assert {check for *_, check in BUGS} == set(checks.CHECKS)
