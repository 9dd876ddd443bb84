"""The script that trains the models of chapter 9."""

import json

import pytest
import torch

from vae_course.data.hand_factors import draw_factor_rows
from vae_course.models.hands import FACTOR_DIMS
from vae_course.recipes import hand_factors


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Two steps, a few hands, and a folder of its own."""
    monkeypatch.setattr(hand_factors, "ROOT", tmp_path)
    monkeypatch.setattr(hand_factors, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(hand_factors, "HANDS", {"train": (24, 1), "test": (20, 2)})
    monkeypatch.setattr(hand_factors, "dci", lambda *_, **__: type("DCI", (), {"disentanglement": 0.5}))
    few = {"steps": 2, "batch_size": 8, "lr": 1e-3}
    monkeypatch.setattr(hand_factors, "SETTINGS", dict.fromkeys(hand_factors.TRAININGS, few))
    monkeypatch.setattr(hand_factors, "STEPS", dict.fromkeys(hand_factors.STEPS, 2))
    monkeypatch.setattr(hand_factors, "SMALL", {"batch_size": 8, "lr": 1e-3})
    return tmp_path


def test_every_model_is_trained_once_and_can_be_shipped(tiny, monkeypatch):
    assert hand_factors.main(["data", *hand_factors.TRAININGS]) == 0
    first = hand_factors.make("factors")
    monkeypatch.setattr(hand_factors, "TRAININGS", {})  # nothing can be trained any more
    assert hand_factors.make("factors") == first
    for name in hand_factors.SHIPPED:
        module, recipe = hand_factors.shipped(name)(tiny / "checkpoint.pt")
        assert all(p.dtype == torch.float16 for p in module.parameters())
        assert {"seed", "device", "budget", "data", "figures"} <= recipe.keys()


def test_the_comparison_measures_three_models_by_one_judge(tiny):
    assert hand_factors.main(["compare", "--seed", "0"]) == 0
    content = json.loads((tiny / "vae_course/weights/sweeps/hand-factors.json").read_text())
    (run,) = content["runs"]
    for model in ("divided", "one code", "beta-VAE"):
        figures = run["figures"][model]
        assert sum(figures["sizes"].values()) == sum(FACTOR_DIMS.values())
        assert set(figures["errors"]) == {"unswapped", *(f"{name} swapped" for name in FACTOR_DIMS)}
        assert torch.tensor(figures["explained"]).shape == (3, 3)


def test_coordinates_go_to_the_factor_that_explains_them():
    numbers = {
        name: torch.randn(400, 2, generator=torch.Generator().manual_seed(i)) for i, name in enumerate("abc")
    }
    codes = torch.stack([numbers["b"].sum(1), numbers["c"][:, 0], numbers["a"][:, 1], numbers["b"][:, 0]], 1)
    assert hand_factors.groups(codes, numbers) == {"a": [2], "b": [0, 3], "c": [1]}


def test_softened_photographs_keep_their_mean():
    rows = hand_factors.halved(draw_factor_rows(4, seed=0))
    batch = hand_factors.softened({"rgb": rows["rgb"]}, torch.Generator().manual_seed(1))["rgb"]
    sharp = rows["rgb"].float() / 255 - 0.5
    assert ((batch - sharp).abs().amax(1) > 0.01).tolist().count(True) in range(1, 4)
    torch.testing.assert_close(batch.mean(1), sharp.mean(1), atol=0.02, rtol=0)
