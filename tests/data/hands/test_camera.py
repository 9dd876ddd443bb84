"""The camera: uniform over rotations, with the hand inside the crop."""

import math

import pytest
import torch

from vae_course.data.hands.camera import (
    Camera,
    Viewpoint,
    frame,
    look,
    project,
    rotation_from_angles,
    sample_viewpoint,
)
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.pose import sample_pose
from vae_course.data.hands.shape import sample_shape


@pytest.fixture(scope="module")
def views():
    return sample_viewpoint(200_000, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def seen():
    """2,000 hands in the camera frame, their radii and viewpoints."""
    generator = torch.Generator().manual_seed(1)
    shape = sample_shape(2000, generator=generator)
    view = sample_viewpoint(2000, generator=generator)
    joints = forward_kinematics(sample_pose(shape, generator=generator), shape.lengths())
    return joints, look(joints, view), shape.radii(), view


def test_rotations_are_proper(views):
    R = views.rotation[:1000].double()
    assert torch.allclose(R @ R.mT, torch.eye(3, dtype=torch.float64).expand(1000, 3, 3), atol=1e-5)
    assert torch.allclose(torch.linalg.det(R), torch.ones(1000, dtype=torch.float64), atol=1e-5)


def test_viewing_directions_are_uniform_on_the_sphere(views):
    d = views.direction
    error = 4 / math.sqrt(len(d))  # four standard errors of a mean of variance at most 1
    assert d.mean(0).abs().max() < error
    assert (d.T @ d / len(d) - torch.eye(3) / 3).abs().max() < error
    assert (d.pow(4).mean(0) - 1 / 5).abs().max() < error
    # On a sphere each coordinate is uniform (Archimedes): every decile is as full.
    counts = torch.stack([torch.histc(column, 10, -1, 1) for column in d.T]) / len(d)
    assert (counts - 0.1).abs().max() < 4 * math.sqrt(0.09 / len(d))


def test_rolls_are_uniform_whatever_the_direction(views):
    azimuth, elevation, roll = views.angles.T
    for part in (elevation > 0.5, elevation < -0.5, azimuth.abs() < 1):
        counts = torch.histc(roll[part], 12, -math.pi, math.pi) / part.sum()
        assert (counts - 1 / 12).abs().max() < 5 * math.sqrt(1 / 12 / part.sum())


def test_rotations_have_the_moments_of_the_uniform_distribution(views):
    R = views.rotation
    error = 4 / math.sqrt(len(R))
    assert R.mean(0).abs().max() < error
    assert (R.square().mean(0) - 1 / 3).abs().max() < error
    angle = torch.acos(((R.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2).clamp(-1, 1))
    assert angle.mean().item() == pytest.approx(
        math.pi / 2 + 2 / math.pi, abs=error
    )  # density (1 - cos) / pi


def test_angles_and_rotation_are_two_names_of_one_viewpoint(views):
    R = views.rotation[:5000].double()
    view = Viewpoint(R, *(torch.empty(0),) * 3)
    assert torch.allclose(rotation_from_angles(view.angles), R, atol=1e-5)


def test_angle_zero_looks_onto_the_palm_of_an_upright_hand():
    R = rotation_from_angles(torch.zeros(1, 3))
    assert torch.allclose(R[0], torch.diag(torch.tensor([1.0, -1.0, -1.0])))  # thumb right, fingers up


def test_azimuth_turns_the_camera_to_the_thumbs_side_and_roll_turns_the_picture_clockwise():
    turned = rotation_from_angles(torch.tensor([[0.3, 0.0, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 0.2]]))
    directions = Viewpoint(turned, *(torch.empty(0),) * 3).direction
    assert directions[0, 0] > 0.2
    assert directions[1, 1] > 0.3
    fingers = turned[2] @ torch.tensor([0.0, 1.0, 0.0])
    assert fingers[0] > 0.1  # the fingers lean to the right
    assert fingers[1] < -0.9


def test_looking_keeps_distances_and_puts_the_hand_ahead(seen):
    joints, inside, _, view = seen
    assert torch.allclose(torch.cdist(joints, joints), torch.cdist(inside, inside), atol=0.5)
    middle = (inside.amin(1) + inside.amax(1)) / 2
    assert middle[:, :2].abs().max() < 1e-2
    assert torch.allclose(middle[:, 2], view.distance, atol=1e-2)
    assert inside[..., 2].min() > 250


@pytest.mark.parametrize("size", [64, 128])
def test_the_hand_fits_the_crop_with_its_margin(seen, size):
    _, joints, radii, view = seen
    camera = frame(joints, radii, view, size)
    centres = project(joints, camera)
    sphere = torch.randn(300, 3, generator=torch.Generator().manual_seed(2))
    surface = joints[:, :, None] + radii[..., None, None] * sphere / sphere.norm(dim=1, keepdim=True)
    pixels = project(surface.flatten(1, 2), camera)  # the outline of every ball
    low, high = pixels.amin(1), pixels.amax(1)
    assert low.min() > 0
    assert high.max() < size
    longer = (high - low).amax(1) / size
    assert (longer <= 1 - 2 * view.margin + 1e-4).all()
    assert (longer >= 1 - 2 * view.margin - 0.05).all()  # no more room than asked for
    assert (centres > 0).all()
    assert (centres < size).all()


def test_projection_is_that_of_a_pinhole():
    camera = Camera(torch.tensor([100.0]), torch.tensor([[30.0, 40.0]]))
    points = torch.tensor([[[0.0, 0.0, 5.0], [1.0, 2.0, 4.0]]])
    assert project(points, camera)[0].tolist() == [[30, 40], [55, 90]]


def test_a_seed_fixes_the_viewpoint():
    first, again, other = (sample_viewpoint(5, generator=torch.Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(first.rotation, again.rotation)
    assert torch.equal(first.offset, again.offset)
    assert not torch.equal(first.rotation, other.rotation)
