"""Whole hands: four modalities that agree, drawn from factors that may be combined."""

from dataclasses import replace

import pytest
import torch

from vae_course.data.hands import (
    BONES,
    GESTURES,
    Viewpoint,
    draw_hands,
    gesture_poses,
    rotation_from_angles,
    sample_factors,
    sample_hands,
)


@pytest.fixture(scope="module")
def hands():
    return sample_hands(120, generator=torch.Generator().manual_seed(0))


def depth_at_joints(hands) -> torch.Tensor:
    """Depth of the pixel that each joint falls into, (batch, 21)."""
    column, row = hands.joints_2d.long().unbind(-1)
    return hands.depth.flatten(1).gather(1, row * hands.depth.shape[-1] + column)


def test_hands_have_the_promised_shapes_and_types(hands):
    assert hands.rgb.shape == (120, 3, 64, 64)
    assert hands.rgb.dtype == torch.uint8
    assert hands.depth.shape == hands.mask.shape == (120, 64, 64)
    assert (hands.depth.dtype, hands.mask.dtype) == (torch.float32, torch.bool)
    assert hands.joints_2d.shape == (120, 21, 2)
    assert hands.joints_3d.shape == hands.joints.shape == (120, 21, 3)
    assert 0.3 < hands.factors.left.float().mean() < 0.7


@pytest.mark.parametrize("size", [32, 64])
def test_joints_in_space_project_to_joints_in_the_image(size):
    hands = sample_hands(20, size=size, generator=torch.Generator().manual_seed(1))
    X, Y, Z = hands.joints_3d.double().unbind(-1)
    f, (cx, cy) = hands.camera.focal.double()[:, None], hands.camera.centre.double().T[..., None]
    pixels = torch.stack([f * X / Z + cx, f * Y / Z + cy], -1)
    assert (pixels - hands.joints_2d).abs().max() < 1e-3
    assert hands.joints_2d.min() > 0
    assert hands.joints_2d.max() < size


def test_joints_in_the_camera_frame_are_the_canonical_ones_moved(hands):
    away = hands.joints * torch.where(hands.factors.left, -1.0, 1.0)[:, None, None].mul(
        torch.tensor([1.0, 0.0, 0.0])
    ).add(torch.tensor([0.0, 1.0, 1.0]))
    turned = away @ hands.factors.viewpoint.rotation.mT
    step = hands.joints_3d - turned
    assert (step - step[:, :1]).abs().max() < 1e-2
    assert (hands.joints[:, 0] == 0).all()


def balls_depth(hands) -> torch.Tensor:
    """Where rays through the joints' pixel centres meet balls strung along the phalanges, (batch, 21) mm."""
    phalanges = [bone for i, bone in enumerate(BONES) if i % 4 > (1 if i < 4 else 0)]
    starts, ends = torch.tensor(phalanges).T
    t = torch.linspace(0, 1, 60)[:, None, None]
    centres = torch.lerp(hands.joints_3d[:, None, starts], hands.joints_3d[:, None, ends], t)
    radii = hands.factors.shape.radii()
    sizes = torch.lerp(radii[:, None, starts], radii[:, None, ends], t[..., 0])
    pixel = hands.joints_2d.floor() + 0.5
    ray = (pixel - hands.camera.centre[:, None]) / hands.camera.focal[:, None, None]
    ray = torch.cat([ray, torch.ones_like(ray[..., :1])], -1)  # (batch, 21, 3), z = 1
    c, r = centres.flatten(1, 2)[:, None].double(), sizes.flatten(1)[:, None].double()
    d = ray[:, :, None].double()
    dd, dc = (d * d).sum(-1), (d * c).sum(-1)
    root = dc.square() - dd * (c.square().sum(-1) - r.square())
    return torch.where(root > 0, (dc - root.clamp(min=0).sqrt()) / dd, torch.inf).amin(-1)


def test_the_depth_image_lies_within_a_radius_before_visible_joints(hands):
    before = hands.joints_3d[..., 2] - depth_at_joints(hands)
    radii = hands.factors.shape.radii()
    covered = depth_at_joints(hands) > 0
    assert covered.float().mean() > 0.995  # a fingertip may end between two pixels' centres
    assert (before[covered] > -3).all()  # flesh lies before a joint, never behind it
    visible = covered & (before <= 1.25 * radii)  # else something nearer hides the joint
    assert 0.4 < visible[:, 1:].float().mean() < 0.95
    # Where nothing hides it, flesh is about as thick as the joint's ball.
    ratio = (before / radii)[:, 1:][visible[:, 1:]]
    assert 0.75 < ratio.median() < 1.15


