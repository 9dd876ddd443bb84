"""The training loop: it learns, it repeats itself, and it says what went wrong."""

import math

import pytest
import torch
from torch import nn

from vae_course.models import LinearGaussian
from vae_course.objectives import Bound, elbo
from vae_course.training import NonFiniteError, fit

from . import tiny


class Point(nn.Module):
    """A model that is one vector."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.full((2,), start))


def closeness(model: Point, x: torch.Tensor) -> Bound:
    return Bound({"reconstruction": -(x - model.place).square().sum(1)})


def test_reaches_the_maximum_likelihood_of_probabilistic_pca():
    """Trained by the ELBO alone, a linear-Gaussian model reaches the optimum that is known in closed form."""
    torch.manual_seed(0)
    truth = LinearGaussian(2 * torch.randn(6, 2), torch.randn(6), 0.5)
    x = truth.marginal().sample((2000,))
    eigenvalues = torch.linalg.eigvalsh(torch.cov(x.T, correction=0).double())
    noise = eigenvalues[:4].mean()  # Tipping & Bishop (1999): what two components leave over
    logdet = eigenvalues[4:].log().sum() + 4 * noise.log()
    optimum = -0.5 * (6 * math.log(2 * math.pi) + logdet.item() + 6)
    model = LinearGaussian(torch.randn(6, 2), torch.zeros(6), 1.0)
    fit(model, elbo, x, steps=1200, batch_size=200, lr=3e-2)
    reached = model.log_prob(x).mean().item()
    assert reached <= optimum + 1e-3
    assert reached == pytest.approx(optimum, abs=0.02)


def test_same_seed_same_weights_and_other_seed_other_weights():
    first, again, other = tiny.model(), tiny.model(), tiny.model()
    tiny.train(first)
    tiny.train(again)
    tiny.train(other, seed=6)
    assert torch.equal(tiny.weights(first), tiny.weights(again))
    assert not torch.equal(tiny.weights(first), tiny.weights(other))


def test_the_callers_random_numbers_neither_matter_nor_change():
    first, again = tiny.model(), tiny.model()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    tiny.train(first)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    tiny.train(again)
    assert torch.equal(tiny.weights(first), tiny.weights(again))


def test_monitoring_does_not_change_the_training():
    watched, alone = tiny.model(), tiny.model()
    history = tiny.train(watched, monitor=lambda model: {"noise": torch.randn(()).item()})
    tiny.train(alone)
    assert torch.equal(tiny.weights(watched), tiny.weights(alone))
    assert len(history.monitored["noise"]) == len(history.steps)


def test_the_monitor_sees_the_model_in_evaluation_mode():
    seen = []
    tiny.train(tiny.model(), monitor=lambda m: seen.append((m.training, torch.is_grad_enabled())) or {})
    assert set(seen) == {(False, False)}


def test_each_epoch_visits_every_row_once_in_a_new_order():
    epochs, rows = [], torch.arange(12).repeat(2, 1).T.float()

    def prepare(batch, generator):
        epochs.append(batch[:, 0].tolist())
        return batch

    fit(Point(), closeness, rows, steps=6, batch_size=4, lr=0.1, prepare=prepare)
    first, second = ([row for batch in epochs[cut] for row in batch] for cut in (slice(3), slice(3, 6)))
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second


def test_the_batch_is_averaged_once():
    """Weights after one step of plain averaging do not depend on how often a row is repeated."""
    places = []
    for repeats in (1, 10):
        model = Point()
        fit(model, closeness, torch.ones(repeats, 2), steps=3, batch_size=repeats, lr=0.1)
        places.append(model.place.detach())
    assert torch.allclose(*places)


def test_history_holds_the_means_of_the_terms():
    model = Point()
    history = fit(model, closeness, torch.ones(4, 2), steps=25, batch_size=2, lr=1e-9, interval=10)
    assert history.steps == [10, 20, 25]
    assert history.terms["reconstruction"] == pytest.approx([-2, -2, -2], abs=1e-6)
    assert history.seconds > 0


def test_the_learning_rate_falls_to_zero_as_a_cosine():
    """Under a constant gradient Adam moves by the learning rate, so the path's length is the sum of the rates."""
    model = Point()
    steps, lr = 50, 0.01
    fit(model, lambda m, x: Bound({"reconstruction": m.place.sum().expand(len(x))}), torch.ones(2, 2),
        steps=steps, batch_size=2, lr=lr)  # fmt: skip
    rates = [lr * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]
    assert model.place[0].item() == pytest.approx(sum(rates), rel=1e-3)


def test_weight_decay_is_decoupled():
    model = Point(1.0)
    flat = lambda m, x: Bound({"reconstruction": 0 * m.place.sum().expand(len(x))})  # noqa: E731
    fit(model, flat, torch.ones(2, 2), steps=1, batch_size=2, lr=0.1, weight_decay=0.5)
    assert model.place[0].item() == pytest.approx(1 - 0.1 * 0.5)


def test_bytes_stay_bytes_until_prepared():
    seen = []

    def prepare(rows, generator):
        seen.append(rows.dtype)
        return tiny.binary(rows, generator)

    tiny.train(tiny.model(), prepare=prepare, steps=2)
    assert set(seen) == {torch.uint8}


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("step", [1, 7, 23])
def test_a_term_that_is_not_finite_is_named_with_its_step(bad, step):
    calls = [0]

    def breaking(model, x):
        calls[0] += 1
        bound = elbo(model, x)
        return Bound(bound.terms | {"kl": bound.terms["kl"] + (bad if calls[0] == step else 0)})

    with pytest.raises(NonFiniteError, match=f"step {step}: the term 'kl' is {bad}"):
        fit(
            tiny.model(),
            breaking,
            tiny.binary(tiny.data(), None),
            steps=30,
            batch_size=8,
            lr=1e-3,
            interval=10,
        )


def test_a_gradient_that_is_not_finite_is_noticed():
    def cusp(model, x):  # the square root's slope at zero is infinite
        return Bound({"reconstruction": -(x - model.place).square().sum(1).sqrt()})

    with pytest.raises(NonFiniteError, match="gradient"):
        fit(Point(1.0), cusp, torch.ones(2, 2), steps=1, batch_size=2, lr=0.1)


@pytest.mark.parametrize("batch_size", [0, 41])
def test_impossible_batch_sizes_are_refused(batch_size):
    with pytest.raises(ValueError, match="40 examples"):
        tiny.train(tiny.model(), batch_size=batch_size)
