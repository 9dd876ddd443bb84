"""Chapter 2 under a reader's hand: ELBO and gap add up, and the gap closes where it should."""

import pytest

from tests.explorers.course import tiny
from vae_course.explorers.elbo_picture import START, exact_terms

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def elbo(open_explorer):
    return open_explorer("elbo-picture").live()


@pytest.mark.parametrize(("mean", "logvar"), [(0.65, -1.68), (-3, -5), (3, 2), (0, 0), (1.23, -4.2)])
def test_elbo_and_gap_are_exact_and_add_up(elbo, mean, logvar):
    elbo.slide("mean of q", mean).slide("log-variance of q", logvar)
    exact = exact_terms(*tiny(), mean, logvar)
    assert elbo.reading("ELBO") == pytest.approx(exact["elbo"], abs=1e-9)
    assert elbo.reading("gap") == pytest.approx(exact["gap"], abs=1e-9)
    assert elbo.reading("log p(x)") == pytest.approx(exact["evidence"], abs=1e-9)
    assert abs(elbo.reading("ELBO + gap") - elbo.reading("log p(x)")) < 1e-6


def test_the_gap_closes_only_at_the_posterior(elbo):
    assert elbo.press("Reset").reading("gap") > 1
    assert elbo.press("Match the mean").reading("gap") > 0.1
    assert elbo.press("Reset").press("Match the variance").reading("gap") > 0.1
    assert elbo.press("Match the mean").reading("gap") == pytest.approx(0, abs=1e-12)
    elbo.press("Sample a q")
    assert elbo.reading("gap") > 0
    assert abs(elbo.reading("ELBO + gap") - elbo.reading("log p(x)")) < 1e-6


def test_arrow_keys_move_a_slider_and_it_says_so(elbo):
    elbo.press("Reset")
    elbo.root.get_by_label("mean of q").focus()
    before = elbo.reading("ELBO")
    for _ in range(10):
        elbo.page.keyboard.press("ArrowRight")
    elbo.settle()
    exact = exact_terms(*tiny(), START["mean"] + 0.1, START["logvar"])
    assert elbo.reading("ELBO") == pytest.approx(exact["elbo"], abs=1e-9) != before
    elbo.page.wait_for_function("/^ELBO .* nats$/.test(document.querySelector('.vae-spoken').textContent)")
