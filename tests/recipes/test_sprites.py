"""The script that trains the sprite models of chapters 6 and 7."""

import json

import pytest
import torch

from vae_course.recipes import sprites


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Three steps, few sprites, and a folder of its own."""
    monkeypatch.setattr(sprites, "ROOT", tmp_path)
    monkeypatch.setattr(sprites, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(sprites, "TRAIN", 300)
    monkeypatch.setattr(sprites, "TEST", 200)
    monkeypatch.setitem(sprites.RECIPE, "steps", 3)
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {"mig": 0.5})
    monkeypatch.setattr(sprites.train, "__defaults__", (None, 3))
    return tmp_path


def test_no_sprite_is_both_trained_and_measured_with():
    train, test = sprites.classes()
    both = torch.cat([train, test])
    assert len(both) == 105_000 == len(both.unique(dim=0))


@pytest.mark.parametrize("objective", sprites.OBJECTIVES)
def test_each_objective_trains_and_is_collected(objective, small):
    assert sprites.main([objective, "2", "5", "--collect", objective]) == 0
    content = json.loads((small / f"vae_course/weights/sweeps/sprites-{objective}.json").read_text())
    assert [model["weight"] for model in content["models"]] == [2, 5]
    assert all(model["figures"]["mig"] == 0.5 for model in content["models"])


def test_a_trained_model_is_not_trained_again(small, monkeypatch):
    first = sprites.run("beta", 2, 0).read_text()
    monkeypatch.setattr(sprites, "train", None)
    assert sprites.run("beta", 2, 0).read_text() == first
