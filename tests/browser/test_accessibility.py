"""Pages with explorers by the rules of axe-core: nothing serious, wide and on a phone, light and dark."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.explorers.course import COURSE

pytestmark = pytest.mark.xdist_group("browser")

# Formulas and coloured code are thousands of elements that take seconds to walk through. Equations have a test of
# their own below; here a formula is a letter, and code has one colour.
PLAIN = """() => {
  for (const formula of document.querySelectorAll(".math")) formula.textContent = "x";
  for (const code of document.querySelectorAll(".highlight pre")) code.textContent = code.textContent;
}"""
LIVE = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (const explorer of document.querySelectorAll(".vae-explorer")) {
    explorer.scrollIntoView({ behavior: "instant" });
    while (!["live", "failed"].includes(explorer.dataset.state)) await frame();
  }
}"""
SERIOUS = """async ([theme, colours]) => {
  document.documentElement.dataset.theme = theme;
  for (const change of document.getAnimations()) change.finish();
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"],
    rules: { "color-contrast": { enabled: colours } },
  });
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${theme}: ${id} at ${target}`));
}"""


def serious(page, colours: bool = True) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = [page.evaluate(SERIOUS, [theme, colours]) for theme in ("light", "dark")]
    return [problem for problems in found for problem in problems]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page_name", ["book/index", *sorted({f"chapters/{c}" for c, _ in COURSE.values()})])
def test_a_page_with_an_explorer_has_nothing_serious(browser, addresses, page_name, width):
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.route("**/mathjax/**", lambda route: route.abort())
    page.goto(f"{addresses['folder']}/{page_name}.html")
    page.evaluate(PLAIN)
    page.evaluate(LIVE)
    found = serious(page, colours=width > 600)  # a phone has the same ones, and they take most of the time
    context.close()
    assert found == []


def test_a_serious_fault_is_seen(browser, tmp_path):
    body = "<main><h1>t</h1><input type='range'><p style='color: #999'>pale</p></main>"
    (tmp_path / "page.html").write_text(f"<!doctype html><html lang='en'><title>t</title>{body}</html>")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    found = serious(page)
    context.close()
    for rule in ("label", "color-contrast"):
        assert sum(f" {rule} at " in problem for problem in found) == 2, found


def test_the_keyboard_scrolls_wide_equations_and_folds_have_names(browser, addresses):
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{addresses['folder']}/chapters/02-elbo.html")
    page.wait_for_function(
        """() => {
          const equations = [...document.querySelectorAll('mjx-container[display="true"]')];
          const wide = equations.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth);
          return wide.length > 0 && wide.every((e) => e.tabIndex === 0);
        }"""
    )
    folds = page.locator(".has-children > details > summary")
    names = folds.evaluate_all("folds => folds.map((fold) => fold.getAttribute('aria-label'))")
    context.close()
    assert names
    assert all(name.startswith("Pages under ") for name in names)
