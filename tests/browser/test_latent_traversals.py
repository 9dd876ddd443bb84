"""Chapter 6 under a reader's hand: at one beta a slider moves one factor, at another it mixes."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.data.sprites import draw_half_size
from vae_course.explorers.latent_traversals import MODELS, STARTS
from vae_course.explorers.sprites import centres, held_out, traverse
from vae_course.models.sprites import sprite_vae
from vae_course.weights import load_weights

pytestmark = pytest.mark.xdist_group("browser")

SPRITE = "The sprite that the decoder draws"
ALONG = ("on this way it moves along x by", "it moves along y by", "its ink changes by")


@pytest.fixture(scope="module")
def page(open_explorer):
    return open_explorer("latent-traversals").live()


def place(page) -> torch.Tensor:
    """Where the middle of the sprite is, and its ink, from the pixels."""
    return centres(torch.tensor([page.pixels(SPRITE, 32)]))[0]


def model(page, name: str):
    """The page at its start, with that model."""
    page.press("Reset")
    page.root.get_by_label(name, exact=True).check()
    return page.settle()


def change_of(page, name: str, slider: str) -> torch.Tensor:
    """How far a slider takes the sprite along x and y, and its ink, from -2 to 2, from the pixels."""
    model(page, name)
    return (place(page.slide(slider, 2)) - place(page.slide(slider, -2))).abs()


def ways(page, name: str) -> torch.Tensor:
    """What the page says of each slider of a model: (sliders, 3)."""
    found = []
    for slider in model(page, name).root.locator("input[type=range]").locator("visible=true").all():
        slider.focus()
        found.append([page.settle().reading(what) for what in ALONG])
    return torch.tensor(found)


def test_shipped_models_err_in_the_page_as_stated(page):
    z = torch.randn(40, 10, generator=torch.Generator().manual_seed(3))
    for name, exported in zip(MODELS, explorer("latent-traversals").models, strict=True):
        with torch.no_grad():
            exact = torch.sigmoid(load_weights(name, sprite_vae()).decoder(z))
        error = (page.run(exported.name, z) - exact).abs()
        assert error.max() < 1.5 * exported.largest_error
        assert error.mean() < 1.2 * exported.mean_error


def test_at_beta_8_a_slider_moves_the_sprite_along_one_side(page):
    for slider, along, across in [("z₈", 0, 1), ("z₇", 1, 0)]:
        change = change_of(page, "β = 8", slider)
        assert change[along] > 8
        assert change[across] < 1.5


def test_with_another_seed_the_same_objective_moves_it_along_diagonals(page):
    for slider in ("z₆", "z₇"):
        change = change_of(page, "β = 8, another seed", slider)
        assert change[:2].min() > 4


def test_at_beta_1_more_sliders_move_the_sprite_along_x(page):
    assert (ways(page, "β = 1")[:, 0] > 4).sum() == 3
    assert (ways(page, "β = 8")[:, 0] > 8).sum() == 1


def test_what_is_said_of_a_slider_is_what_python_finds(page):
    x = draw_half_size(held_out(500))[list(STARTS)]
    for name, words in MODELS.items():
        vae = load_weights(name, sprite_vae())
        with torch.no_grad():
            code = vae.q_z(x).mean[0]
        first = explorer("latent-traversals").settings["dimensions"][list(MODELS).index(name)][0]
        way = centres(traverse(vae, code, first))
        wanted = way.amax(0) - way.amin(0)
        assert torch.allclose(ways(page, words)[0], wanted, atol=0.3)


def test_keys_and_buttons_move_the_sprite(page):
    start = place(model(page, "β = 8"))
    page.control("z₈").focus()
    for _ in range(10):
        page.page.keyboard.press("ArrowRight")
    assert place(page.settle())[0] - start[0] > 0.8
    assert (place(page.press("Another sprite")) - start).abs().max() > 1
    assert not torch.equal(place(page.press("Sample the prior")), start)
    assert torch.equal(place(model(page, "β = 8")), start)
    assert page.said == []
