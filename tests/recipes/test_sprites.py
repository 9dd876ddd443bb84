"""The recipes of sprites: what they are trained on, and that only the objective differs."""

import pytest

from vae_course.recipes import Bench, sprites
from vae_course.training import Run


def test_no_sprite_is_both_trained_on_and_measured_with(bench):
    for budget, size in (("smoke", 600), ("reader", 100_000)):
        train, test = sprites.classes(Bench(Run(budget, bench.run.device, 0), bench.store))
        assert len(train) == size
        assert not {tuple(c) for c in train.tolist()} & {tuple(c) for c in test.tolist()}


@pytest.mark.parametrize("name", ["beta", "tc", "factor", "delta"])
def test_every_objective_trains_and_is_measured(name, bench, monkeypatch):
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {"mig": 0.5})
    _, done, figures = sprites.train(bench, name, 5.0)
    assert figures["mig"] == 0.5
    assert figures["elbo"] == pytest.approx(-figures["rate"] - figures["distortion"])
    assert ("multiplier" in figures) == (name == "delta")
    assert ("total_correlation" in done.terms) == (name in ("tc", "factor"))


def test_another_weight_is_another_training(bench, monkeypatch):
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {})
    found = [sprites.train(bench, "beta", weight)[2]["elbo"] for weight in (1.0, 50.0, 1.0)]
    assert found[0] == found[2] != found[1]
