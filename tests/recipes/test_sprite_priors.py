"""The script that trains sprite models with other priors, and what it measures."""

import json
from types import SimpleNamespace

import pytest
import torch
from torch.distributions import Independent, Normal

from vae_course.models import SpikeAndSlab
from vae_course.models.sprites import sprite_vae
from vae_course.objectives import elbo
from vae_course.recipes import sprite_priors, sprites
from vae_course.recipes.sprite_parts import parts
from vae_course.training import seeded
from vae_course.weights import read_sweep


def test_a_coordinate_is_at_work_where_zero_is_unlikely():
    means = torch.tensor([[0.0, 3.0, -3.0], [0.1, 0.0, -3.0], [0.0, 0.1, 3.0], [1.9, 0.0, 0.0]])
    model = SimpleNamespace(q_z=lambda x: Independent(Normal(means, torch.ones(4, 3)), 1))
    found = sprite_priors.activity(model, torch.zeros(4, 1024))
    assert found["away"] == [0.75, 0.25, 0.0]
    assert found["counts"] == [0.25, 0.5, 0.25, 0.0]
    assert found["at_work"] == pytest.approx(1.0)


def test_parts_add_up_to_the_kl_of_the_model_s_own_prior():
    torch.manual_seed(0)
    model, x = sprite_vae(latent_dim=3), torch.bernoulli(torch.full((60, 1024), 0.3))
    model.prior = SpikeAndSlab(3)
    with torch.no_grad(), seeded(1, x.device):
        model.encoder.net[-1].weight.mul_(20)
        kl = elbo(model.eval(), x, 500).terms["kl"].mean().item()
    found = parts(model, x, draws=60, seed=2)
    error = sum(estimate.standard_error for estimate in found.values())
    assert abs(sum(estimate.mean for estimate in found.values()) - kl) < 5 * error


def test_each_prior_trains_and_is_collected(tmp_path, monkeypatch):
    for module in (sprites, sprite_priors):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(sprites, "TRAIN", 600)
    monkeypatch.setattr(sprites, "TEST", 200)
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {"mig": 0.5})
    assert sprite_priors.main(["--seed", "0", "--steps", "3"]) == 0
    content = json.loads((tmp_path / "vae_course/weights/sweeps/sprites-priors.json").read_text())
    assert [model["prior"] for model in content["models"]] == list(sprite_priors.PRIORS)
    assert sorted(path.stem for path in (tmp_path / "runs").glob("*.pt")) == sorted(
        f"prior-{prior}-0-3" for prior in sprite_priors.PRIORS
    )


def test_the_committed_models_keep_their_rates_and_shares_are_shares():
    models = read_sweep("sprites-priors")["models"]
    assert {(m["prior"], m["seed"]) for m in models if m["steps"] == 2000} == {
        (prior, seed) for prior in sprite_priors.PRIORS for seed in sprite_priors.SEEDS
    }
    for m in models:
        figures = m["figures"]
        assert abs(figures["rate"] - sprite_priors.RATES[m["prior"]]) < 0.4, m
        total = figures["information"] + figures["total_correlation"] + figures["dimension_wise"]
        assert abs(total - figures["rate"]) < 0.7, m  # drawn from other sprites than the rate's
        assert sum(figures["counts"]) == pytest.approx(1, abs=1e-3)
        assert all(0 <= share <= 1 for share in figures["away"])
