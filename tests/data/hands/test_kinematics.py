"""Forward kinematics: lengths, directions, gradients."""

import pytest
import torch

from vae_course.data.hands.anatomy import ANGLES, BONES, FINGERS, JOINTS, LENGTHS, PARENTS, RADII, REST
from vae_course.data.hands.kinematics import bone_rotations, forward_kinematics
from vae_course.data.hands.shape import sample_shape
from vae_course.data.hands.synergies import HIGH, LOW

FLEXIONS = [i for i, angle in enumerate(ANGLES) if angle.axis == "x"]


@pytest.fixture
def poses():
    """Any poses within the limits, natural or not."""
    uniform = torch.rand(500, len(ANGLES), generator=torch.Generator().manual_seed(0))
    return torch.lerp(LOW, HIGH, uniform)


def one(name: str, degrees: float) -> torch.Tensor:
    """The rest pose with one angle changed."""
    pose = torch.zeros(1, len(ANGLES))
    pose[0, [angle.name for angle in ANGLES].index(name)] = torch.deg2rad(torch.tensor(degrees))
    return pose


def test_the_hand_has_21_named_joints_on_20_bones():
    assert len(JOINTS) == len(set(JOINTS)) == len(PARENTS) == len(RADII) == 21
    assert [joint for _, joint in BONES] == list(range(1, 21))
    assert [JOINTS[chain[-1]] for chain in FINGERS.values()] == [f"{name} tip" for name in FINGERS]
    assert all(JOINTS[joint].split()[0] == name for name, chain in FINGERS.items() for joint in chain)
    assert len(ANGLES) >= 20


def test_bones_have_the_published_lengths():
    # mm at a hand length of 189 mm, rounded (Buchholz et al., 1992): metacarpal, then the phalanges
    published = [[47, 37, 30], [88, 46, 27, 18], [84, 50, 32, 20], [80, 46, 31, 20], [78, 39, 22, 18]]
    joints = forward_kinematics(torch.zeros(1, len(ANGLES)))[0]
    for finger, row in zip(FINGERS.values(), published, strict=True):
        ends = joints[[0, *finger]][-len(row) - 1 :]
        assert torch.diff(ends, dim=0).norm(dim=1).tolist() == pytest.approx(row, abs=0.75)


def test_bone_lengths_stay_under_any_pose(poses):
    shape = sample_shape(len(poses), generator=torch.Generator().manual_seed(1))
    joints = forward_kinematics(poses.double(), shape.lengths().double())
    parents, children = torch.tensor(BONES).T
    lengths = (joints[:, children] - joints[:, parents]).norm(dim=-1)
    assert torch.allclose(lengths, shape.lengths().double().flatten(1), atol=1e-9, rtol=0)


def test_the_rest_pose_is_the_generic_hand_scaled():
    joints = forward_kinematics(torch.zeros(1, len(ANGLES)))[0, 1:].view(5, 4, 3)
    # The generic hand's fingers are of other lengths; its thumb's base lies deeper in the palm than a real one's.
    deviation = (joints - REST).norm(dim=-1)
    assert deviation[1:].max() < 10
    assert deviation[1:].mean() < 5
    assert deviation[0, 1:].max() < 13
    directions = torch.diff(joints, dim=1)
    expected = torch.diff(REST, dim=1)
    assert torch.cosine_similarity(directions, expected, dim=-1).min() > 1 - 1e-6


@pytest.mark.parametrize("name", [ANGLES[i].name for i in FLEXIONS if ANGLES[i].finger > 0])
def test_flexing_a_finger_moves_its_tip_to_the_palm(name):
    tip = FINGERS[name.split()[0]][-1]
    rest, bent = forward_kinematics(torch.cat([one(name, 0), one(name, 20)]))[:, tip]
    assert bent[2] - rest[2] > 4  # z points out of the palm, where the palm's side of the fingers looks


@pytest.mark.parametrize("name", [ANGLES[i].name for i in FLEXIONS if ANGLES[i].finger == 0])
def test_flexing_the_thumb_moves_its_tip_across_the_palm(name):
    rest, bent = forward_kinematics(torch.cat([one(name, 0), one(name, 20)]))[:, 4]
    assert rest[0] - bent[0] > 4


def test_abduction_moves_fingers_to_the_thumb_and_the_thumb_out_of_the_palm():
    for name in ("index", "middle", "ring", "little"):
        tip = FINGERS[name][-1]
        rest, moved = forward_kinematics(torch.cat([one(f"{name} MCP abduction", d) for d in (0, 10)]))[
            :, tip
        ]
        assert moved[0] - rest[0] > 10
    rest, moved = forward_kinematics(torch.cat([one("thumb CMC abduction", d) for d in (0, 20)]))[:, 4]
    assert moved[2] - rest[2] > 20


def test_an_angle_between_bones_is_the_flexion_given(poses):
    joints = forward_kinematics(one("index PIP flexion", 50).double())[0]
    along, beyond = joints[6] - joints[5], joints[7] - joints[6]
    rest = forward_kinematics(one("index PIP flexion", 0).double())[0]
    before, after = (
        torch.rad2deg(torch.acos(torch.cosine_similarity(a, b, dim=0)))
        for a, b in ((rest[6] - rest[5], rest[7] - rest[6]), (along, beyond))
    )
    assert after.item() == pytest.approx(50, abs=before.item() + 1e-6)


def test_only_what_follows_a_joint_moves_with_it():
    rest, bent = forward_kinematics(torch.cat([one("ring PIP flexion", d) for d in (0, 40)]))
    moved = (bent - rest).norm(dim=1) > 1e-4
    assert moved.nonzero().flatten().tolist() == [15, 16]


def test_bone_rotations_are_rotations(poses):
    turns = bone_rotations(poses.double())
    assert torch.allclose(turns @ turns.mT, torch.eye(3, dtype=torch.float64).expand_as(turns), atol=1e-12)
    assert torch.allclose(torch.linalg.det(turns), torch.ones(turns.shape[:-2], dtype=torch.float64))


def test_gradients_agree_with_finite_differences(poses):
    pose = poses[:3].double().requires_grad_()
    lengths = LENGTHS.double().expand(3, 5, 4).clone().requires_grad_()
    assert torch.autograd.gradcheck(forward_kinematics, (pose, lengths))


def test_a_pose_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, 23\)"):
        forward_kinematics(torch.zeros(2, 20))
