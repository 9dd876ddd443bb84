"""Rate, distortion and active units, where they are known in closed form."""

import math

import pytest
import torch
from torch.distributions import Distribution, Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from vae_course.evaluation import evaluate
from vae_course.evaluation.rate import active_units, rate_distortion
from vae_course.models import LinearGaussian

N = 2000


@pytest.fixture(scope="module")
def exact():
    """An encoder that is the exact posterior; the third direction of z carries no signal."""
    torch.manual_seed(0)
    W = torch.linalg.qr(torch.randn(6, 3).double()).Q * torch.tensor([2.0, 0.8, 0.0]).double()
    model = LinearGaussian(W, torch.randn(6).double(), 0.5).match_posterior()
    return model, model.marginal().sample((N,))


class Product(LinearGaussian):
    """The same model, whose posterior (here a product, W's columns are orthogonal) is written as one."""

    def q_z(self, x: torch.Tensor) -> Distribution:
        q = super().q_z(x)
        return Independent(Normal(q.mean, q.stddev), 1)

    def p_z(self) -> Distribution:
        return Independent(Normal(torch.zeros_like(self.a), torch.ones_like(self.a)), 1)


@pytest.fixture(scope="module")
def product(exact):
    model, x = exact
    copy = Product(model.W, model.b, model.sigma.item())
    copy.load_state_dict(model.state_dict())
    return copy, x


def test_rate_is_the_mutual_information_and_distortion_the_noise_entropy(exact):
    """With the exact posterior, E KL(q || p) = I(x; z) = log det(I + W'W / sigma^2) / 2, and
    E[-log p(x | z)] = h(x | z) = x_dim log(2 pi e sigma^2) / 2."""
    model, x = exact
    found = rate_distortion(model, x, 20)
    snr = torch.tensor([2.0, 0.8, 0.0]).double() / 0.5
    information = snr.square().log1p().sum().item() / 2
    entropy = 6 / 2 * math.log(2 * math.pi * math.e * 0.25)
    assert abs(found.rate.mean - information) < 3 * found.rate.standard_error
    assert abs(found.distortion.mean - entropy) < 3 * found.distortion.standard_error
    assert max(found.rate.standard_error, found.distortion.standard_error) < 0.04


def test_rate_and_distortion_of_given_data_are_exact_example_by_example(exact):
    """With the exact posterior, rate + distortion = -log p(x), whatever the data."""
    model, x = exact
    other = 3 * x[:500] + 1
    found = rate_distortion(model, other, 50)
    q = model.posterior(other)
    assert found.distortion.mean == pytest.approx(
        -model.expected_log_likelihood(other, q).mean().item(), abs=0.05
    )
    assert found.rate.mean + found.distortion.mean == pytest.approx(
        -model.log_prob(other).mean().item(), abs=0.05
    )


def test_the_elbo_is_minus_rate_and_distortion(exact):
    model, x = exact
    found, elbo = rate_distortion(model, x, seed=3), evaluate(model, x, seed=3)["elbo"]
    assert elbo.mean == pytest.approx(-(found.rate.mean + found.distortion.mean))


def test_dimensions_share_the_rate_and_one_without_signal_has_none(product):
    model, x = product
    found = rate_distortion(model, x)
    shares = torch.tensor([4.0, 1.6, 0.0]).double().square().log1p() / 2
    assert found.rate_per_dimension.sum().item() == pytest.approx(found.rate.mean)
    torch.testing.assert_close(found.rate_per_dimension, shares, atol=0.06, rtol=0)
    assert found.rate_per_dimension[2] < 1e-9


def test_a_posterior_that_is_no_product_is_not_split(exact):
    assert rate_distortion(*exact).rate_per_dimension is None


def test_a_collapsed_dimension_is_inactive_and_directions_with_signal_are_active(exact, product):
    for model, x in (exact, product):
        assert active_units(model, x).tolist() == [True, True, False]


def test_the_threshold_is_on_the_variance_of_the_posterior_mean(exact):
    """Along a direction of signal w, Var E[z | x] = w^2 / (w^2 + sigma^2): .941, .719 and 0."""
    model, x = exact
    assert [active_units(model, x, t).sum().item() for t in (0.6, 0.8, 0.98)] == [2, 1, 0]


def test_a_wide_posterior_that_does_not_move_is_inactive():
    """Not the spread of draws is asked, but the movement of the mean."""
    model = LinearGaussian(torch.eye(3)[:, :2], torch.zeros(3), 1.0)  # the encoder is N(0, I) for every x
    assert not active_units(model, torch.randn(100, 3, generator=torch.Generator().manual_seed(0))).any()


def test_batches_change_nothing_where_nothing_is_drawn(product):
    model, x = product
    assert torch.equal(active_units(model, x, batch=7), active_units(model, x))
    one, many = (rate_distortion(model, x, batch=batch) for batch in (77, N))
    assert one.rate.mean == pytest.approx(many.rate.mean)
    torch.testing.assert_close(one.rate_per_dimension, many.rate_per_dimension)


def test_the_seed_decides_and_the_callers_random_numbers_stay(exact):
    before = torch.get_rng_state()
    assert (
        rate_distortion(*exact, seed=1) == rate_distortion(*exact, seed=1) != rate_distortion(*exact, seed=2)
    )
    assert torch.equal(before, torch.get_rng_state())


def test_a_posterior_without_a_mean_is_refused():
    class Flow:
        def q_z(self, x):
            return TransformedDistribution(Normal(x, 1.0), [TanhTransform()])

    with pytest.raises(TypeError, match="no mean in closed form"):
        active_units(Flow(), torch.zeros(4, 2))