def test_the_depth_image_is_that_of_the_flesh_around_the_phalanges(hands):
    expected, found = balls_depth(hands), depth_at_joints(hands)
    hit = expected.isfinite()
    assert hit[:, 8::4].float().mean() > 0.99  # fingertips
    assert (found[hit] > 0).float().mean() > 0.998
    nearer = (expected - found)[hit & (found > 0)]
    assert nearer.min() > -1.5  # the palm and the webs add flesh before the phalanges', and take none away
    assert nearer.median().abs() < 0.1


def test_every_joint_of_a_spread_hand_is_visible_from_the_palm():
    factors = sample_factors(1, generator=torch.Generator().manual_seed(2))
    front = rotation_from_angles(torch.zeros(1, 3))
    hands = draw_hands(
        replace(
            factors,
            pose=gesture_poses()[[GESTURES.index("spread")]],
            viewpoint=replace(factors.viewpoint, rotation=front),
        )
    )
    before = hands.joints_3d[..., 2] - depth_at_joints(hands)
    thickness = before / factors.shape.radii()
    assert thickness.min() > 0.5
    assert thickness.max() < 1.6  # the ball of the thumb lies on the palm


def test_the_mask_is_where_there_is_depth_and_the_hand_fills_the_crop(hands):
    assert torch.equal(hands.mask, hands.depth > 0)
    cover = hands.mask.float().mean((1, 2))
    assert cover.min() > 0.05
    assert cover.max() < 0.9


def test_a_left_hand_is_the_mirror_image_of_a_right_one():
    factors = sample_factors(10, generator=torch.Generator().manual_seed(3))
    flip = torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
    view = factors.viewpoint
    mirrored = Viewpoint(
        flip @ view.rotation @ flip, view.distance, view.margin, view.offset * torch.tensor([-1.0, 1.0])
    )
    none = torch.zeros(10, dtype=torch.bool)
    right = draw_hands(replace(factors, left=none))
    left = draw_hands(replace(factors, left=~none, viewpoint=mirrored))
    assert torch.equal(left.joints, right.joints)
    assert torch.allclose(left.joints_3d, right.joints_3d * torch.tensor([-1.0, 1.0, 1.0]), atol=1e-2)
    assert torch.allclose(left.joints_2d[..., 0], 64 - right.joints_2d[..., 0], atol=1e-3)
    assert (left.mask == right.mask.flip(-1)).float().mean() > 0.999


def test_factors_of_two_hands_can_be_swapped():
    factors = sample_factors(2, generator=torch.Generator().manual_seed(4))
    other = factors[torch.tensor([1, 0])]
    hands, turned = draw_hands(factors), draw_hands(replace(factors, viewpoint=other.viewpoint))
    assert torch.equal(turned.joints, hands.joints)
    assert not torch.equal(turned.joints_3d, hands.joints_3d)
    repainted = draw_hands(replace(factors, appearance=other.appearance))
    assert torch.equal(repainted.depth, hands.depth)
    assert not torch.equal(repainted.rgb, hands.rgb)
    posed = draw_hands(replace(factors, pose=other.pose))
    assert torch.equal(posed.factors.viewpoint.rotation, hands.factors.viewpoint.rotation)
    assert not torch.equal(posed.joints, hands.joints)


def test_each_hand_is_drawn_from_its_own_factors(hands):
    part = draw_hands(hands.factors[5:9])
    assert torch.allclose(part.joints_2d, hands.joints_2d[5:9], atol=1e-3)
    assert (part.rgb.int() - hands.rgb[5:9].int()).abs().float().mean() < 0.1


def test_a_seed_fixes_everything_and_drawing_adds_no_chance():
    first, again, other = (sample_hands(4, generator=torch.Generator().manual_seed(s)) for s in (5, 5, 6))
    redrawn = draw_hands(first.factors)
    for name in ("rgb", "depth", "joints_2d", "joints_3d", "joints"):
        assert torch.equal(getattr(first, name), getattr(again, name))
        assert torch.equal(getattr(first, name), getattr(redrawn, name))
        assert not torch.equal(getattr(first, name), getattr(other, name))


def test_global_random_state_stays_as_it_was():
    state = torch.get_rng_state()
    sample_hands(2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), state)


def test_no_hands_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        sample_hands(0, generator=torch.Generator())
