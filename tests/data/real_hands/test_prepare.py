"""Root, scale, crop and augmentation, on hands whose answer is known."""

import math
from dataclasses import fields, replace

import pytest
import torch

from tests.data.real_hands.fabricated import write_rhd, write_stb
from vae_course.data.real_hands import (
    RHD,
    STB,
    HandSample,
    augment,
    crop,
    crop_box,
    denormalise,
    mirror,
    normalise,
    palm_visible,
    prepare,
    rotate,
    to_crop,
    with_palm,
)

WRIST, MCP, PIP = 0, 9, 10


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def joints(random):
    return torch.randn(4, 21, 3, generator=random) * 50 + torch.tensor([0.0, 0.0, 500.0])


def sample(random, side=False) -> HandSample:
    """A hand of random joints, each marked by a white 3x3 dot, so that images can be compared with labels."""
    joints_3d = torch.randn(21, 3, generator=random) * 40 + torch.tensor([0.0, 0.0, 600.0])
    K = torch.tensor([[400.0, 0, 160], [0, 400, 160], [0, 0, 1]])
    homogeneous = joints_3d @ K.T
    joints_2d = homogeneous[:, :2] / homogeneous[:, 2:]
    image = torch.zeros(3, 320, 320, dtype=torch.uint8)
    for u, v in joints_2d.long().tolist():
        image[:, v - 1 : v + 2, u - 1 : u + 2] = 255
    return HandSample(image, joints_2d, joints_3d, torch.ones(21, dtype=torch.bool), K, side)


def brightness(hands) -> torch.Tensor:
    """The images at the joints, (B, 21), where these lie inside."""
    at = hands.joints_2d.long().clamp(0, hands.images.shape[-1] - 1)
    rows = torch.arange(len(at))[:, None].expand(at.shape[:2])
    return hands.images[rows, 0, at[..., 1], at[..., 0]]


def test_the_root_is_the_mean_of_wrist_and_middle_mcp(joints):
    targets, root, _ = normalise(joints)
    torch.testing.assert_close(root, (joints[:, WRIST] + joints[:, MCP]) / 2)
    assert not targets[:, 0].any()


def test_the_scale_is_the_middle_fingers_proximal_phalanx(joints):
    targets, _, scale = normalise(joints)
    torch.testing.assert_close(scale, (joints[:, PIP] - joints[:, MCP]).norm(dim=-1))
    torch.testing.assert_close((targets[:, PIP] - targets[:, MCP]).norm(dim=-1), torch.ones(4))


def test_targets_know_neither_size_nor_place(joints):
    moved = 3 * joints + torch.tensor([10.0, -20.0, 30.0])
    torch.testing.assert_close(normalise(moved)[0], normalise(joints)[0], rtol=1e-4, atol=1e-4)


def test_denormalise_is_the_inverse(joints):
    torch.testing.assert_close(denormalise(*normalise(joints)), with_palm(joints))


def test_a_hand_without_extent_is_refused():
    with pytest.raises(ValueError, match="no scale"):
        normalise(torch.zeros(1, 21, 3))
    with pytest.raises(ValueError, match="at least one"):
        prepare([])


def test_the_palm_is_visible_if_wrist_or_middle_mcp_is():
    visible = torch.ones(4, 21, dtype=torch.bool)
    visible[[1, 3], WRIST] = False
    visible[[2, 3], MCP] = False
    assert palm_visible(visible)[:, 0].tolist() == [True, True, True, False]
    assert torch.equal(palm_visible(visible)[:, 1:], visible[:, 1:])


def test_the_box_reaches_the_farthest_visible_joint_on_every_side():
    joints = torch.full((3, 21, 2), 100.0)
    joints[:, 4] = torch.tensor([100.0, 40.0])  # 60 up
    joints[:, 8] = torch.tensor([190.0, 100.0])  # 90 to the right, hidden in the second hand
    visible = torch.ones(3, 21, dtype=torch.bool)
    visible[1, 8] = False
    visible[2] = False
    centre, extent = crop_box(joints, visible)
    assert torch.equal(centre, torch.full((3, 2), 100.0))
    assert extent.tolist() == [180, 120, 50]


