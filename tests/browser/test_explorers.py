"""The explorers under a reader's hand: live without a network, right, quick to appear, and usable without a mouse."""

import json
import re
import time

import pytest
import torch

from tests.browser.checks import isolate
from tests.explorers.networks import networks
from vae_course.data import load_digits
from vae_course.evaluation.digit_features import digit_classifier
from vae_course.explorers import export
from vae_course.explorers.elbo_picture import START, elbo_picture, exact_terms
from vae_course.explorers.explorer import front
from vae_course.explorers.latent_plane import EXAMPLE, LIMIT, WEIGHTS, digit_of, latent_plane, plane_vae
from vae_course.models import LinearGaussian
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")

CHAPTERS = {"elbo-picture": "02-elbo", "latent-plane": "04-digits"}
PATIENCE = 4  # half a second lasts longer where tests share a core; benchmarks/explorers.py measures it
STATE = "element => element.dataset.state"
# Resolves when every change has been drawn.
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def tiny() -> tuple[LinearGaussian, torch.Tensor]:
    one = torch.ones(1, 1, dtype=torch.float64)
    return LinearGaussian(1.5 * one, b=0 * one[0], sigma=0.7), 1.2 * one


@pytest.fixture(scope="module")
def explorers():
    return {"elbo-picture": elbo_picture(*tiny()), "latent-plane": latent_plane()}


class Opened:
    """One page with explorers, opened from a file with the network off."""

    def __init__(self, browser, file, **options) -> None:
        options = {"viewport": {"width": 1280, "height": 900}} | options
        self.context = browser.new_context(offline=True, **options)
        self.outside = isolate(self.context, file.as_uri())
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())
        self.root = self.page.locator(".vae-explorer")

    def _hear(self, message) -> None:
        # These tests read pixels back, which Chromium finds slow.
        if not message.text.startswith("Canvas2D: Multiple readback"):
            self.said.append(message.text)

    def live(self):
        self.page.wait_for_function("document.querySelector('.vae-explorer').dataset.state === 'live'")
        return self

    def settle(self):
        self.page.evaluate(SETTLED)
        return self

    def slide(self, name: str, value: float):
        move = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"
        self.root.get_by_label(name, exact=False).first.evaluate(move, value)
        return self.settle()

    def press(self, name: str):
        self.root.get_by_role("button", name=name, exact=True).click()
        return self.settle()

    def reading(self, name: str) -> float:
        line = self.root.locator(".vae-reading", has=self.page.get_by_text(name, exact=True))
        return float(line.locator("data").get_attribute("value"))

    def pixels(self, label: str) -> list[float]:
        """The 28 x 28 values that an image shows, 1 for ink, read from the canvas."""
        read = """canvas => {
          const context = canvas.getContext("2d"), side = canvas.width / 28, values = [];
          for (let y = 0; y < 28; y++) for (let x = 0; x < 28; x++)
            values.push(1 - context.getImageData((x + .5) * side, (y + .5) * side, 1, 1).data[0] / 255);
          return values;
        }"""
        return self.root.get_by_label(label).evaluate(read)

    def press_at(self, label: str, x: float, y: float) -> tuple[float, float]:
        """Where in the window the place (x, y), from 0 to 1, of a canvas is."""
        canvas = self.root.get_by_label(label)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, label: str, *places: tuple[float, float]):
        for i, place in enumerate(places):
            self.page.mouse.move(*self.press_at(label, *place))
            if i == 0:
                self.page.mouse.down()
        self.page.mouse.up()
        return self.settle()


