"""Self-contact: distances against brute force, and hands that were made to cross."""

import pytest
import torch

from tests.data.hands.flexion import flexions
from vae_course.data.hands.anatomy import ANGLES, BONES, RADII
from vae_course.data.hands.contact import PAIRS, WEB, closest, penetration
from vae_course.data.hands.gestures import GESTURES, gesture_poses
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.pose import TOLERANCE, collides, propose_pose, sample_pose
from vae_course.data.hands.shape import Shape, sample_shape


def hand(**degrees: float) -> torch.Tensor:
    """The rest pose with some angles set; thumb_MCP_flexion stands for "thumb MCP flexion"."""
    pose = torch.zeros(1, len(ANGLES))
    for name, value in degrees.items():
        pose[0, [angle.name for angle in ANGLES].index(name.replace("_", " "))] = value
    return torch.deg2rad(pose)


def common(n: int) -> Shape:
    return Shape(torch.full((n,), 189.0), torch.ones(n, 5), torch.ones(n))


CROSSED = {
    "index over middle": hand(index_MCP_abduction=-15, middle_MCP_abduction=20),
    "little under ring": hand(little_MCP_abduction=20, ring_MCP_abduction=-14),
    "thumb in the palm": hand(thumb_CMC_flexion=35, thumb_CMC_abduction=-30),
    "thumb in closed fingers": hand(
        **{f"{f}_{j}_flexion": v for f in ("index", "middle") for j, v in (("MCP", 80), ("PIP", 95))},
        thumb_CMC_flexion=30,
        thumb_MCP_flexion=50,
    ),
    "middle through ring": hand(
        middle_MCP_flexion=60, middle_MCP_abduction=-8, ring_MCP_flexion=62, ring_MCP_abduction=20
    ),
    "fingertip in the ball of the thumb": hand(
        index_MCP_flexion=90, index_PIP_flexion=100, index_DIP_flexion=90
    ),
}


def brute_force(joints: torch.Tensor, radii: torch.Tensor, points: int = 33) -> torch.Tensor:
    """Overlap of balls strung along the bones, deepest of all pairs, (batch,) mm."""
    starts, ends = torch.tensor(BONES).T
    t = torch.linspace(0, 1, points, dtype=joints.dtype)[:, None]
    begin = torch.zeros(20, 1, 1, dtype=joints.dtype)
    begin[5::4] = WEB
    t = begin + (1 - begin) * t  # (20, points, 1)
    centres = torch.lerp(joints[:, starts, None], joints[:, ends, None], t)
    sizes = torch.lerp(radii[:, starts, None], radii[:, ends, None], t[..., 0])
    one, other = PAIRS.T
    distances = torch.cdist(centres[:, one], centres[:, other])
    return (sizes[:, one, :, None] + sizes[:, other, None] - distances).flatten(1).amax(1)


def test_closest_points_of_segments_are_those_of_brute_force():
    ends = torch.randn(4, 400, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ends[3, :100] = ends[2, :100] + (ends[1] - ends[0])[:100]  # parallel
    ends[3, 100:200] = ends[2, 100:200] + 0.01 * ends[3, 100:200]  # short
    a, b, c, d = ends
    s, t = closest(a, b - a, c, d - c)
    found = (torch.lerp(a, b, s[:, None]) - torch.lerp(c, d, t[:, None])).norm(dim=-1)
    grid = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]
    all_distances = torch.cdist(
        torch.lerp(a[:, None], b[:, None], grid), torch.lerp(c[:, None], d[:, None], grid)
    )
    best = all_distances.flatten(1).amin(1)
    assert (found <= best + 1e-12).all()
    assert (best - found).max() < 0.03  # what the grid misses


@pytest.mark.parametrize("name", CROSSED)
def test_a_planted_crossing_is_seen(name):
    joints = forward_kinematics(CROSSED[name])
    assert penetration(joints, RADII[None]).max() > 3
    assert collides(CROSSED[name], common(1)).all()


@pytest.mark.parametrize("name", GESTURES)
def test_a_gesture_does_not_run_through_itself(name):
    pose = gesture_poses()[GESTURES.index(name)][None]
    assert penetration(forward_kinematics(pose), RADII[None]).max() < 1


def test_touching_gestures_touch():
    tips = {"pinch index": 8, "pinch middle": 12, "pinch ring": 16, "pinch little": 20}
    joints = forward_kinematics(gesture_poses())
    for name, tip in tips.items():
        hand = joints[GESTURES.index(name)]
        assert (hand[4] - hand[tip]).norm() < RADII[4] + RADII[tip] + 3


def test_a_fist_is_closed_and_a_flat_hand_open():
    angles = flexions(forward_kinematics(gesture_poses()))[:, 3:]
    assert angles[GESTURES.index("fist")].view(4, 3)[:, :2].min() > 60
    assert angles[GESTURES.index("flat")].max() < 20


def test_proposals_collide_and_samples_do_not():
    generator = torch.Generator().manual_seed(3)
    shape = sample_shape(300, generator=generator)
    proposed = propose_pose(300, generator=generator)
    sampled = sample_pose(shape, generator=generator)
    depths = [
        brute_force(forward_kinematics(pose, shape.lengths()), shape.radii()) for pose in (proposed, sampled)
    ]
    assert (depths[0] > TOLERANCE).float().mean() > 0.1  # or the comparison would show nothing
    assert depths[1].max() < TOLERANCE + 0.4  # what the search for the deepest place may miss
    assert (depths[1] > 0).float().mean() < 0.35


def test_a_hand_that_always_collides_spreads_its_fingers(monkeypatch):
    crossed = CROSSED["index over middle"]
    monkeypatch.setattr("vae_course.data.hands.pose.propose_pose", lambda n, generator: crossed.repeat(n, 1))
    pose = sample_pose(common(3), generator=torch.Generator())
    assert torch.equal(pose, gesture_poses()[GESTURES.index("spread")].expand(3, -1))
    assert not collides(pose, sample_shape(3, generator=torch.Generator())).any()
