"""The measured errors are read as they were written, and drawn."""

import json

import matplotlib
import pytest
import torch

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from vae_course.data import Split
from vae_course.figures import label_sweep, plot_label_sweep, spread
from vae_course.recipes import labels as tool

MODELS = ["M2", "M1+M2", "labelled images alone"]


def test_what_is_shipped_was_made_by_the_tool_as_it_is():
    content = json.loads(tool.FILE.read_text())
    assert content["recipe"]["steps"]["4,000 images"] == tool.STEPS
    assert content["recipe"]["classification"] == {"M2": tool.WEIGHT, "M1+M2": tool.STACK_WEIGHT}
    assert content["recipe"]["test digits"] == 10_000
    done = [tool.Job(run["model"], run["images"], run["labels"], run["seed"]) for run in content["runs"]]
    planned = [*tool.planned(4000), *tool.planned(55_000, full=True)]
    assert sorted(done, key=str) == sorted(planned, key=str)


def test_errors_are_sorted_by_model_and_number_of_labels():
    for errors in label_sweep().values():
        assert list(errors) == sorted(tool.SEEDS)
    assert {n: len(values) for n, values in label_sweep()["M2"].items()} == tool.SEEDS
    assert [list(errors) for errors in label_sweep(images=55_000).values()] == [[100], [100]]


def test_the_figure_has_a_curve_for_each_model_and_the_published_errors():
    figure, axes = plt.subplots()
    plot_label_sweep(axes)
    assert axes.get_legend_handles_labels()[1] == list(label_sweep())
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    figure.canvas.draw()
    plt.close(figure)


def test_spread_reads_as_per_cent():
    assert spread([0.1, 0.2]) == "15.0 ± 7.1 %"
    assert spread([0.1]) == "10.0 %"


@pytest.mark.parametrize("model", MODELS)
def test_a_sweep_goes_on_where_it_stopped(tmp_path, monkeypatch, model):
    monkeypatch.setattr(tool, "STACK_STEPS", 2)
    images = torch.randint(0, 256, (1200, 28, 28), dtype=torch.uint8)
    split = Split(images, torch.arange(1200) % 10)
    file = tmp_path / "sweep.json"
    todo = list(tool.jobs(1200, {50: 2}, [model]))
    tool.sweep(split, split, todo[:1], 2, 2, file)
    before = json.loads(file.read_text())["runs"]
    tool.sweep(split, split, todo, 2, 2, file)
    runs = json.loads(file.read_text())["runs"]
    assert runs[:1] == before
    assert [run["seed"] for run in runs] == [0, 1]
    assert all(0 <= run["error"] <= 1 for run in runs)
