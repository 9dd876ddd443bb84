"""Every explorer of the course: live without a network, quick to appear, on any width, on paper and without scripts."""

import json
import re

import pytest
import torch

from tests.browser.checks import isolate
from tests.browser.opened import Opened
from tests.explorers.course import COURSE
from tests.explorers.networks import networks
from vae_course.explorers import export
from vae_course.explorers.explorer import front

pytestmark = pytest.mark.xdist_group("browser")

SOON = 0.5  # seconds of computing by the page until an explorer is drawn, and on an idle machine of waiting
PATIENCE = (
    6  # how many times as long it may take where tests share a core; benchmarks/explorers.py measures it
)
STATE = "element => element.dataset.state"
# Scrolls to the explorer; resolves when it is live, with the milliseconds it took.
UNTIL_LIVE = """async (explorer) => {
  const began = performance.now();
  explorer.scrollIntoView({ behavior: "instant" });
  while (!["live", "failed"].includes(explorer.dataset.state)) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
ROOM = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def test_the_page_computes_what_torch_computes(browser, tmp_path):
    exported, wanted, inputs = [], {}, {}
    for i, (module, size) in enumerate(networks().values()):
        x = torch.randn(3, size, generator=torch.Generator().manual_seed(i))
        model = export(f"m{i}", module, x)
        exported.append(model)
        wanted[model.name], inputs[model.name] = model.run(x), x.tolist()
    scripts = "".join(
        f"<script>{text}</script>" for text in [front("net.js"), *(m.script() for m in exported)]
    )
    (tmp_path / "nets.html").write_text(f"<!doctype html><meta charset='utf-8'>{scripts}")
    opened = Opened(browser, tmp_path / "nets.html")
    run = """all => Object.fromEntries(Object.entries(all).map(([name, rows]) => {
      const network = VaeExplorers.network(VaeExplorers.models[name]);
      return [name, rows.map(row => [...network(row)])];
    }))"""
    found = opened.page.evaluate(run, inputs)
    opened.context.close()
    assert opened.said == []
    for name, value in wanted.items():
        torch.testing.assert_close(torch.tensor(found[name]), value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", list(COURSE))
def test_it_fits_is_named_and_says_nothing(open_explorer, kind):
    opened = open_explorer(kind).live()
    for width in (1280, 390):
        opened.page.set_viewport_size({"width": width, "height": 844})
        needed, there = opened.settle().page.evaluate(ROOM)
        assert needed <= there
    for element in opened.root.locator("canvas, button, input").all():
        name = element.evaluate("e => e.ariaLabel || e.labels?.[0]?.innerText || e.innerText || ''")
        assert name.strip()
    assert opened.root.locator("img.vae-still").is_hidden()
    opened.page.emulate_media(media="print")
    assert opened.root.locator("img.vae-still").is_visible()
    assert opened.root.locator(".vae-live").is_hidden()
    assert opened.said == []
    assert opened.outside == []


@pytest.mark.parametrize("kind", list(COURSE))
def test_readers_without_scripts_get_the_picture(open_explorer, kind):
    without = open_explorer(kind, java_script_enabled=False)
    assert without.root.locator("img.vae-still").is_visible()


@pytest.mark.parametrize("way", ["folder", "server"])
@pytest.mark.parametrize("kind", list(COURSE))
def test_in_the_book_it_draws_soon_after_it_comes_into_view(browser, book, addresses, kind, way):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=way == "folder")
    outside = isolate(context, addresses[way])
    asked, page = [], context.new_page()
    page.route("**/mathjax/**", lambda route: route.abort())  # its work is not the explorer's
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{addresses[way]}/chapters/{COURSE[kind][0]}.html")
    explorer = page.locator(f".vae-explorer[data-kind={kind}]")
    assert explorer.evaluate(STATE) == "waiting"
    assert not [url for url in asked if "/explorers/models/" in url], "models wait until they are seen"
    clock = context.new_cdp_session(page)
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})

    def computed() -> float:
        metrics = clock.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")

    before = computed()
    waited = explorer.evaluate(UNTIL_LIVE) / 1000
    assert explorer.evaluate(STATE) == "live"
    assert computed() - before < SOON
    assert waited < SOON * PATIENCE
    context.close()
    assert outside == []


def test_the_front_page_decodes(browser, addresses):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(f"{addresses['folder']}/book/index.html")
    explorer = page.locator(".vae-explorer")
    explorer.evaluate(UNTIL_LIVE)
    decoded = explorer.get_by_label("The decoder draws")
    before = decoded.evaluate("canvas => canvas.toDataURL()")
    explorer.get_by_label("z₁").press("Home")
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before", arg=[decoded.element_handle(), before]
    )
    context.close()


def test_in_a_dark_book_an_explorer_is_dark(browser, book):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{book.as_uri()}/chapters/02-elbo.html")
    output = page.locator(".text_html", has=page.locator(".vae-explorer"))
    assert output.evaluate("element => getComputedStyle(element).backgroundColor") == "rgba(0, 0, 0, 0)"
    colour = output.evaluate("element => getComputedStyle(element).color")
    assert colour == page.locator("article").evaluate("element => getComputedStyle(element).color")
    context.close()


@pytest.mark.parametrize("kind", list(COURSE))
def test_pages_of_the_book_carry_no_weights(book, kind):
    text = (book / "chapters" / f"{COURSE[kind][0]}.html").read_text(encoding="utf-8")
    assert "VaeExplorers.register" not in text
    assert text.count("explorers/stage.js") == 1
    models = list((book / "explorers" / "models").glob("*.js"))
    settings = re.search(
        r'class="vae-explorer".*?<script type="application/json">(.*?)</script>', text, re.DOTALL
    )
    named = json.loads(settings[1])
    assert {f"{name}.js" for name in named["models"]} <= {path.name for path in models}
