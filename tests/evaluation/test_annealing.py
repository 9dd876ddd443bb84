"""Annealed importance sampling, against models whose log p(x) is known."""

import inspect
import math
import types

import pytest
import torch
from torch import nn

from vae_course.evaluation import Estimate, annealing, log_likelihood
from vae_course.evaluation.annealing import annealed_log_likelihood, temperatures
from vae_course.models import VAE, Bernoulli, LinearGaussian
from vae_course.nets import Decoder, GaussianEncoder


@pytest.fixture(scope="module")
def sharp():
    """A posterior so narrow beside the prior that draws from the prior miss it; its encoder is the prior."""
    torch.manual_seed(1)
    model = LinearGaussian(torch.randn(10, 4).double(), torch.randn(10).double(), 0.2)
    return model, model.marginal().sample((20,))


def planted(old: str, new: str) -> types.ModuleType:
    """The module with a bug."""
    source = inspect.getsource(annealing)
    assert source.count(old) == 1
    module = types.ModuleType("planted")
    exec(source.replace(old, new), module.__dict__)
    return module


def test_exact_where_importance_sampling_from_the_prior_fails(sharp):
    model, x = sharp
    exact = model.log_prob(x)
    annealed = annealed_log_likelihood(model, x, chains=64, steps=150)
    # By the delta method, an example's log mean of weights has this variance, and half of it as bias.
    variance = 1 / annealed.effective_chains - 1 / 64
    error = math.sqrt(variance / len(x))
    assert error < 0.12
    assert abs(annealed.mean + variance / 2 - exact.mean().item()) < 3 * error
    assert log_likelihood(model, x, 64 * 150).mean < exact.mean().item() - 2
    assert annealed.standard_error == pytest.approx(Estimate.of(exact).standard_error, rel=0.1)
    assert annealed.acceptance == pytest.approx(annealing.ACCEPTANCE, abs=0.1)


def test_too_few_steps_give_a_lower_bound_and_the_effective_chains_tell(sharp):
    model, x = sharp
    hasty = annealed_log_likelihood(model, x, chains=16, steps=30)
    assert hasty.mean < model.log_prob(x).mean().item() - 2
    assert hasty.effective_chains < 2


def bias(module: types.ModuleType) -> tuple[float, float]:
    """The mean of w / p(x) less 1, and its standard error, with few temperatures: an anneal that does not mix.

    The weights are unbiased at any number of steps, which is sharper than any limit of many.
    """
    model = LinearGaussian(torch.tensor([[1.0], [0.5]]).double(), torch.zeros(2).double(), 0.6)
    x = torch.tensor([[1.0, 0.2], [-1.5, -1.0]]).double()
    torch.manual_seed(0)
    sizes = module._anneal(model, x, 4, 5, 3)[2]
    log_w = module._anneal(model, x, 40_000, 5, 3, sizes)[0]
    ratio = (log_w - model.log_prob(x)).exp().detach()
    return (ratio.mean() - 1).item(), ratio.std().item() / math.sqrt(ratio.numel())


def test_the_weights_are_unbiased_with_any_number_of_temperatures():
    difference, error = bias(annealing)
    assert error < 0.01
    assert abs(difference) < 3 * error


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "return torch.where(accept.unsqueeze(-1), z, start)", "return z", id="no Metropolis correction"
        ),
        pytest.param(
            "        momentum = momentum + size / 2 * force\n    change",
            "        momentum = momentum + size * force\n    change",
            id="the last half step of the momentum is a whole one",
        ),
        pytest.param("(t[k] - t[k - 1])", "t[k] / steps", id="wrong temperature weights"),
        pytest.param("lambda z, t=t[k]:", "lambda z, t=t[-1]:", id="moves at another temperature"),
        pytest.param("chains, len(x)))  #", "chains, len(x))) / 2  #", id="a start that is not the prior"),
    ],
)
def test_a_planted_bug_is_caught(old, new):
    difference, error = bias(planted(old, new))
    assert abs(difference) > 6 * error


