"""What a cell that ends in an explorer stores, and what the chapters have stored."""

import json
import re

import nbformat
import pytest
import torch

from tests.explorers.course import COURSE, explorer, tiny
from tests.notebooks.chapters import NAMES, ROOT
from vae_course.data import load_digits
from vae_course.explorers.elbo_picture import elbo_picture, exact_terms
from vae_course.explorers.explorer import CARRIED, FRONT, Explorer
from vae_course.explorers.latent_plane import EXAMPLE, digit_of
from vae_course.models import LinearGaussian


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
            assert text in html, f"{name} carries another {file}. Execute it again: make chapters"
