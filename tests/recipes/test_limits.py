"""The weights of chapter 10: they fit their networks, and their trainings write what the chapter reads."""

import pytest

from vae_course import evaluation
from vae_course.evaluation import log_likelihood
from vae_course.recipes import train_weights
from vae_course.weights import load_weights, read_recipe

BUILD = {"limits-mean-field": train_weights.mean_field, "limits-flow": train_weights.flow}
FIGURES = [f"{what}_seed_{seed}" for seed in range(3) for what in ("elbo", "log_likelihood")]


@pytest.mark.parametrize("name", BUILD)
def test_shipped_weights_fit_and_have_figures_of_three_seeds(name):
    load_weights(name, BUILD[name](0))
    assert sorted(read_recipe(name)["figures"]) == sorted(FIGURES)


def test_the_flow_gains_for_every_seed():
    plain, bent = (read_recipe(name)["figures"] for name in BUILD)
    assert all(bent[figure] > plain[figure] for figure in FIGURES)


@pytest.mark.parametrize("name", BUILD)
def test_a_training_leaves_one_checkpoint_and_the_same_recipe(name, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "log_likelihood", lambda model, x, _: log_likelihood(model, x[:20], 2))
    checkpoint = tmp_path / "x.pt"
    model, recipe = train_weights.limits_posterior(BUILD[name], checkpoint, steps=2, seeds=(0, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]
    assert recipe.keys() == read_recipe(name).keys() - {"torch", "parameters", "sha256"}
    assert recipe["figures"].keys() == set(FIGURES[:4])
    assert type(model) is type(BUILD[name](0))


def test_the_gan_is_measured_beside_its_floor(tmp_path):
    _, recipe = train_weights.limits_gan(tmp_path / "x.pt", steps=2)
    assert recipe["figures"].keys() == read_recipe("limits-gan")["figures"].keys()
    assert recipe["figures"]["frechet"] > 10 * recipe["figures"]["frechet_floor"]
