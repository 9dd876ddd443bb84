"""Recipes where torch says that there is a GPU: what they train is moved there, and comes back for their figures."""

from dataclasses import replace

import pytest
import torch

from tests.gpu.device import pretended
from vae_course.recipes import RECIPES, SWEEPS, carry_out
from vae_course.training import Run


@pytest.fixture
def bench_on_gpu(bench):
    with pretended():
        yield replace(bench, run=Run("smoke", torch.device("cuda"), 0))


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.usefixtures("made_up_photographs")
def test_a_recipe_keeps_its_devices_apart(name, bench_on_gpu, tmp_path):
    said = carry_out.train_weights(RECIPES[name], bench_on_gpu, tmp_path)
    assert said["device"] == "a GPU that is not there"


@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.usefixtures("made_up_photographs")
def test_a_sweep_keeps_its_devices_apart(name, bench_on_gpu, tmp_path):
    assert list(carry_out.measure_sweep(SWEEPS[name], bench_on_gpu, [0], tmp_path))
