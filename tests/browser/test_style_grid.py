"""Chapter 5 under a reader's hand: the style is common to the ten digits, and the digit stays."""

import pytest
import torch
from torch.nn.functional import one_hot

from tests.explorers.course import explorer
from vae_course.data import binarize, load_digits
from vae_course.explorers.style_grid import HANDS, WEIGHTS, in_style, style_m2
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")

# The grid as the page draws it: five columns, a digit of 28 by 28 and 8 units for words.
READ = """canvas => {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const unit = width / 140, at = (x, y) => 1 - data[4 * (Math.floor(y * unit) * width + Math.floor(x * unit))] / 255;
  return [...Array(10).keys()].map(digit => [...Array(784).keys()].map(i =>
    at(28 * (digit % 5) + i % 28 + .5, 36 * Math.floor(digit / 5) + Math.floor(i / 28) + .5)));
}"""


@pytest.fixture(scope="module")
def m2():
    return load_weights(WEIGHTS, style_m2())


@pytest.fixture(scope="module")
def digits():
    """The test digits as the networks see them, and their labels."""
    split = load_digits().test
    return binarize(split.images, torch.Generator().manual_seed(0)), split.labels


@pytest.fixture(scope="module")
def grid(open_explorer):
    return open_explorer("style-grid").live()


def shown(grid) -> torch.Tensor:
    return torch.tensor(grid.root.get_by_label("The ten digits").evaluate(READ))


def slant(images: torch.Tensor) -> torch.Tensor:
    """Pixels to the right for each pixel upwards, of every image (N, 784)."""
    ink = images.view(-1, 28, 28)
    x, y = torch.arange(28.0), torch.arange(28.0)[:, None]
    mass = ink.sum((1, 2))[:, None, None]
    dx = x - (ink * x).sum((1, 2))[:, None, None] / mass[:, :, :1]
    dy = y - (ink * y).sum((1, 2))[:, None, None] / mass[:, :, :1]
    return -(ink * dx * dy).sum((1, 2)) / (ink * dy**2).sum((1, 2))


def test_shipped_models_err_in_the_page_as_stated(grid, m2, digits):
    z = torch.randn(60, 5, generator=torch.Generator().manual_seed(3))
    styles = torch.cat([z, one_hot(torch.arange(60) % 10, 10).float()], 1)
    x = digits[0][:60]
    with torch.no_grad():
        exact = [torch.sigmoid(m2.decoder(styles)), m2.classifier(x)]
    for model, inputs, wanted in zip(explorer("style-grid").models, [styles, x], exact, strict=True):
        error = (grid.run(model.name, inputs) - wanted).abs()
        assert error.max() < 1.5 * model.largest_error
        assert error.mean() < 1.2 * model.mean_error


def test_the_page_shows_the_ten_digits_in_the_style_of_a_hand(grid, m2, digits):
    x, labels = digits
    grid.press("Reset")
    for hand in HANDS[:2]:
        with torch.no_grad():
            style = m2.q_z(x[hand : hand + 1], labels[hand : hand + 1]).mean[0]
        assert (shown(grid) - in_style(m2, style)).abs().mean() < 0.01
        grid.press("Another hand")


def test_one_slider_slants_all_ten_digits_and_they_stay_what_they_are(grid):
    grid.press("Reset")
    images = {}
    for value in (-1, 1):
        for k in "₁₂₃₄":
            grid.slide(f"z{k}", 0)
        images[value] = shown(grid.slide("z₅", value))
        assert grid.reading("the model's classifier reads as meant") == 10
    change = slant(images[1]) - slant(images[-1])
    assert (change > 0.15).sum() >= 9


def test_far_from_the_middle_a_style_is_wrong_for_some_digits(grid):
    grid.press("Reset").slide("z₁", 3).slide("z₂", -3)
    assert grid.reading("the model's classifier reads as meant") < 6
    assert grid.reading("distance of the style from the middle of the prior") > 4
    grid.page.wait_for_function("/reads as/.test(document.querySelector('.vae-spoken').textContent)")


def test_keys_and_buttons_move_the_style(grid):
    start = shown(grid.press("Reset"))
    grid.control("z₅").focus()
    for _ in range(20):
        grid.page.keyboard.press("ArrowLeft")
    assert (shown(grid.settle()) - start).abs().mean() > 0.02
    assert torch.equal(shown(grid.press("Reset")), start)
    assert not torch.equal(shown(grid.press("Sample the prior")), start)
    assert grid.said == []