@pytest.fixture(scope="module")
def open_explorer(browser, explorers, tmp_path_factory):
    """A function that opens an explorer's output, as a notebook has it, on a page of its own."""
    folder, opened = tmp_path_factory.mktemp("explorers"), []

    def open_one(kind: str, **options) -> Opened:
        file = folder / f"{kind}.html"
        file.write_text(f"<!doctype html><meta charset='utf-8'><title>t</title>{explorers[kind].html()}")
        opened.append(Opened(browser, file, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.context.close()


@pytest.fixture(scope="module")
def elbo(open_explorer):
    return open_explorer("elbo-picture").live()


@pytest.fixture(scope="module")
def plane(open_explorer):
    return open_explorer("latent-plane").live()


# Networks
# --------


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


def test_shipped_models_err_in_the_page_as_stated(plane, explorers):
    vae = load_weights(WEIGHTS, plane_vae())
    digits = load_digits().test.images[:100].flatten(1).float() / 255
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        encoded = torch.cat(vae.encoder(digits), -1)
        decoded = torch.sigmoid(vae.decoder(z))
    run = """([name, rows]) => {
      const network = VaeExplorers.network(VaeExplorers.models[name]);
      return rows.map(row => [...network(row)]);
    }"""
    for model, x, exact in zip(
        explorers["latent-plane"].models, [digits, z], [encoded, decoded], strict=True
    ):
        found = torch.tensor(plane.page.evaluate(run, [model.name, x.tolist()]))
        error = (found - exact).abs()
        # Stated for other inputs, so the largest may differ somewhat.
        assert error.max() < 1.5 * model.largest_error
        assert error.mean() < 1.2 * model.mean_error
        torch.testing.assert_close(found, model.run(x), rtol=1e-4, atol=1e-4)


# Chapter 2
# ---------


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


# Chapter 4
# ---------


def classify(pixels: list[float]) -> int:
    with torch.no_grad():
        return digit_classifier()(torch.tensor(pixels).unsqueeze(0)).argmax().item()


def among(label: int) -> tuple[float, float]:
    """The median code of a digit, as a place from 0 to 1 in the plane."""
    vae, digits = load_weights(WEIGHTS, plane_vae()), load_digits().train
    with torch.no_grad():
        codes = vae.q_z(digits.images[digits.labels == label].flatten(1).float() / 255).mean
    z1, z2 = codes.median(0).values.tolist()
    return (z1 + LIMIT) / (2 * LIMIT), (LIMIT - z2) / (2 * LIMIT)


@pytest.mark.parametrize("digit", [0, 1])
def test_a_point_among_a_digit_decodes_to_it(plane, digit):
    plane.drag("Latent plane", (0.5, 0.9), (0.5, 0.5), among(digit))
    assert classify(plane.pixels("The digit that the decoder draws")) == digit


def test_arrow_keys_move_the_point(plane):
    plane.press("Reset")
    start = plane.pixels("The digit that the decoder draws")
    plane.root.get_by_label("Latent plane").focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        plane.page.keyboard.press(key)
    plane.settle()
    shown = plane.root.locator("output").all_inner_texts()
    assert shown == ["1.80", "0.70"]
    assert plane.pixels("The digit that the decoder draws") != start


def test_a_vertical_stroke_lands_among_ones(plane):
    plane.press("Clear")
    plane.drag("Drawing pad", (0.55, 0.15), (0.52, 0.5), (0.48, 0.85))
    assert plane.reading("most of the ten nearest training digits are") == 1
    assert classify(plane.pixels("The drawing with 28 by 28 pixels")) == 1
    assert classify(plane.pixels("What the decoder makes")) == 1
    assert 0 < plane.reading("its standard deviation σ₁") < 1


def test_one_can_draw_with_the_keyboard(plane):
    plane.press("Clear")
    plane.root.get_by_label("Drawing pad").focus()
    for key in [*["Shift+ArrowUp"] * 2, " ", *["Shift+ArrowDown"] * 5, " ", "ArrowRight"]:
        plane.page.keyboard.press(key)
    plane.settle()
    assert plane.reading("most of the ten nearest training digits are") == 1


@pytest.mark.parametrize(
    "strokes", [EXAMPLE, [[[50, 20], [60, 250]]], [[[140, 140]]]], ids=["three", "one", "dot"]
)
def test_drawings_are_prepared_as_in_python(plane, strokes):
    found = plane.page.evaluate("([strokes, pen]) => [...VaeExplorers.digitOf(strokes, pen)]", [strokes, 1.3])
    torch.testing.assert_close(torch.tensor(found), digit_of(strokes).flatten(), rtol=0, atol=1e-5)


def test_the_sample_button_draws_another_digit(plane):
    before = plane.press("Reset").pixels("The digit that the decoder draws")
    assert plane.press("Sample the prior").pixels("The digit that the decoder draws") != before
    assert plane.press("Reset").pixels("The digit that the decoder draws") == before


# Both
# ----


def test_nothing_is_said_and_nothing_asked_for(elbo, plane):
    for opened in (elbo, plane):
        assert opened.said == []
        assert opened.outside == []


@pytest.mark.parametrize("kind", list(CHAPTERS))
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_all_has_a_name(open_explorer, kind, width):
    opened = open_explorer(kind, viewport={"width": width, "height": 844}).live()
    sizes = opened.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert sizes[0] <= sizes[1]
    for element in opened.root.locator("canvas, button, input").all():
        name = element.evaluate("e => e.ariaLabel || e.labels?.[0]?.innerText || e.innerText || ''")
        assert name.strip()
    assert opened.root.locator("img.vae-still").is_hidden()


@pytest.mark.parametrize("kind", list(CHAPTERS))
def test_paper_and_readers_without_scripts_get_the_picture(open_explorer, kind):
    opened = open_explorer(kind).live()
    opened.page.emulate_media(media="print")
    assert opened.root.locator("img.vae-still").is_visible()
    assert opened.root.locator(".vae-live").is_hidden()
    without = open_explorer(kind, java_script_enabled=False)
    assert without.root.locator("img.vae-still").is_visible()


@pytest.mark.parametrize("way", ["folder", "server"])
@pytest.mark.parametrize("kind", list(CHAPTERS))
def test_in_the_book_it_draws_soon_after_it_comes_into_view(browser, book, addresses, kind, way):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=way == "folder")
    outside = isolate(context, addresses[way])
    asked, page = [], context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{addresses[way]}/chapters/{CHAPTERS[kind]}.html")
    explorer = page.locator(f".vae-explorer[data-kind={kind}]")
    assert explorer.evaluate(STATE) == "waiting"
    assert not [url for url in asked if "/explorers/models/" in url], "models wait until they are seen"
    began = time.perf_counter()
    explorer.evaluate("element => element.scrollIntoView({ behavior: 'instant' })")
    page.wait_for_function(
        f"document.querySelector('[data-kind={kind}]').dataset.state === 'live'", polling=20
    )
    assert time.perf_counter() - began < 0.5 * PATIENCE
    context.close()
    assert outside == []


def test_in_a_dark_book_an_explorer_is_dark(browser, book):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{book.as_uri()}/chapters/02-elbo.html")
    output = page.locator(".text_html", has=page.locator(".vae-explorer"))
    assert output.evaluate("element => getComputedStyle(element).backgroundColor") == "rgba(0, 0, 0, 0)"
    colour = output.evaluate("element => getComputedStyle(element).color")
    assert colour == page.locator("article").evaluate("element => getComputedStyle(element).color")
    context.close()


@pytest.mark.parametrize("kind", list(CHAPTERS))
def test_pages_of_the_book_carry_no_weights(book, kind):
    text = (book / "chapters" / f"{CHAPTERS[kind]}.html").read_text(encoding="utf-8")
    assert "VaeExplorers.register" not in text
    assert text.count("explorers/stage.js") == 1
    models = list((book / "explorers" / "models").glob("*.js"))
    settings = re.search(
        r'class="vae-explorer".*?<script type="application/json">(.*?)</script>', text, re.DOTALL
    )
    named = json.loads(settings[1])
    assert {f"{name}.js" for name in named["models"]} <= {path.name for path in models}
