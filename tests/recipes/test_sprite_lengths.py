"""The recipe of sprites trained ten times as long, and what it measures."""

import pytest

from vae_course.recipes import Bench, sprite_lengths, sprites
from vae_course.training import Run
from vae_course.weights import read_sweep


def test_every_seed_has_every_objective_before_the_next_one_begins(bench):
    reader = Bench(Run("reader", bench.run.device, 0), bench.store)
    plan = sprite_lengths.plan(reader, (3, 1))
    assert {job["steps"] for job in plan} == {10 * sprites.steps_of(reader)}
    assert [job["seed"] for job in plan] == [3] * 5 + [1] * 5
    assert [(job["objective"], job["weight"]) for job in plan[:5]] == list(sprite_lengths.COMPARED)


def test_training_is_longer_and_one_gap_leaves_the_shape_out(bench, monkeypatch):
    factors, lengths = [], []
    monkeypatch.setattr(sprites, "disentanglement", lambda codes, classes: {})
    monkeypatch.setattr(sprite_lengths, "mig", lambda codes, classes: factors.append(classes) or 0.5)
    fit = Bench.fit
    monkeypatch.setattr(
        Bench,
        "fit",
        lambda self, *args, **kwargs: lengths.append(kwargs["steps"]) or fit(self, *args, **kwargs),
    )
    job = {"objective": "tc", "weight": 3.0, "steps": 30, "seed": 1}
    figures = sprite_lengths.measure(bench, job)["figures"]
    assert lengths == [30]
    assert figures["mig_without_shape"] == 0.5
    assert factors[0].equal(sprites.classes(bench)[1][:, 2:])


def test_the_committed_figures_are_complete_and_the_parts_add_up():
    models = read_sweep("sprites-lengths")["models"]
    found = sorted((m["objective"], m["weight"], m["seed"]) for m in models)
    assert found == sorted(
        (*which, seed) for which in sprite_lengths.COMPARED for seed in sprite_lengths.SEEDS
    )
    for m in models:
        figures = m["figures"]
        assert figures["total_correlation"] > -3 * figures["total_correlation_error"]
        total = figures["information"] + figures["total_correlation"] + figures["dimension_wise"]
        assert total == pytest.approx(figures["rate"], abs=0.5), m  # drawn from other sprites than the rate's
        assert 0 <= figures["mig"] <= 1
