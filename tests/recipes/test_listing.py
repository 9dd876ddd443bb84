"""The table says what the files say, and nothing where they say nothing."""

import json

from vae_course.recipes import RECIPES, SWEEPS, listing
from vae_course.weights import read_recipe, store


def cells(table: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split() for line in table.splitlines()[1:]}


def test_every_line_says_what_its_file_says():
    lines = cells(listing.table())
    assert list(lines) == [*RECIPES, *SWEEPS]
    for name, recipe in RECIPES.items():
        said, line = read_recipe(name), lines[name]
        assert line[1:3] == [str(recipe.chapter), f"{said['parameters']:,}"]
        assert line[3] == f"{(store.FOLDER / f'{name}.safetensors').stat().st_size / 1000:,.0f}"
        assert line[4] == said.get("scale", "-")
        assert line[7] == (f"{said['seconds']:,.0f}" if "seconds" in said else "-")
        name, value = next(iter(said["figures"].items()))
        assert f"{name} {value:.4g}" in " ".join(line)


def test_where_there_is_no_file_there_are_dashes(tmp_path):
    for name, line in cells(listing.table(tmp_path)).items():
        assert set(line[2:]) == {"-"}, name


def test_new_figures_stand_beside_the_shipped():
    lines = listing.compared({"bound": -3.0, "new": 1.0, "list": [1]}, {"bound": -2.5}).splitlines()
    assert [line.split() for line in lines] == [
        ["now", "shipped"],
        ["bound", "-3", "-2.5"],
        ["new", "1", "-"],
    ]


def test_all_of_one_recipe_names_its_module():
    first, *rest = listing.whole("hands-rgb").splitlines()
    assert first == "hands-rgb: vae_course.recipes.hand_factors, chapter 9"
    assert json.loads("\n".join(rest)) == read_recipe("hands-rgb")
    assert "vae_course.recipes.sprite_parts" in listing.whole("sweeps/sprites-parts").splitlines()[0]