@pytest.mark.parametrize(
    ("reach", "extent"), [(1, 50), (24, 50), (26, 52), (249, 498), (251, 500), (900, 500)]
)
def test_the_box_is_between_50_and_500_px(reach, extent):
    joints = torch.zeros(1, 21, 2)
    joints[0, 20, 1] = reach
    assert crop_box(joints, torch.ones(1, 21, dtype=torch.bool))[1].item() == extent


def test_a_crop_of_the_whole_image_is_the_image(random):
    images = torch.randn(2, 3, 16, 16, generator=random)
    whole = crop(images, torch.full((2, 2), 8.0), torch.full((2,), 16.0), 16)
    torch.testing.assert_close(whole, images)


def test_a_crop_shows_what_slicing_shows_and_zero_outside(random):
    images = torch.rand(1, 1, 12, 20, generator=random) + 1
    part = crop(images, torch.tensor([[7.0, 5.0]]), torch.tensor([6.0]), 6)
    torch.testing.assert_close(part[0, 0], images[0, 0, 2:8, 4:10])
    corner = crop(images, torch.tensor([[0.0, 12.0]]), torch.tensor([8.0]), 8)[0, 0]
    torch.testing.assert_close(corner[:4, 4:], images[0, 0, 8:, :4])
    assert corner[4:].abs().max() < 1e-5
    assert corner[:, :4].abs().max() < 1e-5


def test_a_crop_is_bilinear():
    ramp = torch.arange(20.0).expand(1, 1, 20, 20) + 0.5  # the value is u
    part = crop(ramp, torch.tensor([[10.0, 10.0]]), torch.tensor([4.0]), 16)
    torch.testing.assert_close(part[0, 0, 0], 8 + (torch.arange(16) + 0.5) / 4)


def test_joints_move_with_the_crop():
    joints = torch.tensor([[[10.0, 20.0], [40.0, 20.0], [10.0, 0.0]]])
    moved = to_crop(joints, torch.tensor([[10.0, 20.0]]), torch.tensor([60.0]), 256)
    torch.testing.assert_close(moved, torch.tensor([[[128.0, 128], [256, 128], [128, 128 - 20 * 256 / 60]]]))


def test_prepared_images_show_the_joints_where_the_labels_are(random):
    hands = prepare([sample(random) for _ in range(5)])
    assert hands.images.shape == (5, 3, 256, 256)
    visible = hands.joints_2d[:, 1:]
    assert (visible > -1).all()
    assert (visible < 257).all()
    assert (brightness(hands)[:, 1:] > 0.4).double().mean() > 0.95
    assert hands.images.min() == -0.5
    torch.testing.assert_close(hands.joints_2d[:, MCP], torch.full((5, 2), 128.0))


def test_side_is_one_hot_left_right(random):
    hands = prepare([sample(random, side=True), sample(random, side=False)])
    assert hands.side.tolist() == [[1, 0], [0, 1]]


def test_samples_of_both_readers_can_be_prepared(tmp_path):
    rhd, stb = RHD(write_rhd(tmp_path / "rhd"), "evaluation"), STB(write_stb(tmp_path / "stb"), "evaluation")
    assert prepare(list(rhd), 64).images.shape == (3, 3, 64, 64)
    hands = prepare([stb[0], stb[1499]], 64)
    torch.testing.assert_close(hands.joints_3d[0], hands.joints_3d[1], rtol=0, atol=1e-3)
    torch.testing.assert_close(hands.root[1] - hands.root[0], torch.tensor([1499.0, 0, 0]), rtol=0, atol=1e-2)


