"""Shipped weights: whole or refused, and with a recipe beside them."""

import json

import pytest
import torch
from torch import nn

from vae_course.weights import WeightsError, load_weights, read_recipe, save_weights, store

RECIPE = {"seed": 0, "device": "cpu", "budget": "1 step", "data": "none", "figures": {"loss": 1.5}}


def module(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


@pytest.fixture
def saved(tmp_path):
    original = module()
    nn.init.normal_(original[0].weight)
    original[1].running_mean += 2
    save_weights("small", original, RECIPE, folder=tmp_path)
    return original, tmp_path


def test_parameters_and_buffers_come_back_and_the_recipe_with_them(saved):
    original, folder = saved
    copy = module()
    assert load_weights("small", copy, folder=folder) is copy
    for key, tensor in original.state_dict().items():
        assert torch.equal(tensor, copy.state_dict()[key])
    recipe = read_recipe("small", folder=folder)
    assert recipe.items() >= RECIPE.items()
    assert recipe["torch"] == torch.__version__.partition("+")[0]
    assert recipe["parameters"] == 2 * 3 + 3 + 2 * 3
    assert sorted(path.name for path in folder.iterdir()) == ["small.json", "small.safetensors"]


def test_the_module_keeps_its_dtype(saved):
    original, folder = saved
    copy = load_weights("small", module().double(), folder=folder)
    assert torch.equal(copy[0].weight, original[0].weight.double())


def test_tied_tensors_can_be_saved(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = self.b = nn.Linear(2, 2)

    original = Tied()
    save_weights("tied", original, RECIPE, folder=tmp_path)
    assert torch.equal(load_weights("tied", Tied(), folder=tmp_path).b.weight, original.a.weight)


def test_an_unknown_name_lists_the_known_ones(saved, tmp_path_factory):
    _, folder = saved
    with pytest.raises(WeightsError, match=r"no weights 'large'\. There are: small\."):
        load_weights("large", module(), folder=folder)
    with pytest.raises(WeightsError, match="There are: none"):
        load_weights("large", module(), folder=tmp_path_factory.mktemp("empty"))
    with pytest.raises(WeightsError, match="digit-features"):
        read_recipe("large")


def test_a_module_of_another_shape_is_refused_and_left_as_it_was(saved):
    _, folder = saved
    other = module(5)
    before = other[0].weight.clone()
    with pytest.raises(WeightsError, match=r"0\.weight: \(3, 2\) in the file, \(5, 2\) in the module"):
        load_weights("small", other, folder=folder)
    assert torch.equal(other[0].weight, before)
    with pytest.raises(WeightsError, match=r"1\.bias: \(3,\) in the file, none in the module"):
        load_weights("small", nn.Sequential(nn.Linear(2, 3)), folder=folder)


@pytest.mark.parametrize("damage", ["truncated", "altered", "missing"])
def test_damaged_weights_are_refused_with_the_command_that_mends_them(saved, damage):
    _, folder = saved
    path = folder / "small.safetensors"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-10] if damage == "truncated" else content[:-1] + b"x")
    with pytest.raises(WeightsError, match=r"vae-course train small"):
        load_weights("small", module(), folder=folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_recipe_is_refused(saved, text):
    _, folder = saved
    (folder / "small.json").write_text(text)
    with pytest.raises(WeightsError, match=r"small\.json is"):
        load_weights("small", module(), folder=folder)


@pytest.mark.parametrize("key", store.REQUIRED)
def test_a_recipe_that_does_not_say_enough_is_refused(tmp_path, key):
    recipe = {name: value for name, value in RECIPE.items() if name != key}
    with pytest.raises(ValueError, match=key):
        save_weights("small", module(), recipe, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [float("nan"), torch.zeros(2)])
def test_a_recipe_that_is_no_plain_value_is_refused(tmp_path, value):
    with pytest.raises(ValueError, match="plain finite values"):
        save_weights("small", module(), RECIPE | {"figures": {"loss": value}}, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", [0, 1])
def test_a_save_that_fails_leaves_the_old_weights_usable_or_the_new_refused(saved, monkeypatch, at):
    """Between the two renames the files do not belong together, and the checksum says so."""
    original, folder = saved
    calls = iter(range(10))
    replace = store.Path.replace

    def failing(self, target):
        if next(calls) == at:
            raise OSError("disk full")
        return replace(self, target)

    monkeypatch.setattr(store.Path, "replace", failing)
    with pytest.raises(OSError, match="disk full"):
        save_weights("small", module(), RECIPE, folder=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["small.json", "small.safetensors"]
    if at == 0:
        assert torch.equal(load_weights("small", module(), folder=folder)[0].weight, original[0].weight)
    else:
        with pytest.raises(WeightsError):
            load_weights("small", module(), folder=folder)


def test_every_shipped_file_has_its_partner_a_whole_recipe_and_all_are_small():
    names = {path.stem for path in store.FOLDER.glob("*.safetensors")}
    assert names
    assert names == {path.stem for path in store.FOLDER.glob("*.json")}
    for name in names:
        recipe = json.loads((store.FOLDER / f"{name}.json").read_text())
        assert recipe.keys() >= {*store.REQUIRED, "torch", "parameters", "sha256"}
        assert recipe["figures"]
    assert sum(path.stat().st_size for path in store.FOLDER.glob("*.safetensors")) < 25e6
