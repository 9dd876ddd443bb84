"""Chapter 8 under a reader's hand: one code, four descriptions that move together; and photographs that are read."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from tests.explorers.course import explorer
from vae_course.data.hand_modalities import hand_units, joints_mm, joints_px, photograph_rows
from vae_course.data.hands.anatomy import FINGERS
from vae_course.data.real_hands import example_photographs
from vae_course.explorers.hand_code import DIRECTIONS, described, directions_of, drawn_joints, shipped_hands
from vae_course.explorers.hand_photographs import START, photograph_reader

pytestmark = pytest.mark.xdist_group("browser")

PICTURES = {
    "cut-out": "The hand in colour on grey",
    "depth": "The depth image",
    "space": "The joints in space",
}
WITHIN = "2-D joints that fall on the depth image's hand"
ERROR = "mean distance to the detector's 3-D joints"
# One number for each of 64 x 64 places, the sum of the colours there.
READ = """canvas => {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const at = (x, y) => 4 * (Math.floor((y + .5) * height / 64) * width + Math.floor((x + .5) * width / 64));
  return [...Array(4096).keys()].map(i => at(i % 64, Math.floor(i / 64))).map(k => data[k] + data[k + 1] + data[k + 2]);
}"""


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


def test_directions_are_the_regression_of_codes_on_properties():
    generator = torch.Generator().manual_seed(0)
    properties = torch.randn(4000, 2, generator=generator) @ torch.tensor([[1.0, 0.8], [0.0, 3.0]])
    truth = torch.tensor([[1.0, 0.0, 2.0], [0.0, -1.0, 0.0]])
    codes = 7 + properties / properties.std(0) @ truth + torch.randn(4000, 3, generator=generator)
    torch.testing.assert_close(directions_of(codes, properties), truth, rtol=0, atol=0.1)


def test_hands_are_described_as_one_sees_them():
    """A right hand that shows its palm, fingers up: the thumb on the right; x to the right, y down, z away."""
    joints = torch.zeros(21, 3)
    for finger, (x, y) in enumerate([(60, -20), (30, -50), (0, -60), (-20, -50), (-40, -40)]):
        for k in range(4):
            joints[1 + 4 * finger + k] = torch.tensor([x, y, 0.0]) * (1 + 0.3 * k)
    flat = described(joints.view(1, 63) / 50)[0]
    torch.testing.assert_close(flat[:4], torch.tensor([1.0, 0, 0, 0]))
    quarter = joints[:, [2, 1, 0]] * torch.tensor([1.0, 1, -1])  # what pointed away points to the right
    torch.testing.assert_close(described(quarter.view(1, 63) / 50)[0, :2], torch.tensor([0.0, -1.0]))
    fist = torch.where(torch.arange(21)[:, None] % 4 == 0, 0.2 * joints, joints)
    assert described(fist.view(1, 63) / 50)[0, 4] < 0.3 * flat[4]


def test_each_slider_moves_what_it_is_named_after():
    """Of decoded hands, in standard deviations of drawn ones, on average over many."""
    hands, joints = shipped_hands(), drawn_joints()
    with torch.no_grad():
        codes = hands.q_z(joints, "joints_3d").mean
        directions = directions_of(codes, described(joints))
        moved = [
            described(hands.decoders["joints_3d"](codes + d))
            - described(hands.decoders["joints_3d"](codes - d))
            for d in directions
        ]
    effects = torch.stack([x.mean(0) for x in moved]) / 2 / described(joints).std(0)
    for k, name in enumerate(DIRECTIONS):
        assert effects[k, k] > 0.3, name
        assert effects[k].abs().argsort()[-1] == k, name
    assert (effects - effects.diag().diag()).abs().max() < 0.2


def test_shipped_hands_err_in_the_page_as_stated(code):
    hands = shipped_hands()
    with torch.no_grad():
        z = hands.q_z(drawn_joints()[200:208], "joints_3d").mean
        j2, j3, cutout, depth = (
            hands.decoders[name](z) for name in ("joints_2d", "joints_3d", "cutout", "depth")
        )
    known = torch.cat([z, j2, j3], 1)
    inputs = [z, z, known, known]
    for model, x, exact in zip(explorer("hand-code").models, inputs, (j2, j3, cutout, depth), strict=True):
        error = (code.run(model.name, x) - exact).abs()
        assert error.max() < 2 * model.largest_error
        assert error.mean() < 1.2 * model.mean_error


def test_rounded_joints_move_the_pictures_little(code):
    """From the code to the picture, by the page's own joints, which are rounded as well."""
    hands, models = shipped_hands(), [model.name for model in explorer("hand-code").models]
    with torch.no_grad():
        z = hands.q_z(drawn_joints()[200:216], "joints_3d").mean
        known = torch.cat([z, *(code.run(name, z) for name in models[:2])], 1)
        for name, model, largest, mean in (
            ("cutout", models[2], 0.1, 0.003),
            ("depth", models[3], 0.2, 0.006),
        ):
            error = (code.run(model, known) - hands.decoders[name](z)).abs()
            assert error.max() < largest
            assert error.mean() < mean


