"""Chapter 8 under a reader's hand: one code, four descriptions that move together; and photographs that are read."""

import pytest
import torch

from tests.explorers.course import explorer
from vae_course.data.hand_modalities import hand_units, joints_mm, photograph_rows
from vae_course.data.real_hands import example_photographs
from vae_course.explorers.hand_code import codes_of_hands, principal_directions, shipped_hands
from vae_course.explorers.hand_photographs import START, photograph_reader

pytestmark = pytest.mark.xdist_group("browser")

PICTURES = {
    "cut-out": "The hand in colour on grey",
    "depth": "The depth image",
    "space": "The joints in space",
}
WITHIN = "2-D joints that fall on the depth image's hand"
ERROR = "mean distance to the detector's 3-D joints"
READ = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"


@pytest.fixture(scope="module")
def code(open_explorer):
    return open_explorer("hand-code").live()


@pytest.fixture(scope="module")
def photographs(open_explorer):
    return open_explorer("hand-photographs").live()


def shown(opened, label: str) -> torch.Tensor:
    return torch.tensor(opened.root.get_by_label(label).evaluate(READ), dtype=torch.float32)


def turn(opened) -> None:
    box = opened.root.get_by_label("The joints in space").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x + box["width"] / 3, y)
    opened.page.mouse.up()
    opened.settle()


def test_directions_are_those_in_which_codes_vary_most():
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(4000, 3, generator=generator) * torch.tensor([3.0, 0.1, 1.0])
    found = principal_directions(codes, 2)
    torch.testing.assert_close(found, torch.tensor([[3.0, 0, 0], [0, 0, 1.0]]), rtol=0, atol=0.1)


def test_shipped_hands_err_in_the_page_as_stated(code):
    hands = shipped_hands()
    z = codes_of_hands(hands, 40)[20:]
    with torch.no_grad():
        j2, j3, cutout, depth = (
            hands.decoders[name](z) for name in ("joints_2d", "joints_3d", "cutout", "depth")
        )
    known = torch.cat([z, j2, j3], 1)
    inputs = [z, z, known, known]
    for model, x, exact in zip(explorer("hand-code").models, inputs, (j2, j3, cutout, depth), strict=True):
        error = (code.run(model.name, x) - exact).abs()
        assert error.max() < 2 * model.largest_error
        assert error.mean() < 1.2 * model.mean_error


def test_one_slider_moves_all_four_descriptions_and_they_agree(code):
    code.press("Reset")
    start = {name: shown(code, label) for name, label in PICTURES.items()}
    assert code.reading(WITHIN) >= 17
    code.slide("direction 1", 1.5)
    for name, label in PICTURES.items():
        assert (shown(code, label) - start[name]).abs().mean() > 0.5
    assert code.reading(WITHIN) >= 15


def test_turning_the_skeleton_turns_nothing_else(code):
    code.press("Reset")
    start = {name: shown(code, label) for name, label in PICTURES.items()}
    turn(code)
    moved = {name: not torch.equal(shown(code, label), start[name]) for name, label in PICTURES.items()}
    assert moved == {"cut-out": False, "depth": False, "space": True}
    code.root.get_by_label("The joints in space").focus()
    turned = shown(code, PICTURES["space"])
    code.page.keyboard.press("ArrowUp")
    assert not torch.equal(shown(code.settle(), PICTURES["space"]), turned)
    code.press("Reset")
    assert torch.equal(shown(code, PICTURES["space"]), start["space"])


def test_other_hands_and_draws_from_the_prior(code):
    start = shown(code.press("Reset"), PICTURES["depth"])
    other = shown(code.press("Another hand"), PICTURES["depth"])
    drawn = shown(code.press("Sample the prior"), PICTURES["depth"])
    assert not torch.equal(start, other)
    assert not torch.equal(other, drawn)
    assert torch.equal(shown(code.press("Reset"), PICTURES["depth"]), start)
    assert code.said == []


def test_photographs_are_read_in_the_page_as_torch_reads_them(photographs):
    model, split = photograph_reader(), example_photographs()
    rows = hand_units(photograph_rows(split))
    with torch.no_grad():
        joints = joints_mm(model.p_x(model.q_z(rows["rgb"], "rgb").mean, "joints_3d").mean)
    errors = (joints - joints_mm(rows["joints_3d"])).norm(dim=-1).mean(-1)
    photographs.press("Reset")
    for k in range(len(split.images)):
        assert photographs.reading("photograph") == (START + k) % len(split.images) + 1
        assert photographs.reading(ERROR) == pytest.approx(errors[(START + k) % len(errors)].item(), abs=1.0)
        photographs.press("Another photograph")


def test_a_covered_part_and_another_light_change_the_estimate(photographs):
    picture = "The photograph with the 2-D joints"
    photographs.press("Reset")
    start, error = shown(photographs, picture), photographs.reading(ERROR)
    photographs.root.get_by_label(picture).focus()
    for _ in range(4):
        photographs.page.keyboard.press("ArrowUp")
    covered = photographs.settle().reading(ERROR)
    assert covered != error
    assert not torch.equal(shown(photographs, picture), start)
    assert photographs.press("Uncover").reading(ERROR) == error
    assert photographs.slide("contrast", 0.2).reading(ERROR) != error
    photographs.press("Reset")
    assert torch.equal(shown(photographs, picture), start)
    turn(photographs)
    assert photographs.said == []
