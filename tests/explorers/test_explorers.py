"""What a cell that ends in an explorer stores, and what the chapters have stored."""

import gzip
import json
import re

import nbformat
import pytest
import torch

from tests.explorers.course import COURSE, explorer, tiny
from tests.notebooks.chapters import NAMES, ROOT
from tools.twins import with_scripts
from vae_course.data import load_digits
from vae_course.data.sprites import draw_half_size
from vae_course.evaluation.digit_features import digit_classifier
from vae_course.explorers.elbo_picture import elbo_picture, exact_terms
from vae_course.explorers.explorer import CARRIED, FRONT, Explorer
from vae_course.explorers.factor_matrix import walk
from vae_course.explorers.latent_plane import EXAMPLE, digit_of
from vae_course.explorers.sprites import centres, held_out
from vae_course.explorers.style_grid import WEIGHTS as STYLE
from vae_course.explorers.style_grid import in_style, style_m2
from vae_course.models import LinearGaussian
from vae_course.models.sprites import sprite_vae
from vae_course.recipes import Bench, Store, sprites
from vae_course.training import Run
from vae_course.weights import load_weights


@pytest.mark.parametrize("kind", list(COURSE))
def test_an_output_is_the_same_on_every_call_and_names_no_address(kind):
    assert COURSE[kind][1]().html() == explorer(kind).html()
    assert "://" not in explorer(kind).html()
    assert set(explorer(kind)._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_settings_cannot_end_their_script():
    made = Explorer("elbo-picture", "a & b", {"text": "</script><b>"}, b"", "one two")
    data = re.search(r'<script type="application/json">(.*?)</script>', made.html())[1]
    assert json.loads(data)["text"] == "</script><b>"
    assert 'aria-label="a &amp; b"' in made.html()


def test_every_script_of_the_front_end_is_strict_and_asks_for_nothing():
    for path in FRONT.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert '"use strict";' in text
        assert not re.search(r"\b(fetch|XMLHttpRequest|import|eval|innerHTML)\b", text), path.name


def test_the_picture_of_the_elbo_wants_one_dimension():
    W = torch.ones(2, 1)
    with pytest.raises(ValueError, match="one latent and one observed"):
        elbo_picture(LinearGaussian(W, torch.zeros(2), 1.0), torch.ones(1, 2))


def test_exact_terms_add_up():
    for mean, logvar in [(0.0, 0.0), (2.0, -4.0), (-1.0, 1.5)]:
        terms = exact_terms(*tiny(), mean, logvar)
        assert terms["elbo"] + terms["gap"] == pytest.approx(terms["evidence"], abs=1e-10)


@pytest.mark.parametrize(
    "strokes",
    [EXAMPLE, [[(50, 20), (60, 250)]], [[(10, 10), (40, 12)], [(20, 5), (22, 30)]], [[(140, 140)]]],
    ids=["three", "one", "small cross", "dot"],
)
def test_a_drawing_becomes_a_digit_as_mnist_has_them(strokes):
    image = digit_of(strokes)
    assert image.shape == (28, 28)
    assert image.min() == 0
    assert image.max() > 0.9
    assert ((image > 0.05) & (image < 0.95)).any(), "grey rims"
    place = torch.arange(28) + 0.5
    for axis in (0, 1):
        mass = image.sum(axis)
        assert (mass * place).sum() / mass.sum() == pytest.approx(14, abs=0.1)
        assert (mass > 0.5).sum() <= 20


def test_the_pen_is_as_thick_as_those_of_mnist():
    digits = load_digits().train
    ones = digits.images[digits.labels == 1].float() / 255
    drawn = digit_of([[(140, 40), (140, 240)]]).sum()
    low, high = torch.quantile(ones.sum((1, 2)), torch.tensor([0.1, 0.95]))
    assert low < drawn < high


def stored() -> list[tuple[str, str]]:
    """The explorers in the outputs of the executed chapters: chapter and HTML."""
    found = []
    for name in NAMES:
        for cell in nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells:
            outputs = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
            found += [(name, html) for html in outputs if CARRIED in html]
    return found


def test_chapters_carry_the_front_end_as_it_is_now():
    for name, html in stored():
        kind = re.search(r'data-kind="([\w-]+)"', html)[1]
        for file in ("style.css", "net.js", "stage.js", f"{kind}.js"):
            text = (FRONT / file).read_text(encoding="utf-8")
            assert text in html, f"{name} carries another {file}: python tools/twins.py sync"


@pytest.mark.parametrize("kind", list(COURSE))
def test_an_output_gets_other_scripts_without_being_executed(kind):
    html = explorer(kind).html()
    old = re.sub(r"<script>.*?</script>", "<script>\nold()</script>", html, flags=re.DOTALL)
    old = re.sub(r"<style>.*?</style>", "<style>\nold</style>", old, flags=re.DOTALL)
    assert old != html
    for text in (html, old):
        output = nbformat.v4.new_output("execute_result", data={"text/html": text})
        assert with_scripts(output).data["text/html"] == html
        assert output.data["text/html"] == text


def test_models_are_small_and_a_page_and_the_course_too():
    pages, course = {}, {}
    for kind, (chapter, _) in COURSE.items():
        for model in explorer(kind).models:
            size = len(gzip.compress(model.script().encode()))
            assert size <= 300 * 1024, model.name
            course[model.name] = size
            pages[chapter] = pages.get(chapter, 0) + size
    assert max(pages.values()) <= 1024**2
    assert sum(course.values()) <= 3 * 1024**2


@pytest.mark.parametrize(
    ("model", "largest", "mean"),
    [
        ("digits-style-decoder", 0.08, 0.0015),
        ("digits-style-classifier", 0.35, 0.07),  # log-odds
        ("sprites-beta-1-decoder", 0.06, 0.0005),
        ("sprites-beta-8-decoder", 0.06, 0.0005),
        ("sprites-beta-8-turned-decoder", 0.06, 0.0005),
        ("sprites-tc-8-decoder", 0.06, 0.0005),
        ("hands-joints-2d", 0.05, 0.006),  # of half a picture
        ("hands-joints-3d", 0.12, 0.012),  # of 50 mm
        ("hands-cutout", 0.06, 0.003),
        ("hands-depth", 0.08, 0.005),
        ("hands-real-encoder", 0.1, 0.02),
        ("hands-real-joints-3d", 0.12, 0.012),
        ("hands-factors-decoder", 0.06, 0.004),
    ],
)
def test_rounding_costs_little(model, largest, mean):
    found = {one.name: one for kind in COURSE for one in explorer(kind).models}[model]
    assert found.largest_error < largest
    assert found.mean_error < mean


def test_ten_digits_in_one_style():
    with torch.no_grad():
        images = in_style(load_weights(STYLE, style_m2()), torch.zeros(5))
        assert digit_classifier()(images).argmax(1).tolist() == list(range(10))


def test_sprites_that_are_shown_were_not_trained_on(tmp_path):
    trained, tested = sprites.classes(Bench(Run("reader", torch.device("cpu"), 0), Store(tmp_path)))
    assert torch.equal(held_out(5000), tested)
    assert not set(map(tuple, held_out(500).tolist())) & set(map(tuple, trained.tolist()))


def test_centres_of_sprites_are_where_they_were_drawn():
    found = centres(draw_half_size(walk(3)))
    assert (found[1:, 0] > found[:-1, 0] - 0.2).all()
    assert found[-1, 0] - found[0, 0] > 14
    assert (found[:, 1] - found[0, 1]).abs().max() < 0.5


def test_in_the_tcvae_two_coordinates_share_x():
    """As the text of chapter 7 says: one runs on the left and rests on the right, the other the other way round."""
    vae = load_weights("sprites-tc-8", sprite_vae())
    with torch.no_grad():
        z4, z6 = vae.q_z(draw_half_size(walk(3))).mean[:, [3, 5]].T
    assert (z6[15] - z6[0]).abs() > 3 > 2 * (z4[15] - z4[0]).abs()
    assert (z4[31] - z4[15]).abs() > 3 > 2 * (z6[31] - z6[15]).abs()
