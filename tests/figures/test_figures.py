"""Figures show what they are given, where it belongs."""

import matplotlib
import pytest
import torch

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from vae_course.figures import image_rows, latent_plane, latent_scatter, plot_history, tile, use_style
from vae_course.training import History


@pytest.fixture(autouse=True)
def close_figures():
    with plt.rc_context():
        use_style()
        yield
    plt.close("all")


def test_tile_puts_images_row_by_row_and_fills_up():
    images = torch.arange(3.0).repeat_interleave(4).view(3, 2, 2)
    big = tile(images, columns=2)
    assert big.tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 0, 0], [2, 2, 0, 0]]


def test_image_rows_draws_each_block_under_its_title():
    figure = image_rows({"data": torch.zeros(8, 784), "samples": torch.ones(16, 784)}, columns=8)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["data", "samples"]
    assert [ax.images[0].get_array().shape for ax in figure.axes] == [(28, 224), (56, 224)]
    figure.canvas.draw()


def test_latent_plane_runs_right_and_up_in_quantiles_of_the_prior():
    seen = []

    def decode(z):
        seen.append(z)
        return torch.sigmoid(z[:, :1] + 10 * z[:, 1:]).expand(-1, 784)

    figure, axes = plt.subplots()
    latent_plane(decode, axes, size=5)
    (z,) = seen
    plane = z.view(5, 5, 2)
    assert (plane[:, 1:, 0] > plane[:, :-1, 0]).all()  # z_1 grows to the right
    assert (plane[1:, :, 1] < plane[:-1, :, 1]).all()  # the first row is the top, where z_2 is largest
    levels = torch.special.ndtr(plane[0, :, 0])
    assert torch.allclose(levels, torch.tensor([0.1, 0.3, 0.5, 0.7, 0.9]))
    figure.canvas.draw()
    shown = axes.images[0].get_array()
    assert shown[0, 0] > shown[-1, 0]


def test_scatter_names_every_class_at_its_median():
    labels = torch.arange(10).repeat(5)
    points = torch.stack([labels.float(), -labels.float()], dim=1)
    figure, axes = plt.subplots()
    latent_scatter(axes, points, labels)
    assert {text.get_text(): text.get_position() for text in axes.texts} == {
        str(digit): (digit, -digit) for digit in range(10)
    }
    figure.canvas.draw()


def test_history_panels_show_objective_terms_and_monitor():
    history = History(
        [1, 2, 3],
        {"reconstruction": [-9.0, -5, -4], "kl": [1.0, 2, 2]},
        [-10.0, -7, -6],
        {"validation": [-11.0, -8, -7]},
    )
    figure = plot_history(history, skip=1)
    assert [ax.get_title() for ax in figure.axes] == ["objective", "reconstruction", "kl"]
    lines = {line.get_label(): line.get_ydata().tolist() for line in figure.axes[0].lines}
    assert lines == {"training": [-7, -6], "validation": [-8, -7]}
    figure.canvas.draw()


def test_text_is_readable_on_a_phone():
    assert plt.rcParams["figure.figsize"][0] <= 7
    assert min(plt.rcParams[f"{axis}tick.labelsize"] for axis in "xy") >= 10
