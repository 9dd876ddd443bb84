"""Training on a GPU, as far as it can be tried without one: devices are kept apart."""

import pytest
import torch

from tests.gpu.device import pretended
from tests.training import tiny
from vae_course import evaluation
from vae_course.nets import mlp
from vae_course.objectives import Capacity, FactorVAE, KLConstraint, elbo
from vae_course.training import EarlyStop, fit, fit_many


@pytest.fixture(autouse=True)
def gpu():
    with pretended() as marks:
        yield marks


def likelihood(model):
    x = tiny.data().to("cuda") / 255
    return {"likelihood": elbo(model, x).value.mean().item()}


OBJECTIVES = {
    "elbo": lambda: elbo,
    "a multiplier": lambda: KLConstraint(0.5),
    "a schedule": lambda: Capacity(2.0, 10, 5.0),
    "a discriminator": lambda: FactorVAE(mlp([2, 8, 1]), gamma=3.0),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_training_with_everything_is_resumed_on_the_gpu(name, tmp_path):
    def train(steps, objective):
        model = tiny.model().to("cuda")
        history = fit(
            model, objective, tiny.data(), steps=20, batch_size=16, lr=1e-2, seed=5, prepare=steps, interval=5,
            clip=1.0, average=0.9, precision="bf16", monitor=likelihood, early_stop=EarlyStop("likelihood", 9),
            checkpoint=tmp_path / "checkpoint",
        )  # fmt: skip
        return tiny.weights(model), history

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny.at_step(13, interrupt), OBJECTIVES[name]())
    weights, history = train(tiny.binary, OBJECTIVES[name]())
    assert history.steps == [5, 10, 15, 20]
    assert history.path == "cuda, bf16"
    assert weights.device.type == "cuda"
    assert weights.isfinite().all()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_no_step_waits_for_the_gpu(name, gpu):
    """Only a new epoch's order of rows is moved, and a measurement read."""
    model, objective, waited = tiny.model().to("cuda"), OBJECTIVES[name](), []

    def watched(rows, generator):
        waited.append(dict(gpu.waits))
        return tiny.binary(rows, generator)

    fit(
        model, objective, torch.cat([tiny.data()] * 4), steps=20, batch_size=16, lr=1e-2, seed=5, prepare=watched,
        clip=1.0, average=0.9, precision="bf16", interval=9,
    )  # fmt: skip
    within = [10 * epoch + step for epoch in range(2) for step in range(1, 10)]  # steps 10, 20 begin an epoch
    assert all(waited[step] == waited[step - 1] for step in within if step not in (9, 18))
    assert waited[9] != waited[8]  # where it was measured


def test_many_models_are_trained_on_the_gpu():
    together = [tiny.model(seed).to("cuda") for seed in (0, 1)]
    fit_many(together, elbo, tiny.data() / 255, steps=5, batch_size=16, lr=1e-2, seeds=[0, 1])
    assert {p.device.type for model in together for p in model.parameters()} == {"cuda"}


def test_bounds_are_measured_on_the_gpu():
    model, x = tiny.model().to("cuda"), (tiny.data() / 255).round().to("cuda")
    assert evaluation.evaluate(model, x, num_samples=2)["elbo"].mean < 0
    assert evaluation.log_likelihood(model, x, 5).mean < 0
