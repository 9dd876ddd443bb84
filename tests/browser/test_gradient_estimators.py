"""Chapter 3 under a reader's hand: formulas and draws agree, and a narrow q tells the estimators apart."""

import math

import pytest

from tests.explorers.course import explorer
from vae_course.explorers.gradient_estimators import COLOURS, exact_variances

pytestmark = pytest.mark.xdist_group("browser")
# How much of each row is coloured where a bar of one deviation is drawn, at these heights of the canvas.
BARS = {"score function": 105 / 382, "with the best baseline": 217 / 382, "pathwise": 329 / 382}
COLOURED = """(canvas, heights) => heights.map((height) => {
  const row = canvas.getContext("2d").getImageData(0, Math.round(height * canvas.height), canvas.width, 1).data;
  return row.filter((value, i) => i % 4 === 0 && value < 230).length / canvas.width;
})"""


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer("gradient-estimators").live()


def set_to(page, mu: float, sigma: float, K: int) -> tuple[float, float, int]:
    """Move the sliders; the sigma that is reached lies on a step of its slider."""
    page.slide("μ of q", mu).slide("σ of q", math.log10(sigma)).slide("draws K", math.log2(K))
    return mu, 10 ** float(page.root.get_by_label("σ of q").input_value()), K


@pytest.mark.parametrize("wanted", [(1, 0.5, 1), (-2, 0.05, 64), (0, 2, 8), (1.5, 0.2, 64)])
def test_variances_are_those_of_the_formulas_and_of_the_draws(page, wanted):
    reached = set_to(page, *wanted)
    for name, variance in exact_variances(*reached).items():
        exact, measured = (
            float(page.root.locator(f".vae-reading:has-text('{name}') data").nth(i).get_attribute("value"))
            for i in (0, 1)
        )
        assert exact == pytest.approx(variance, rel=1e-9)
        # Six standard errors of a measured variance; single draws of the first two have heavy tails.
        assert measured == pytest.approx(variance, rel=0.3 if wanted[2] > 1 else 1.2)


def widths(page) -> dict[str, float]:
    """How wide the bar of one standard deviation is drawn, as a share of the canvas."""
    canvas = page.root.get_by_label("Three histograms")
    return dict(zip(BARS, canvas.evaluate(COLOURED, list(BARS.values())), strict=True))


def test_a_narrow_q_tells_them_apart(page):
    assert list(BARS) == list(COLOURS) == list(exact_variances(1, 1, 1))
    set_to(page, 1, 0.6, 4)
    wide = widths(page)
    set_to(page, 1, 0.06, 4)
    narrow = widths(page)
    assert narrow["score function"] > 2 * wide["score function"]
    assert narrow["with the best baseline"] == pytest.approx(wide["with the best baseline"], rel=0.3)
    assert narrow["pathwise"] < wide["pathwise"] / 3


def test_more_draws_narrow_all_and_new_ones_change_the_picture(page):
    set_to(page, 1, 0.5, 1)
    one = widths(page)
    set_to(page, 1, 0.5, 16)
    many = widths(page)
    assert all(many[name] < 0.5 * one[name] for name in BARS)
    before = page.pixels("Three histograms", 40)
    assert page.press("New draws").pixels("Three histograms", 40) != before
    page.press("Reset")
    start = explorer("gradient-estimators").settings["start"]
    assert page.root.locator("output").all_inner_texts() == [
        f"{start['mu']:.2f}",
        f"{start['sigma']:.2f}",
        "1",
    ]
