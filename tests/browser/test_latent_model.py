"""Chapter 1 under a reader's hand: codes from the prior do not count, codes from the posterior all do."""

import math

import pytest
import torch

from tests.explorers.course import explorer, flat
from vae_course.explorers.latent_model import LIMIT, REPEATS, proposal_deviations, relative_variance

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer("latent-model").live()


@pytest.fixture
def posterior():
    """Mean and standard deviations for the first digit."""
    model, x = flat()
    q = model.posterior(x)
    return q.mean[0].detach(), q.stddev[0].detach()


def in_plane(z1: float, z2: float) -> tuple[float, float]:
    """A code as a place from 0 to 1 in the plane."""
    return (z1 + LIMIT) / (2 * LIMIT), (LIMIT - z2) / (2 * LIMIT)


def test_log_p_is_exact_for_every_digit(page):
    model, x = flat()
    page.press("Reset")
    seen = []
    for exact in model.log_prob(x).tolist():
        assert page.reading("exact log p(x)") == pytest.approx(exact, abs=1e-6)
        seen.append(page.pixels("The digit x"))
        page.press("Next digit")
    for shown, digit in zip(seen, x, strict=True):
        torch.testing.assert_close(torch.tensor(shown), digit.float(), rtol=0, atol=0.01)
    assert page.pixels("The digit x") == seen[0]


def test_from_the_posterior_all_codes_count_alike(page):
    page.press("Reset").press("Posterior")
    assert page.reading("log estimate") == pytest.approx(page.reading("exact log p(x)"), abs=1e-6)
    assert page.reading("codes that count") == pytest.approx(64, abs=1e-6)
    assert page.reading("relative error") < 1e-4


@pytest.mark.parametrize(("place", "width"), [((0.0, 0.0), 0.0), ((1.0, -0.5), -0.3)])
def test_the_relative_error_is_that_of_the_formula(page, posterior, place, width):
    page.press("Reset").slide("width", width)
    page.drag("Plane of codes", in_plane(*place))
    mean, deviations = posterior
    kappa = relative_variance(mean - torch.tensor(place), deviations, proposal_deviations(deviations, width))
    assert page.reading("relative error") == pytest.approx(math.sqrt(kappa / 64), rel=0.1)


def test_dragging_the_proposal_onto_the_posterior_makes_codes_count(page, posterior):
    page.press("Reset")
    counted, decoded = page.reading("codes that count"), page.pixels("The image that the decoder makes")
    assert counted < 16
    z1, z2 = posterior[0].tolist()
    page.slide("width", -0.7).drag(
        "Plane of codes", (0.5, 0.5), ((z1 + LIMIT) / (2 * LIMIT), (LIMIT - z2) / (2 * LIMIT))
    )
    assert page.reading("codes that count") > 2 * counted
    assert page.reading("relative error") < 0.3
    model, _ = flat()
    now = torch.tensor(page.pixels("The image that the decoder makes"))
    assert now.tolist() != decoded
    with torch.no_grad():
        torch.testing.assert_close(now, model.p_x(posterior[0]).mean.clamp(0, 1).float(), rtol=0, atol=0.06)


def test_estimates_from_the_prior_scatter_over_decades(page):
    label = "Histogram of estimates"
    spread = {}
    for name in ("Prior", "Posterior"):
        page.press(name)
        pixels = page.pixels(label, 100)
        coloured = [x for x in range(100) if sum(pixels[100 * y + x] > 0.1 for y in range(5, 74)) > 0]
        spread[name] = coloured[-1] - coloured[0]
    assert REPEATS >= 100
    assert spread["Prior"] > 15 > spread["Posterior"]


def test_too_narrow_is_infinite(page):
    page.press("Posterior").slide("width", -1.3)
    assert page.reading("relative error") == math.inf
    page.press("Reset")


def test_arrow_keys_move_the_proposal(page):
    page.press("Reset")
    before = page.reading("relative error")
    page.root.get_by_label("Plane of codes").focus()
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowDown"):
        page.page.keyboard.press(key)
    assert page.settle().reading("relative error") != before


def test_the_decoder_errs_in_the_page_as_stated(page):
    model, _ = flat()
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(3))
    exported = explorer("latent-model").models[0]
    found = page.run(exported.name, z)
    with torch.no_grad():
        error = (found - model.p_x(z.double()).mean.float()).abs()
    assert error.max() < 1.5 * exported.largest_error
    assert error.mean() < 1.2 * exported.mean_error
