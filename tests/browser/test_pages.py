"""Every page of the book in a browser without a network: from a folder and a server, wide and on a phone."""

import re
from pathlib import Path

import pytest

from tests.browser.checks import Visit, isolate
from tools import build_book

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*build_book.pages(ROOT), "search"]
WIDTHS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

pytestmark = pytest.mark.xdist_group("browser")  # one browser is enough


@pytest.fixture
def context(browser, request):
    """A fresh browser profile; parametrize indirectly with options of Playwright's new_context."""
    context = browser.new_context(**getattr(request, "param", {"viewport": WIDTHS["wide"]}))
    yield context
    context.close()


@pytest.mark.parametrize(("way", "width"), [("folder", "wide"), ("server", "phone")])
@pytest.mark.parametrize("page", PAGES)
def test_page_is_whole_without_a_network(browser, book, addresses, page, width, way):
    context = browser.new_context(viewport=WIDTHS[width], offline=way == "folder")
    outside = isolate(context, addresses[way])
    source = (book / f"{page}.html").read_text(encoding="utf-8")
    visit = Visit(context.new_page()).open(f"{addresses[way]}/{page}.html", source)
    for fold in visit.page.locator("details").all():
        fold.evaluate("fold => { fold.open = true }")
    room = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    context.close()
    assert visit.problems == []
    assert outside == []
    assert room[0] <= room[1], "scrolls sideways with the proofs unfolded"


def test_entrance_leads_to_the_front_page(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/index.html")
    page.wait_for_url("**/book/index.html")
    assert page.locator("article h1").inner_text().startswith("Variational autoencoders")


@pytest.mark.parametrize("way", ["folder", "server"])
def test_search_finds_pages(context, addresses, way):
    outside = isolate(context, addresses[way])
    visit = Visit(context.new_page()).open(f"{addresses[way]}/search.html?q=posterior", "")
    results = visit.page.locator("#search-results li a")
    results.first.wait_for()
    visit.page.wait_for_function(
        "/finished|found/.test(document.querySelector('.search-summary').textContent)"
    )
    assert "2. The ELBO" in results.all_inner_texts()
    assert (visit.problems, outside) == ([], [])


def test_sidebar_leads_from_chapter_to_chapter(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    page.locator(".bd-sidebar-primary").get_by_text("4. A VAE on digits").click()
    assert page.url.endswith("chapters/04-digits.html")


@pytest.mark.parametrize("context", [{"viewport": WIDTHS["phone"]}], indirect=True)
def test_sidebar_opens_on_a_phone(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    link = page.locator(".bd-sidebar-primary").get_by_text("4. A VAE on digits")
    assert not link.is_visible()
    page.locator("button.primary-toggle:visible").click()
    link.click()
    assert page.url.endswith("chapters/04-digits.html")


def test_proof_unfolds(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    fold = page.locator("details.hide").first
    formula = fold.locator("mjx-container").first
    assert not formula.is_visible()
    fold.get_by_text("Show the proof").click()
    formula.wait_for(state="visible")
    assert fold.get_by_text("Hide the proof").is_visible()


def test_proofs_are_open_on_paper(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.hide[open]").count() == 0


@pytest.mark.parametrize("context", [{"color_scheme": "dark"}], indirect=True)
def test_dark_pages_are_dark_and_figures_stay_readable(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/04-digits.html")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    look = "(element) => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]"
    text, ground = page.locator("body").evaluate(look)
    assert brightness(text) - brightness(ground) > 120
    image = page.locator(".cell_output img").first.evaluate(look)
    assert brightness(image[1]) > 240, "figures have dark ink, so they keep a light ground"
    formula, _ = page.locator("mjx-container").first.evaluate(look)
    assert brightness(formula) > 150


WIDE = """() => [...document.querySelectorAll('article mjx-container[display="true"]')]
  .filter((e) => !e.closest("details") && e.scrollWidth > e.clientWidth)
  .map((e) => e.clientWidth / e.scrollWidth)"""
SMALLER = "() => document.querySelectorAll('mjx-container.smaller').length"


def test_an_equation_a_little_too_wide_is_set_smaller_and_grows_again_with_the_page(context, addresses):
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    page.wait_for_function(f"({SMALLER})() > 0")
    assert page.evaluate(WIDE) == [], "at this width every equation of the chapter can be seen whole"
    page.set_viewport_size(WIDTHS["phone"])
    page.wait_for_function(f"({WIDE})().length > 0")
    page.wait_for_function(f"({WIDE})().every((share) => share < 0.76)")  # to a pixel's rounding
    page.set_viewport_size({"width": 2400, "height": 900})
    page.wait_for_function(f"({WIDE})().length === 0")


def brightness(colour: str) -> float:
    """Mean of red, green and blue of a computed CSS colour, 0 to 255."""
    return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3
