"""The networks of hands, and the units in which they see them."""

import pytest
import torch

from vae_course.data.hand_modalities import draw_hand_rows, draw_joint_rows, hand_units, joints_mm, joints_px
from vae_course.models.hands import cross_modal_hands, hand_decoder

SIZE = 32


@pytest.fixture(scope="module")
def rows():
    return draw_hand_rows(4, seed=3, size=SIZE)


def test_every_pair_of_modalities_has_a_bound_and_keeps_the_shapes(rows):
    model, batch = cross_modal_hands(size=SIZE), hand_units(rows)
    for source in model.encoders:
        z = model.q_z(batch[source], source).mean
        assert z.shape == (4, 32)
        for target in model.decoders:
            assert model.p_x(z, target).log_prob(batch[target]).shape == (4,)


def test_units_lie_in_their_ranges_and_cut_outs_are_grey_outside_of_the_hand(rows):
    batch = hand_units(rows)
    hand = (batch["depth"] > 0).view(4, 1, SIZE, SIZE)
    assert 0.05 < hand.float().mean() < 0.8
    cutout = batch["cutout"].view(4, 3, SIZE, SIZE)
    assert (cutout.masked_select(~hand) == 0).all()
    assert torch.equal(cutout * hand, batch["rgb"].view(4, 3, SIZE, SIZE) * hand)
    assert batch["rgb"].abs().max() <= 0.5
    assert batch["depth"].min() >= 0
    assert batch["depth"].max() <= 1
    assert batch["joints_2d"].abs().max() < 1


def test_joints_come_back_in_millimetres_and_pixels_with_the_palm_as_root(rows):
    batch = hand_units(rows)
    joints = joints_mm(batch["joints_3d"])
    assert torch.allclose(joints.flatten(1), rows["joints_3d"], atol=1e-4)
    assert (joints[:, 0] == 0).all()
    middle = joints[:, 9].norm(dim=-1)  # half the wrist-to-knuckle bone, 84 mm in a hand of 189
    assert ((middle > 30) & (middle < 55)).all()
    turned = joints_mm(batch["pose"]) @ rows["view"].view(-1, 3, 3).mT
    assert torch.allclose(turned, joints, atol=1e-3)
    pixels = joints_px(batch["joints_2d"], SIZE)
    assert torch.allclose(pixels.flatten(1), SIZE * rows["joints_2d"], atol=1e-4)


def test_depth_grows_towards_the_camera(rows):
    """At a fingertip, depth is that of the joint, or of flesh in front of it."""
    depth = rows["depth"].view(4, SIZE, SIZE).float()
    u, v = (SIZE * rows["joints_2d"].view(4, 21, 2)).long().clamp(0, SIZE - 1).unbind(-1)
    seen = depth[torch.arange(4)[:, None], v, u]
    joint = 128 - rows["joints_3d"].view(4, 21, 3)[..., 2]
    assert (seen[:, 4:] + 6 > joint[:, 4:])[seen[:, 4:] > 0].float().mean() > 0.95


def test_a_seed_gives_the_same_hands_and_another_seed_others(rows):
    again, other = (draw_hand_rows(4, seed=seed, size=SIZE) for seed in (3, 4))
    assert all(torch.equal(rows[name], again[name]) for name in rows)
    assert not torch.equal(rows["pose"], other["pose"])


def test_joints_alone_are_those_of_drawn_hands_of_the_same_factors(rows):
    alone = draw_joint_rows(4, seed=3, size=SIZE)
    assert all(torch.allclose(alone[name], rows[name], atol=1e-3) for name in alone)
    assert set(alone) == {"joints_2d", "joints_3d", "pose", "view"}


def test_decoders_are_small_enough_for_a_page():
    for modality in ("cutout", "depth"):
        assert sum(p.numel() for p in hand_decoder(modality).parameters()) < 250_000


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="32 or 64"):
        cross_modal_hands(size=48)
