"""Chapter 10 under a reader's hand: curvature opens the Gaussian's gap, and the flow's stays small."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.explorers import posterior_shapes as shapes
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")
GAUSSIAN, FLOW = "gap, Gaussian", "gap, flow"


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer("posterior-shapes").live()


@pytest.fixture(scope="module")
def flow():
    return load_weights(shapes.WEIGHTS, shapes.shapes_flow())


@pytest.mark.parametrize(("x", "curvature"), shapes.MEASURED)
def test_gaps_are_those_of_python(page, flow, x, curvature):
    page.slide("observation x", x).slide("curvature c", curvature)
    gaps = shapes.gaps(flow, x, curvature)
    assert page.reading("log p(x)") == pytest.approx(shapes.evidence(x, curvature), abs=1e-6)
    assert page.reading(GAUSSIAN) == pytest.approx(gaps["gaussian"], abs=1e-5)
    assert page.reading(FLOW) == pytest.approx(gaps["flow"], abs=0.05)  # 400 draws, rounded weights


def test_bending_opens_the_gap_of_the_gaussian_alone(page):
    page.press("Reset").press("Straight")
    assert page.reading(GAUSSIAN) == pytest.approx(0, abs=1e-6)
    found = []
    for curvature in (0.3, 0.6, 0.9, 1.2, 1.5):
        page.slide("curvature c", curvature)
        found.append(page.reading(GAUSSIAN))
        assert page.reading(FLOW) < 0.2 * found[-1]
    assert found == sorted(found)
    before = page.reading(GAUSSIAN)
    assert page.slide("observation x", 2).reading(GAUSSIAN) > before + 0.5


def coloured(page, label: str) -> set[tuple[int, int]]:
    """Places of a plane, in hundredths from the left and from the top, where a draw has its colour."""
    read = """canvas => {
      const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      const places = new Set();
      for (let i = 0; i < width * height; i++) {
        const channels = data.subarray(4 * i, 4 * i + 3);
        const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
        if (Math.max(...channels) - Math.min(...channels) > 60)
          places.add(Math.floor(100 * x) + 100 * Math.floor(100 * y));
      }
      return [...places];
    }"""
    return {(place % 100, place // 100) for place in page.root.get_by_label(label).evaluate(read)}


def test_the_flow_runs_along_the_arms_and_the_gaussian_stays_on_top(page):
    page.press("Reset")
    labels = {"gaussian": "draws of the best Gaussian", "flow": "draws of the flow"}
    # z_2 below 0 lies in the arms, where a good part of the posterior is.
    arms = {
        name: [place for place in coloured(page, label) if place[1] > 42] for name, label in labels.items()
    }
    assert len(arms["flow"]) > 40
    assert len(arms["gaussian"]) < 5
    assert {x < 50 for x, _ in arms["flow"]} == {True, False}, "both arms"


def test_new_draws_change_the_picture_and_hardly_the_gap(page):
    page.press("Reset")
    before, gap = coloured(page, "draws of the flow"), page.reading(FLOW)
    page.press("New draws")
    assert coloured(page, "draws of the flow") != before
    assert page.reading(FLOW) == pytest.approx(gap, abs=0.05)


def test_shipped_networks_err_in_the_page_as_stated(page, flow):
    settings = shapes.uniform_settings(100, torch.Generator().manual_seed(3))
    encoder = explorer("posterior-shapes").models[0]
    found = page.run(encoder.name, settings)
    with torch.no_grad():
        error = (found - torch.cat(flow.encoder(settings), -1)).abs()
    assert error.max() < 1.5 * encoder.largest_error
    assert error.mean() < 1.2 * encoder.mean_error
