"""What a training can be told besides its length: rates, clipping, averaging, an early end."""

import copy
import math

import pytest
import torch
from torch import nn

from vae_course.objectives import Bound
from vae_course.training import EarlyStop, History, NonFiniteError, constant, cosine, fit, linear_warmup

from . import tiny


class Point(nn.Module):
    """A model that is one vector, or two."""

    def __init__(self, **places: float) -> None:
        super().__init__()
        for name, start in (places or {"place": 0.0}).items():
            setattr(self, name, nn.Parameter(torch.full((2,), start)))


def upward(model: Point, x: torch.Tensor) -> Bound:
    """The gradient is 1 everywhere: each step of Adam is as long as the learning rate."""
    return Bound({"reconstruction": model.place.mean().expand(len(x))})


SETTINGS = {"steps": 20, "batch_size": 2, "lr": 0.1, "interval": 1}
DATA = torch.ones(2, 2)


def walk(**settings) -> tuple[Point, list[float], History]:
    """Train with `upward`; the places after each step as the monitor sees them."""
    model, places = Point(), []
    monitor = settings.pop("monitor", lambda m: {"place": m.place[0].item()})

    def watch(m):
        places.append(m.place[0].item())
        return monitor(m)

    history = fit(model, upward, DATA, monitor=watch, **SETTINGS | settings)
    return model, places, history


@pytest.mark.parametrize("schedule", [constant, cosine, linear_warmup(5), linear_warmup(3, constant)])
def test_steps_are_as_long_as_the_schedule_says(schedule):
    _, places, _ = walk(schedule=schedule)
    lengths = torch.tensor([0.0, *places]).diff()
    rates = torch.tensor([0.1 * schedule(step, 20) for step in range(20)])
    assert torch.allclose(lengths, rates, atol=1e-4)


def test_warm_up_rises_evenly_and_then_starts_the_other_schedule():
    schedule = linear_warmup(4, cosine)
    assert [schedule(step, 12) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert schedule(8, 12) == cosine(4, 8) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="at least 1 step"):
        linear_warmup(0)


def test_long_gradients_are_clipped_and_short_ones_are_not():
    seen = []

    def steep(model, x):  # the gradient is (-30, -40), of norm 50
        seen.append(None if model.place.grad is None else model.place.grad.norm().item())
        return Bound({"reconstruction": (model.place * torch.tensor([-30.0, -40.0])).sum().expand(len(x))})

    for clip in (1.0, 100.0):
        fit(Point(), steep, DATA, clip=clip, **SETTINGS | {"steps": 2})
    assert seen == [None, pytest.approx(1.0, rel=1e-4), None, pytest.approx(50.0)]


def test_the_averaged_model_is_measured_and_left():
    model, seen, _ = walk(average=0.8)
    _, places, _ = walk()
    average = places[0]
    for place, measured in zip(places, seen, strict=True):
        average = 0.8 * average + 0.2 * place
        assert measured == pytest.approx(average, abs=1e-6)
    assert model.place[0].item() == pytest.approx(average, abs=1e-6)


def test_averaging_changes_nothing_of_the_training_itself():
    histories = [tiny.train(tiny.model(), average=average) for average in (None, 0.9)]
    assert histories[0].terms == histories[1].terms


def test_stops_when_the_bound_no_longer_rises_and_goes_back_to_its_top():
    bound = lambda m: {"bound": -abs(m.place[0].item() - 0.7)}  # noqa: E731
    model, places, history = walk(schedule=constant, monitor=bound, early_stop=EarlyStop("bound", 3))
    assert history.steps[-1] == 7 + 3  # the top is at step 7; three measurements without a new one
    assert model.place[0].item() == pytest.approx(0.7, abs=1e-4) == places[6]
    assert not model.training


def test_the_best_weights_come_back_though_the_patience_was_not_used_up():
    bound = lambda m: {"bound": -abs(m.place[0].item() - 0.7)}  # noqa: E731
    model, _, history = walk(schedule=constant, monitor=bound, early_stop=EarlyStop("bound", 30))
    assert history.steps[-1] == 20
    assert model.place[0].item() == pytest.approx(0.7, abs=1e-4)


def test_a_bound_that_is_nan_is_never_the_best():
    bound = lambda m: {"bound": math.nan if m.place[0] > 0.35 else m.place[0].item()}  # noqa: E731
    model, _, history = walk(schedule=constant, monitor=bound, early_stop=EarlyStop("bound", 2))
    assert (history.steps[-1], model.place[0].item()) == (5, pytest.approx(0.3, abs=1e-4))


def test_a_stopped_training_is_loaded_and_not_continued(tmp_path):
    options = {"schedule": constant, "early_stop": EarlyStop("place", 2), "checkpoint": tmp_path / "c"}
    monitor = lambda m: {"place": -m.place[0].item()}  # noqa: E731
    first, seen, _ = walk(monitor=monitor, **options)
    again, unseen, history = walk(monitor=monitor, **options)
    assert (len(seen), len(unseen), history.steps[-1]) == (3, 0, 3)
    assert torch.equal(first.place, again.place)


def test_early_stop_waits_for_something_that_is_measured():
    with pytest.raises(ValueError, match="waits for 'bound'; the monitor measures place"):
        walk(early_stop=EarlyStop("bound", 2))
    with pytest.raises(ValueError, match="the monitor measures nothing"):
        fit(Point(), upward, DATA, early_stop=EarlyStop("bound", 2), **SETTINGS)
    with pytest.raises(ValueError, match="at least 1 measurement"):
        EarlyStop("bound", 0)


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("interval", [1, 7, 50])
def test_the_parameter_whose_gradient_broke_is_named(interval, clip):
    """The square root's slope at 0 is infinite: the first step that starts at x breaks one parameter of two."""
    steps = [0]

    def cusp(model, x):
        steps[0] += 1
        distance = (x - model.broken.detach()).square().sum(1)
        if steps[0] == 5:
            distance = (model.broken - model.broken.detach()).square().sum().sqrt().expand(len(x))
        return Bound({"reconstruction": -distance + model.sound.sum()})

    message = "the gradient of model.broken was not finite$"
    with pytest.raises(NonFiniteError, match=message) as raised:
        fit(Point(sound=0.0, broken=1.0), cusp, DATA, clip=clip, **SETTINGS | {"interval": interval})
    assert str(raised.value).startswith("step 5: every" if interval == 1 else "step 6: the term 'recons")


def test_a_history_draws_its_terms_and_monitors():
    pytest.importorskip("matplotlib")
    history = History()
    for step in (1, 2, 3):
        history.record(
            step, {"reconstruction": -5.0, "kl": 1.0 * step}, -5.0 - step, {"ELBO": -9.0, "MIG": 0.2}
        )
    figure = history.plot(skip=1, beside_objective=["ELBO"])
    assert [ax.get_title() for ax in figure.axes] == ["objective", "reconstruction", "kl", "MIG"]
    assert [ax.get_ylabel() for ax in figure.axes] == ["nats per example"] * 3 + [""]
    assert {ax.get_xlabel() for ax in figure.axes} == {"step"}
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [[-7.0, -8.0], [-9.0, -9.0]]
    assert figure.axes[2].lines[0].get_xdata().tolist() == [2, 3]
    figure.canvas.draw()


def test_the_measured_model_is_a_whole_model():
    """A monitor may copy it, or look at its parts; buffers follow the training."""
    kinds = []
    tiny.train(
        tiny.model(), average=0.9, steps=3, monitor=lambda m: kinds.append(type(copy.deepcopy(m))) or {}
    )
    assert kinds == [type(tiny.model())]
