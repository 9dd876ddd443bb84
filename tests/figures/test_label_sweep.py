"""The measured errors are read as they were written, and drawn."""

import matplotlib
import pytest
import torch

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from vae_course.figures import label_sweep, plot_label_sweep, spread
from vae_course.recipes import Bench, Store, labels
from vae_course.training import Run
from vae_course.weights import read_sweep


@pytest.mark.parametrize("sweep", labels.SWEEPS, ids=lambda sweep: sweep.name)
def test_what_is_shipped_was_made_by_the_recipe_as_it_is(sweep, tmp_path):
    bench = Bench(Run("reader", torch.device("cpu"), 0), Store(tmp_path))
    content, stated = read_sweep(sweep.name.removeprefix("sweeps/")), sweep.about(bench)["recipe"]
    assert {name: content["recipe"][name] for name in stated} == stated
    done = [{name: run[name] for name in ("model", "images", "labels", "seed")} for run in content["runs"]]
    assert sorted(done, key=str) == sorted(sweep.plan(bench, sweep.seeds), key=str)


def test_errors_are_sorted_by_model_and_number_of_labels():
    for errors in label_sweep().values():
        assert list(errors) == sorted(labels.SEEDS)
    assert {n: len(values) for n, values in label_sweep()["M2"].items()} == labels.SEEDS
    assert [list(errors) for errors in label_sweep(images=55_000).values()] == [[100], [100]]
    assert [len(errors[100]) for errors in label_sweep(images=55_000).values()] == [4, 4]


def test_the_figure_has_a_curve_for_each_model_and_the_published_errors():
    figure, axes = plt.subplots()
    plot_label_sweep(axes)
    of_all = {f"{model}, 55,000 images" for model in label_sweep(55_000)}
    assert set(axes.get_legend_handles_labels()[1]) == set(label_sweep()) | of_all
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    figure.canvas.draw()
    plt.close(figure)


def test_spread_reads_as_per_cent():
    assert spread([0.1, 0.2]) == "15.0 ± 7.1 %"
    assert spread([0.1]) == "10.0 %"
