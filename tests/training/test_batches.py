"""Named tensors as data, and objectives that are trained with the model."""

import pytest
import torch

from tests.training.tiny import binary, data, model, weights
from vae_course.nets import mlp
from vae_course.objectives import Bound, FactorVAE, KLConstraint, elbo
from vae_course.training import CheckpointError, fit

SETTINGS = {"steps": 40, "batch_size": 16, "lr": 1e-2, "seed": 5, "interval": 10}


def named() -> dict[str, torch.Tensor]:
    return {"x": data(), "row": torch.arange(40)}


def named_elbo(vae, batch) -> Bound:
    assert torch.equal(
        batch["x"][:, 0], (batch["row"] * 12).remainder(256).to(torch.uint8)
    )  # rows stay together
    return elbo(vae, batch["x"] / 255)


def test_rows_of_all_tensors_stay_together():
    history = fit(model(), named_elbo, named(), **SETTINGS)
    assert history.steps == [10, 20, 30, 40]


def test_tensors_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"one row per example; the lengths are \{'x': 40, 'row': 3\}"):
        fit(model(), named_elbo, {"x": data(), "row": torch.arange(3)}, **SETTINGS)


def test_other_named_data_are_not_resumed(tmp_path):
    fit(model(), named_elbo, named(), checkpoint=tmp_path / "c", **SETTINGS)
    with pytest.raises(CheckpointError, match="data was"):
        fit(
            model(),
            named_elbo,
            {"x": data(), "line": torch.arange(40)},
            checkpoint=tmp_path / "c",
            **SETTINGS,
        )


def objectives():
    torch.manual_seed(0)
    return KLConstraint(0.5), FactorVAE(mlp([2, 8, 1]), gamma=2.0)


@pytest.mark.parametrize("which", [0, 1], ids=["multiplier", "discriminator"])
def test_an_objective_with_a_state_is_trained_and_resumed_bit_for_bit(tmp_path, which):
    whole, its_objective = model(), objectives()[which]
    before = {name: value.clone() for name, value in its_objective.state_dict().items()}
    fit(whole, its_objective, data(), prepare=binary, **SETTINGS)
    assert any(not torch.equal(before[name], value) for name, value in its_objective.state_dict().items())

    class StopError(Exception):
        pass

    calls = [0]

    def failing(rows, generator):
        calls[0] += 1
        if calls[0] == 25:
            raise StopError
        return binary(rows, generator)

    with pytest.raises(StopError):
        fit(model(), objectives()[which], data(), prepare=failing, checkpoint=tmp_path / "c", **SETTINGS)
    resumed, again = model(), objectives()[which]
    fit(resumed, again, data(), prepare=binary, checkpoint=tmp_path / "c", **SETTINGS)
    assert torch.equal(weights(whole), weights(resumed))
    for name, value in its_objective.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_frozen_parameters_stay():
    vae = model()
    vae.decoder.requires_grad_(False)
    before = [parameter.clone() for parameter in vae.decoder.parameters()]
    fit(vae, elbo, data(), prepare=binary, weight_decay=0.1, **SETTINGS)
    assert all(torch.equal(a, b) for a, b in zip(before, vae.decoder.parameters(), strict=True))


def test_history_holds_the_weighted_objective_beside_the_true_terms():
    history = fit(model(), lambda m, x: elbo(m, x / 255).weighted({"kl": 3.0}), data(), **SETTINGS)
    for objective, reconstruction, kl in zip(
        history.objective, history.terms["reconstruction"], history.terms["kl"], strict=True
    ):
        assert objective == pytest.approx(reconstruction - 3 * kl, rel=1e-5)
