"""Chapter 9 under a reader's hand: a factor moved alone changes what belongs to it, and little else."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.explorers.factor_swap import NAMES, mixed, shipped_factors

pytestmark = pytest.mark.xdist_group("browser")

# A canvas of 64 x 64 pixels as (64 * 64, 3) values from -.5 to .5, read at the middle of each pixel.
READ = """canvas => {
  const { width } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, width), unit = width / 64;
  const at = (x, y) => 4 * (Math.floor((y + .5) * unit) * width + Math.floor((x + .5) * unit));
  return [...Array(4096).keys()].map(i => [0, 1, 2].map(c => data[at(i % 64, Math.floor(i / 64)) + c] / 255 - .5));
}"""


@pytest.fixture(scope="module")
def swap(open_explorer):
    return open_explorer("factor-swap").live()


@pytest.fixture(scope="module")
def hands() -> torch.Tensor:
    return torch.tensor(explorer("factor-swap").settings["hands"])


def shown(swap, label: str = "The hand with the chosen factors") -> torch.Tensor:
    return torch.tensor(swap.root.get_by_label(label).evaluate(READ)).T.reshape(3, 64, 64)


def drawn(code: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return shipped_factors().p_x(code[None], "rgb").mean.view(3, 64, 64)


def test_the_shipped_decoder_errs_in_the_page_as_stated(swap, hands):
    (model,) = explorer("factor-swap").models
    with torch.no_grad():
        exact = shipped_factors().decoders["rgb"](hands)
    error = (swap.run(model.name, hands) - exact).abs()
    assert error.max() < 1.5 * model.largest_error
    assert error.mean() < 1.2 * model.mean_error


def test_the_middle_hand_is_a_at_first_and_b_when_all_is_exchanged(swap, hands):
    swap.press("Reset")
    assert (shown(swap) - shown(swap, "Hand A")).abs().max() == 0
    assert (shown(swap) - drawn(hands[0]).clamp(-0.5, 0.5)).abs().mean() < 0.02
    swap.press("Exchange all")
    assert (shown(swap) - shown(swap, "Hand B")).abs().max() == 0
    assert (shown(swap) - drawn(hands[1]).clamp(-0.5, 0.5)).abs().mean() < 0.02


@pytest.mark.parametrize("factor", list(NAMES))
def test_one_slider_takes_one_factor_of_b(swap, hands, factor):
    swap.press("Reset").slide(NAMES[factor], 1)
    wanted = drawn(mixed(hands[0], hands[1], {f: float(f == factor) for f in NAMES}))
    assert (shown(swap) - wanted.clamp(-0.5, 0.5)).abs().mean() < 0.02


def test_the_wall_belongs_to_the_content_alone(swap):
    """The upper corners are wall whatever the hand does."""
    wall = (slice(None), slice(0, 6), slice(0, 6))
    start = shown(swap.press("Reset"))[wall]
    for factor, most, least in (("pose", 0.03, 0), ("viewpoint", 0.03, 0), ("wall and skin", 1, 0.08)):
        moved = (shown(swap.press("Reset").slide(factor, 1))[wall] - start).abs().mean()
        assert least <= moved <= most


def test_keys_and_buttons_move_it(swap):
    start = shown(swap.press("Reset"))
    swap.control("pose").focus()
    for _ in range(60):
        swap.page.keyboard.press("ArrowRight")
    assert (shown(swap.settle()) - start).abs().mean() > 0.005
    assert swap.reading("mean difference to A, grey levels of 255") > 1
    assert torch.equal(shown(swap.press("Reset")), start)
    assert not torch.equal(shown(swap.press("Sample another pair")), start)
    assert swap.said == []
