"""The pinwheel's arms."""

import math

import pytest
import torch

from vae_course.data.pinwheel import pinwheel


def test_arms_are_equally_likely_and_a_turn_of_each_other():
    x, labels = pinwheel(50_000, torch.Generator().manual_seed(0))
    assert x.shape == (50_000, 2)
    share = torch.bincount(labels) / 50_000
    assert share.shape == (5,)
    assert (share - 0.2).abs().max() < 0.01
    means = torch.stack([x[labels == k].mean(0) for k in range(5)])
    angles = torch.atan2(means[:, 1], means[:, 0])
    steps = (angles.roll(-1) - angles) % (2 * math.pi)
    assert torch.allclose(steps, torch.full((5,), 2 * math.pi / 5), atol=0.02)


def test_points_lie_one_unit_out_with_the_stated_spread():
    x, _ = pinwheel(50_000, torch.Generator().manual_seed(0), tangential=0.0)
    radius = x.norm(dim=1)
    assert radius.mean().item() == pytest.approx(1, abs=0.01)
    assert radius.std().item() == pytest.approx(0.3, abs=0.01)


def test_arms_bend_with_the_rate_and_are_straight_without():
    def turn_of_radius(rate: float) -> float:
        x, labels = pinwheel(20_000, torch.Generator().manual_seed(1), rate=rate, tangential=0.02)
        arm = x[labels == 0]
        angle = torch.atan2(arm[:, 1], arm[:, 0])
        radius = arm.norm(dim=1)
        near, far = (radius - 0.7).abs() < 0.1, (radius - 1.3).abs() < 0.1
        return (angle[far].mean() - angle[near].mean()).item()

    assert turn_of_radius(0.0) == pytest.approx(0, abs=0.01)
    assert turn_of_radius(0.25) == pytest.approx(0.25 * (math.exp(1.3) - math.exp(0.7)), abs=0.03)


def test_straightened_arms_are_gaussians_of_the_given_spread():
    x, labels = pinwheel(50_000, torch.Generator().manual_seed(0), radial=0.2, tangential=0.01)
    angle = 2 * math.pi * labels / 5 + 0.25 * x.norm(dim=1).exp()  # the radius is r, but for the thin arm's t
    r = angle.cos() * x[:, 0] + angle.sin() * x[:, 1]
    t = angle.cos() * x[:, 1] - angle.sin() * x[:, 0]
    assert (r.mean().item(), r.std().item()) == pytest.approx((1, 0.2), abs=0.005)
    assert (t.mean().item(), t.std().item()) == pytest.approx((0, 0.01), abs=0.0005)


def test_the_seed_decides():
    draws = [pinwheel(10, torch.Generator().manual_seed(seed))[0] for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_impossible_pinwheels_are_refused():
    with pytest.raises(ValueError, match="at least one arm"):
        pinwheel(10, torch.Generator(), arms=0)
    with pytest.raises(ValueError, match="not negative"):
        pinwheel(10, torch.Generator(), radial=-0.1)