def test_one_slider_moves_all_four_descriptions_and_they_agree(code):
    code.press("Reset")
    start = {name: shown(code, label) for name, label in PICTURES.items()}
    assert code.reading(WITHIN) >= 17
    code.slide(DIRECTIONS[-1], -1.5)
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


def test_what_is_near_follows_the_pointer_and_covers_what_is_far(code):
    """Three joints: near and far in the middle, and one to the right; x to the right, y down, z away."""
    ask = """view => {
      const hand = VaeExplorers.turned([0, 0, -1, 0, 0, 1, 1, 0, 0], view);
      return [hand, VaeExplorers.nearestLast(hand, [[0], [1], [2]])];
    }"""
    for view, near, order in (
        ({"turn": 0, "tilt": 0}, [0, 0, -1], [1, 2, 0]),
        ({"turn": 0.6, "tilt": 0}, [0.565, 0, -0.825], [1, 2, 0]),
        ({"turn": 0, "tilt": 0.6}, [0, 0.565, -0.825], [1, 2, 0]),
        ({"turn": -1.6, "tilt": 0}, [-1, 0, 0.029], [0, 1, 2]),
    ):
        hand, found = code.page.evaluate(ask, view)
        assert hand[0] == pytest.approx(near, abs=0.001)
        assert found == order


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


def test_photographs_teach_what_the_chapter_says():
    """A covered finger moves the others as well, a little less contrast does little, and much less does much."""
    model, split = photograph_reader(), example_photographs()
    pixels, truth = split.images / 255 - 0.5, joints_mm(hand_units(photograph_rows(split))["joints_3d"])

    def read(images: torch.Tensor, name: str = "joints_3d") -> torch.Tensor:
        with torch.no_grad():
            return model.p_x(model.q_z(avg_pool2d(images, 2).flatten(1), "rgb").mean, name).mean

    found, place = joints_mm(read(pixels)), joints_px(read(pixels, "joints_2d"), 64)
    hidden, others = [], []
    middles = torch.arange(64) + 0.5
    for chain in FINGERS.values():
        x, y = place[:, list(chain[1:])].mean(1).T[:, :, None]
        covered = ((middles - y).abs() < 7)[:, None, :, None] & ((middles - x).abs() < 7)[:, None, None]
        moved = (joints_mm(read(pixels.masked_fill(covered, 0.0))) - found).norm(dim=-1)
        hidden.append(moved[:, list(chain[1:])].mean())
        others.append(moved[:, [j for c in FINGERS.values() if c != chain for j in c[1:]]].mean())
    assert sum(others) > 0.5 * sum(hidden)
    errors = {c: (joints_mm(read(c * pixels)) - truth).norm(dim=-1).mean() for c in (1, 0.7, 0.2)}
    assert errors[0.7] < 1.3 * errors[1]
    assert errors[0.2] > 2 * errors[1]


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
