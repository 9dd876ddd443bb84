"""Errors of a hand's factors, and what a part of a code tells about one."""

import math

import pytest
import torch

from vae_course.data.hands import rotation_from_angles
from vae_course.evaluation.hand_factors import explained, factor_errors, leakage, nearest_rotation, turned_by


def about_z(degrees):
    t = math.radians(degrees)
    return torch.tensor([math.cos(t), -math.sin(t), 0, math.sin(t), math.cos(t), 0, 0, 0, 1.0])


@pytest.mark.parametrize("degrees", [0.0, 1.0, 90.0, 180.0])
def test_the_angle_between_rotations(degrees):
    assert turned_by(about_z(20 + degrees), about_z(20)).item() == pytest.approx(degrees, abs=1e-2)


def test_the_nearest_rotation_is_one_and_leaves_rotations_alone():
    noisy = torch.randn(20, 9, generator=torch.Generator().manual_seed(0))
    found = nearest_rotation(noisy)
    torch.testing.assert_close(found @ found.mT, torch.eye(3, dtype=torch.float64).expand(20, 3, 3))
    assert (torch.linalg.det(found) > 0.99).all()
    rotation = rotation_from_angles(torch.tensor([0.3, -0.2, 1.0]))
    torch.testing.assert_close(nearest_rotation(rotation.flatten()).float(), rotation)


def test_errors_are_in_mm_degrees_and_grey_levels():
    true = {"pose": torch.zeros(2, 63), "view": about_z(0).repeat(2, 1), "content": torch.full((2, 54), 0.5)}
    shifted = torch.zeros(2, 21, 3)
    shifted[..., 0] = 0.1  # of 50 mm
    found = {"pose": shifted.flatten(1), "view": about_z(12).repeat(2, 1), "content": true["content"] + 0.1}
    errors = factor_errors(found, true)
    expected = {"pose": 5.0, "view": 12.0, "content": 25.5}
    for name, error in errors.items():
        torch.testing.assert_close(error, torch.full((2,), expected[name]).double(), atol=1e-3, rtol=1e-4)
    assert set(factor_errors({"view": found["view"]}, true)) == {"view"}


def test_a_part_explains_its_own_factor_and_not_another():
    codes = torch.randn(2000, 6, generator=torch.Generator().manual_seed(0))
    factors = {"first": codes[:, :1] ** 2 + codes[:, 1:2], "second": 3 * codes[:, 3:5] - 1}
    table = leakage({"first": codes[:, :3], "second": codes[:, 3:]}, factors)
    assert (table.diagonal() > 0.98).all()
    assert table[0, 1] < 0.02
    assert table[1, 0] < 0.02
    assert explained(torch.zeros(100, 2), codes[:100, :1]) == pytest.approx(0, abs=0.1)