def test_large_steps_are_corrected_and_are_no_bug():
    """The control of the one above without a correction: steps so large that it matters."""
    difference, error = bias(planted("math.log(0.5)", "math.log(1.2)"))
    assert abs(difference) < 3 * error


class Curved(VAE):
    """A nonlinear decoder with an encoder that is a little wider than the prior."""

    def __init__(self, seed: int) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            super().__init__(GaussianEncoder(12, [8], 2), Decoder(2, [16], 12), Bernoulli())
            for layer in self.decoder.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, std=1.0)
        self.double()


@pytest.mark.parametrize("seed", [0, 1])
def test_agrees_with_importance_sampling_on_a_small_nonlinear_model(seed):
    model = Curved(seed)
    torch.manual_seed(seed)
    with torch.no_grad():
        x = model.p_x(model.p_z().sample((10,)).double()).sample()
    reference = log_likelihood(model, x, 20_000)
    annealed = annealed_log_likelihood(model, x, chains=64, steps=100)
    assert annealed.mean == pytest.approx(reference.mean, abs=0.05)


def test_a_collapsed_posterior_needs_no_annealing():
    """Where x says nothing about z every weight is p(x), whatever the chains do."""
    model = LinearGaussian(torch.zeros(3, 2), torch.zeros(3), 1.0)
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    annealed = annealed_log_likelihood(model, x, chains=3, steps=20)
    assert annealed.mean == pytest.approx(model.log_prob(x).mean().item(), abs=1e-5)
    assert annealed.effective_chains == pytest.approx(3)


def test_trajectories_that_run_away_are_refused(sharp):
    """Steps far beyond what is stable: nothing moves, nothing becomes NaN, the weights stay those of the prior."""
    model, x = (part.float() for part in sharp)
    sizes = torch.full((20, len(x)), 1e6)
    log_w, acceptance, _ = annealing._anneal(model, x, 4, 20, 10, sizes)
    assert (acceptance == 0).all()
    assert torch.isfinite(log_w).all()


def test_a_trajectory_that_ran_away_counts_as_refused_even_where_the_density_is_flat():
    start = torch.zeros(4, 3, 2)
    z, acceptance = annealing._transition(lambda z: 0 * z.sum(-1), start, torch.full((3,), 1e6), 5)
    assert torch.equal(z, start)
    assert (acceptance == 0).all()


def test_temperatures_rise_from_0_to_1_and_are_dense_at_both_ends():
    t = torch.tensor(temperatures(100))
    assert (t[0], t[-1]) == (0, 1)
    assert (t.diff() > 0).all()
    assert max(t.diff()[0], t.diff()[-1]) < 0.1 * t.diff().max()
    assert temperatures(1) == [0, 1]


def test_the_seed_decides_and_the_callers_random_numbers_stay(sharp):
    model, x = sharp
    before = torch.get_rng_state()

    def run(**options):
        return annealed_log_likelihood(model, x, chains=4, steps=10, **options)

    assert run(seed=1) == run(seed=1) != run(seed=2)
    assert torch.equal(before, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("chunk", [1, 4000, 10_000])
def test_chunks_change_the_memory_and_not_the_estimate(chunk):
    model = LinearGaussian(torch.tensor([[1.0], [0.5]]), torch.zeros(2), 0.8)
    x = torch.tensor([[1.0, 0.2], [-1.5, -1.0], [0.0, 0.3]])
    annealed = annealed_log_likelihood(model, x, chains=2000, steps=10, chunk=chunk)
    assert annealed.mean == pytest.approx(model.log_prob(x).mean().item(), abs=0.02)


def test_counts_that_mean_nothing_are_refused(sharp):
    model, x = sharp
    with pytest.raises(ValueError, match="positive, not 0, 5 and 10"):
        annealed_log_likelihood(model, x, chains=0, steps=5)
