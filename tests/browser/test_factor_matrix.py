"""Chapter 7 under a reader's hand: the table says which coordinate moves with which factor, and they do."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.data.sprites import draw_half_size
from vae_course.explorers.factor_matrix import BASE, FACTORS, MODELS, walk
from vae_course.explorers.sprites import centres
from vae_course.models.sprites import sprite_vae
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")

TABLE = "Information of each coordinate"
TRUE, DECODED = "The true sprite", "The sprite that the decoder draws"
FOLLOWS = "the factor, from end to end, moves the coordinate by"
X, Y = "the coordinate, from −2 to 2, moves the sprite along x by", "and along y by"


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer("factor-matrix").live()


def model(page, name: str):
    """The page at its start, with that model."""
    page.press("Reset")
    page.root.get_by_label(name, exact=True).check()
    return page.settle()


def cell(page, row: int, factor: str):
    """Choose a cell with the mouse: its place in canvas units, as the script has them."""
    x, y = 56 + 64 * (FACTORS.index(factor) + 0.5), 100 + 64 * (row + 0.5)
    return page.drag(TABLE, (x / 640, y / (100 + 3 * 64 + 50)))


def place(page, image: str) -> torch.Tensor:
    """Where the middle of a sprite is, and its ink, from the pixels."""
    return centres(torch.tensor([page.pixels(image, 32)]))[0]


def test_shipped_models_err_in_the_page_as_stated(page):
    z = torch.randn(40, 10, generator=torch.Generator().manual_seed(3))
    for name, exported in zip(MODELS, explorer("factor-matrix").models, strict=True):
        with torch.no_grad():
            exact = torch.sigmoid(load_weights(name, sprite_vae()).decoder(z))
        error = (page.run(exported.name, z) - exact).abs()
        assert error.max() < 1.5 * exported.largest_error
        assert error.mean() < 1.2 * exported.mean_error


def test_a_dark_cell_is_a_coordinate_that_follows_and_moves_the_sprite(page):
    model(page, "β-VAE, 8")
    for row, factor, along, across in [(0, "x", X, Y), (1, "y", Y, X)]:
        cell(page, row, factor)
        assert page.reading(FOLLOWS) > 4
        assert page.reading(along) > 8
        assert page.reading(across) < 1.5
    for row in range(3):
        assert cell(page, row, "orientation").reading(FOLLOWS) < 0.5, "no coordinate knows it"


def test_a_pale_cell_may_follow_too(page):
    model(page, "β-TCVAE, 8")
    shares = explorer("factor-matrix").settings["shares"][0]
    assert shares[2][FACTORS.index("x")] < 0.4 * shares[0][FACTORS.index("x")]
    assert cell(page, 2, "x").reading(FOLLOWS) > 3


def test_a_factor_moves_the_true_sprite_and_the_code_the_decoded_one(page):
    model(page, "β-VAE, 8")
    for factor, axis in [("x", 0), ("y", 1)]:
        cell(page, axis, factor)
        images = [(place(page, TRUE), place(page, DECODED)) for v in (4, 28) if page.slide(factor, v)]
        for before, after in zip(*images, strict=True):
            assert (after - before)[axis] > 8
            assert (after - before)[1 - axis].abs() < 3
        codes = load_weights("sprites-beta-8", sprite_vae())
        with torch.no_grad():
            means = codes.q_z(draw_half_size(walk(FACTORS.index(factor)))).mean
        k = explorer("factor-matrix").settings["used"][1][axis]
        wanted = means[:, k].max() - means[:, k].min()
        assert page.reading(FOLLOWS) == pytest.approx(wanted.item(), abs=0.002)


def test_a_coordinate_moves_the_decoded_sprite_and_not_the_true_one(page):
    cell(model(page, "β-VAE, 8"), 0, "x")
    low, high = [(place(page, TRUE), place(page, DECODED)) for v in (-2, 2) if page.slide("z₈", v)]
    assert torch.equal(low[0], high[0])
    assert (high[1] - low[1])[0].abs() > 8


def test_arrow_keys_choose_a_cell_and_it_is_said(page):
    cell(model(page, "β-VAE, 8"), 0, "x")
    page.root.get_by_label(TABLE).focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.page.keyboard.press(key)
    page.settle().page.wait_for_function(
        "/^β-VAE, 8: z₇ has .* of y/.test(document.querySelector('.vae-spoken').textContent)"
    )
    page.control("y").focus()
    page.page.keyboard.press("ArrowRight")
    assert page.settle().root.locator("output").locator("visible=true").first.inner_text() == str(BASE[5] + 1)
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "Shift+ArrowLeft"):
        page.root.get_by_label(TABLE).press(key)
    assert page.settle().control("shape").is_visible()
    page.press("Darkest cell of this factor")
    assert page.control("z₁₀").is_visible()
    assert page.said == []
