"""Skeletons as they are drawn."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex

from vae_course.data.hands import FINGERS, forward_kinematics
from vae_course.figures.hands import FINGER_COLOURS, draw_skeleton, draw_skeleton_3d


@pytest.fixture
def joints():
    return forward_kinematics(torch.zeros(1, 23))[0]


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_each_finger_is_a_line_of_its_colour_from_the_wrist_to_its_tip(joints):
    axes = plt.figure().add_subplot()
    draw_skeleton(axes, joints[:, :2])
    lines = {to_hex(line.get_color()).upper(): line.get_xydata() for line in axes.lines}
    assert len(lines) == 5
    for name, chain in FINGERS.items():
        drawn = torch.as_tensor(lines[FINGER_COLOURS[name].upper()]).float()
        assert torch.allclose(drawn, joints[[0, *chain], :2])
    assert axes.yaxis_inverted()  # v runs downwards


@pytest.mark.parametrize("shape", [(3, 64, 64), (64, 64)])
def test_a_skeleton_lies_in_the_pixels_of_its_image(joints, shape):
    axes = plt.figure().add_subplot()
    draw_skeleton(axes, joints[:, :2] / 4 + 20, image=torch.zeros(shape, dtype=torch.uint8))
    assert axes.images[0].get_extent() == [0, 64, 64, 0]
    assert axes.images[0].get_array().shape[:2] == (64, 64)


def test_the_skeleton_in_space_stands_upright_with_equal_axes(joints):
    axes = plt.figure().add_subplot(projection="3d")
    draw_skeleton_3d(axes, joints)
    x, z, y = axes.lines[0].get_data_3d()
    chain = joints[[0, *FINGERS["thumb"]]]
    drawn = torch.tensor([list(x), list(y), list(z)]).T.float()
    assert torch.allclose(drawn, chain * torch.tensor([1.0, -1.0, 1.0]))
    sides = [high - low for low, high in (axes.get_xlim(), axes.get_ylim(), axes.get_zlim())]
    assert sides == pytest.approx([sides[0]] * 3)
