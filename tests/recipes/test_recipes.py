"""Every recipe runs, and what it leaves is what the chapters load and read."""

import json
import re

import pytest
import torch

from vae_course.data import DataError
from vae_course.recipes import RECIPES, SWEEPS, Bench, carry_out
from vae_course.recipes.sprites import large_sprite_vae
from vae_course.training import Run
from vae_course.weights import load_weights, read_recipe, read_sweep, store

ADDED = {"scale", "seconds", "python"}
"""What recipes say now, and some shipped files do not say yet."""


def test_what_is_shipped_is_what_there_are_recipes_for():
    assert {path.stem for path in store.FOLDER.glob("*.safetensors")} == set(RECIPES)
    assert {f"sweeps/{path.stem}" for path in (store.FOLDER / "sweeps").glob("*.json")} == set(SWEEPS)


@pytest.mark.parametrize("name", RECIPES)
def test_shipped_weights_fit_the_network_of_their_recipe_and_have_its_seed(name):
    load_weights(name, RECIPES[name].build())
    assert read_recipe(name)["seed"] == RECIPES[name].seed


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.usefixtures("made_up_photographs")
def test_a_recipe_leaves_weights_that_load_and_says_what_the_shipped_file_says(name, bench, tmp_path):
    recipe = RECIPES[name]
    said = carry_out.train_weights(recipe, bench.at(recipe.seed), tmp_path)
    module = load_weights(name, recipe.build(), folder=tmp_path)
    assert all(tensor.isfinite().all() for tensor in module.state_dict().values())
    assert (said["scale"], said["seed"], said["device"]) == ("smoke", recipe.seed, "cpu")
    shipped = read_recipe(name)
    assert shipped.keys() - said.keys() == set()
    assert said.keys() - shipped.keys() <= ADDED
    assert said["figures"].keys() == shipped["figures"].keys()


@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.usefixtures("made_up_photographs")
def test_a_sweep_says_of_each_model_what_the_committed_file_says(name, bench, tmp_path):
    sweep = SWEEPS[name]
    rows = list(carry_out.measure_sweep(sweep, bench, [0], tmp_path))
    written = json.loads(carry_out.file_of(sweep, tmp_path).read_text())
    assert written[sweep.rows] == json.loads(json.dumps(rows))
    assert written["command"] == f"vae-course train {name} --budget smoke --seed 0"
    committed = read_sweep(name.removeprefix("sweeps/"))
    assert committed.keys() <= written.keys() | {"command"}
    first = committed[sweep.rows][0]
    assert first.keys() == rows[0].keys()
    if "figures" in first:
        assert first["figures"].keys() == rows[0]["figures"].keys()


@pytest.mark.parametrize("name", SWEEPS)
def test_the_plan_of_a_sweep_holds_every_committed_model(name, bench):
    sweep = SWEEPS[name]
    plan = sweep.plan(Bench(Run("reader", bench.run.device, 0), bench.store), sweep.seeds)
    for row in read_sweep(name.removeprefix("sweeps/"))[sweep.rows]:
        assert {key: row[key] for key in plan[0]} in plan


def test_without_a_folder_of_photographs_nothing_is_drawn_and_the_variable_is_named(bench, monkeypatch):
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)
    monkeypatch.setattr("vae_course.recipes.hand_sweeps.small_hands", None)
    for recipe in (
        RECIPES["hands-real"].train,
        lambda b: SWEEPS["sweeps/hands-real"].measure(b, {"seed": 0}),
    ):
        with pytest.raises(DataError, match="VAE_COURSE_DATA"):
            recipe(bench)


def test_the_network_of_full_size_takes_sprites_of_their_own_size():
    model = large_sprite_vae()
    x = torch.zeros(2, 64 * 64)
    assert model.p_x(model.q_z(x).mean).log_prob(x).shape == (2,)


def test_nothing_but_the_command_imports_recipes():
    library = store.FOLDER.parent
    importing = re.compile(r"^\s*(from|import) vae_course.recipes\b", re.MULTILINE)
    rooms = {
        path.relative_to(library).parts[0]
        for path in library.rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    }
    assert rooms == {"cli", "recipes"}