@pytest.mark.parametrize("angle", [0.3, math.pi / 2, -2.5, math.pi])
def test_turned_images_show_the_joints_where_the_turned_labels_are(random, angle):
    hands = prepare([sample(random) for _ in range(5)])
    turned = rotate(hands, torch.full((5,), angle))
    inside = ((turned.joints_2d - 128).abs() < 127).all(-1)
    inside[:, 0] = False  # the palm has no dot
    assert brightness(turned)[inside].gt(0.3).double().mean() > 0.95
    assert brightness(replace(hands, joints_2d=turned.joints_2d))[inside].gt(0.3).double().mean() < 0.5


def test_a_quarter_turn_takes_right_to_down_in_2d_and_3d(random):
    hands = prepare([sample(random)])
    turned = rotate(hands, torch.tensor([math.pi / 2]))
    before, after = hands.joints_2d - 128, turned.joints_2d - 128
    torch.testing.assert_close(after[..., 1], before[..., 0], rtol=0, atol=1e-3)
    torch.testing.assert_close(after[..., 0], -before[..., 1], rtol=0, atol=1e-3)
    torch.testing.assert_close(turned.joints_3d[..., 1], hands.joints_3d[..., 0], rtol=0, atol=1e-5)
    torch.testing.assert_close(turned.joints_3d[..., 2], hands.joints_3d[..., 2])
    torch.testing.assert_close(turned.images, hands.images.rot90(-1, (2, 3)), rtol=0, atol=1e-3)


def test_a_mirrored_hand_is_mirrored_in_every_label(random):
    hands = prepare([sample(random), sample(random)])
    both = mirror(hands, torch.tensor([True, False]))
    assert torch.equal(both.images[0], hands.images[0].flip(-1))
    assert torch.equal(both.joints_3d[0], hands.joints_3d[0] * torch.tensor([-1, 1, 1]))
    assert torch.equal(both.joints_2d[0, :, 0], 256 - hands.joints_2d[0, :, 0])
    assert both.side.tolist() == [[1, 0], [0, 1]]
    for moved in (both, rotate(hands, torch.tensor([math.pi, math.pi]))):  # root and targets stay one hand
        x = denormalise(moved.joints_3d, moved.root, moved.scale)[0, :, 0]
        torch.testing.assert_close(x, -denormalise(hands.joints_3d, hands.root, hands.scale)[0, :, 0])
    for field in fields(hands):
        assert torch.equal(getattr(both, field.name)[1], getattr(hands, field.name)[1])


def test_augmented_2d_joints_are_still_the_picture_of_the_3d_joints(random):
    """For a hand around the optical axis and nearly flat, 2-D joints are 3-D joints times one factor."""
    flat = torch.randn(21, 3, generator=random) * torch.tensor([40.0, 40, 0])
    flat[MCP, :2] = 0
    flat[:, 2] = 600
    joints_2d = 160 + flat[:, :2] * 400 / 600
    K = torch.tensor([[400.0, 0, 160], [0, 400, 160], [0, 0, 1]])
    one = HandSample(
        torch.zeros(3, 320, 320, dtype=torch.uint8), joints_2d, flat, torch.ones(21).bool(), K, False
    )
    hands = prepare([one] * 100, 32)
    factor = (hands.joints_2d[0, 4] - hands.joints_2d[0, 0]).norm() / hands.joints_3d[0, 4].norm()
    more = augment(hands, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        more.joints_2d - more.joints_2d[:, :1], factor * more.joints_3d[..., :2], rtol=0, atol=1e-2
    )
    assert 30 < more.side[:, 0].sum() < 70
    arm = more.joints_2d[:, 4] - more.joints_2d[:, MCP]
    quadrants = (arm > 0).long() @ torch.tensor([1, 2])
    assert quadrants.bincount(minlength=4).min() > 10  # angles from all around
    torch.testing.assert_close(normalise_again(more), hands.scale)


def normalise_again(hands) -> torch.Tensor:
    joints = denormalise(hands.joints_3d, hands.root, hands.scale)
    return (joints[:, PIP] - joints[:, MCP]).norm(dim=-1)


def test_augmentation_repeats_with_its_seed(random):
    hands = prepare([sample(random) for _ in range(3)], 32)
    first, again, other = (augment(hands, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.joints_3d, other.joints_3d)
