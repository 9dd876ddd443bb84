"""The weights of chapter 10: they fit their networks, and their trainings write what the chapter reads."""

import pytest

from vae_course.recipes import RECIPES, limits
from vae_course.weights import load_weights, read_recipe

BUILD = {"limits-mean-field": limits.mean_field, "limits-flow": limits.flow}
WHAT = ("elbo", "log_likelihood")
FIGURES = [f"{what}_seed_{seed}" for seed in range(3) for what in WHAT]


@pytest.mark.parametrize("name", BUILD)
def test_shipped_weights_fit_and_have_figures_of_three_seeds(name):
    load_weights(name, BUILD[name]())
    assert sorted(read_recipe(name)["figures"]) == sorted(FIGURES)


def test_the_flow_gains_for_every_seed():
    plain, bent = (read_recipe(name)["figures"] for name in BUILD)
    assert all(bent[figure] > plain[figure] for figure in FIGURES)


@pytest.mark.parametrize("name", BUILD)
def test_each_seed_is_measured_and_the_first_one_s_weights_are_kept(name, bench):
    trained = RECIPES[name].train(bench.at(4))
    assert trained.figures.keys() == {f"{what}_seed_{seed}" for seed in (4, 5, 6) for what in WHAT}
    alone = RECIPES[name].train(bench.at(6))
    assert alone.figures["elbo_seed_6"] == trained.figures["elbo_seed_6"]
    assert type(trained.module) is type(BUILD[name]())


def test_the_gan_is_measured_beside_its_floor(bench):
    figures = RECIPES["limits-gan"].train(bench).figures
    assert figures["frechet"] > 10 * figures["frechet_floor"]
