"""The recipe of sprites with other priors, and what it measures."""

from types import SimpleNamespace

import pytest
import torch
from torch.distributions import Independent, Normal

from vae_course.models import SpikeAndSlab
from vae_course.models.sprites import sprite_vae
from vae_course.objectives import elbo
from vae_course.recipes import Bench, sprite_priors, sprites
from vae_course.recipes.sprite_parts import parts
from vae_course.training import Run, seeded
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


def test_priors_are_trained_apart_and_the_rate_is_held_by_a_multiplier(bench, monkeypatch):
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {})
    jobs = [{"prior": prior, "limit": 10.0, "steps": 3, "seed": 0} for prior in ("round", "slab")]
    round_, slab = (sprite_priors.measure(bench, job)["figures"] for job in jobs)
    assert round_["rate"] != slab["rate"]
    assert round_["multiplier"] > 0


def test_two_priors_are_trained_longer_once(bench):
    plan = sprite_priors.plan(Bench(Run("reader", bench.run.device, 0), bench.store), (0, 1))
    longer = [job for job in plan if job["steps"] == 6000]
    assert [(job["prior"], job["seed"]) for job in longer] == [("round", 0), ("slab", 0)]
    assert len(plan) == 2 * len(sprite_priors.PRIORS) + 2


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
