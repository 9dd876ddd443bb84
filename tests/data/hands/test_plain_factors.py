"""Hands whose photographs three factors decide."""

import pytest
import torch

from vae_course.data import hand_factors
from vae_course.data.hands import draw_hands
from vae_course.data.hands.pose import collides


@pytest.fixture(scope="module")
def drawn():
    factors = hand_factors.plain_factors(6, generator=torch.Generator().manual_seed(3))
    return factors, hand_factors.factor_rows(draw_hands(factors, size=32))


def test_rows_have_the_sizes_that_they_promise(drawn):
    _, rows = drawn
    for name, size in hand_factors.FACTORS.items():
        assert rows[name].shape == (6, size)
    assert rows["rgb"].shape == (6, 3 * 32 * 32)


def test_the_same_seed_gives_the_same_factors_with_and_without_images(drawn):
    _, rows = drawn
    joints = hand_factors.draw_factor_joints(6, seed=3)
    for name in ("pose", "view", "content"):
        assert torch.equal(joints[name], rows[name])
    torch.testing.assert_close(joints["joints_2d"], rows["joints_2d"], atol=1e-4, rtol=0)


def test_exchanged_factors_change_what_they_should_and_nothing_else(drawn):
    factors, rows = drawn
    other = factors[torch.arange(6).roll(1)]
    mixed = hand_factors.factor_rows(draw_hands(hand_factors.mixed_factors(factors, other, factors), size=32))
    assert torch.equal(mixed["pose"], rows["pose"])
    assert torch.equal(mixed["content"], rows["content"])
    assert torch.equal(mixed["view"], rows["view"].roll(1, 0))
    same = hand_factors.factor_rows(
        draw_hands(hand_factors.mixed_factors(factors, factors, factors), size=32)
    )
    assert torch.equal(same["rgb"], rows["rgb"])


def test_no_finger_runs_through_another():
    generator = torch.Generator().manual_seed(0)
    bends = hand_factors.sample_bends(300, generator=generator)
    factors = hand_factors.plain_factors(300, generator=generator)
    assert not collides(hand_factors.bent_pose(bends), factors.shape).any()
    assert ((bends >= 0) & (bends <= 1)).all()


def test_the_view_stays_within_its_limits():
    numbers = hand_factors.factor_numbers(hand_factors.draw_factor_joints(200, seed=0))
    largest = torch.rad2deg(numbers["view"].abs().amax(0))
    assert (largest <= torch.tensor(hand_factors.VIEWS) + 0.01).all()
    assert (largest > 0.8 * torch.tensor(hand_factors.VIEWS)).all()
