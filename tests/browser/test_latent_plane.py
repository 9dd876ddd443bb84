"""Chapter 4 under a reader's hand: the decoder over the plane, the encoder under a pen."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.data import load_digits
from vae_course.evaluation.digit_features import digit_classifier
from vae_course.explorers.latent_plane import EXAMPLE, LIMIT, WEIGHTS, digit_of, plane_vae
from vae_course.figures.latent import label_places
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def plane(open_explorer):
    return open_explorer("latent-plane").live()


def test_shipped_models_err_in_the_page_as_stated(plane):
    vae = load_weights(WEIGHTS, plane_vae())
    digits = load_digits().test.images[:100].flatten(1).float() / 255
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        encoded = torch.cat(vae.encoder(digits), -1)
        decoded = torch.sigmoid(vae.decoder(z))
    models = explorer("latent-plane").models
    for model, x, exact in zip(models, [digits, z], [encoded, decoded], strict=True):
        found = plane.run(model.name, x)
        error = (found - exact).abs()
        # Stated for other inputs, so the largest may differ somewhat.
        assert error.max() < 1.5 * model.largest_error
        assert error.mean() < 1.2 * model.mean_error
        torch.testing.assert_close(found, model.run(x), rtol=1e-4, atol=1e-4)


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


def test_no_class_hides_the_number_of_another(plane):
    labels = torch.arange(10).repeat_interleave(30)
    middles = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    middles[4], middles[8] = middles[9], middles[3] + 0.1  # as close as fours and nines lie
    codes = middles[labels] + 0.3 * torch.randn(300, 2, generator=torch.Generator().manual_seed(1))
    exact = label_places(codes, labels, LIMIT / 6)
    points = [
        {"z1": z[0], "z2": z[1], "label": k} for z, k in zip(codes.tolist(), labels.tolist(), strict=True)
    ]
    ask = "([points, far]) => VaeExplorers.labelPlaces(points, 10, far).map(({ z1, z2 }) => [z1, z2])"
    found = torch.tensor(plane.page.evaluate(ask, [points, LIMIT / 6]))
    torch.testing.assert_close(found, torch.stack(list(exact.values())).float(), rtol=0, atol=1e-4)
    assert torch.pdist(found).min() > 0.95 * LIMIT / 6


def test_the_sample_button_draws_another_digit(plane):
    before = plane.press("Reset").pixels("The digit that the decoder draws")
    assert plane.press("Sample the prior").pixels("The digit that the decoder draws") != before
    assert plane.press("Reset").pixels("The digit that the decoder draws") == before
