"""Pictures of hands: exact depth, occlusion, mirrors and cameras, and looks that depend on nothing else."""

from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from tests.data.hands.cloud import assert_same_surface, cloud_depth
from vae_course.data.hands.anatomy import RADII
from vae_course.data.hands.appearance import sample_appearance, skin_tone
from vae_course.data.hands.camera import rotation_from_angles
from vae_course.data.hands.gestures import GESTURES, gesture_poses
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.raycast import Rays
from vae_course.data.hands.render import render
from vae_course.data.hands.surface import CAPSULES, TRIANGLES, hand_surface

PALM, BACK, OBLIQUE = [0.0, 0.0, 0.0], [torch.pi, 0.0, 0.0], [0.8, 0.4, 0.3]


def hand(gesture: str = "spread", angles: list[float] = PALM, distance: float = 500.0) -> Tensor:
    """Joints of one right hand before the camera, (1, 21, 3)."""
    joints = forward_kinematics(gesture_poses()[[GESTURES.index(gesture)]])
    turned = joints @ rotation_from_angles(torch.tensor([angles])).mT
    return turned - turned.mean(1, keepdim=True) + torch.tensor([0, 0, distance])


def scene(joints: Tensor, size: int = 64, focal: float = 2.2) -> tuple:
    """Arguments of `render` without an appearance: right hands, the principal point in the middle."""
    n = len(joints)
    return (
        joints,
        RADII.expand(n, 21),
        torch.zeros(n, dtype=torch.bool),
        torch.full((n,), focal * size),
        torch.full((n, 2), size / 2),
        size,
    )


def look(n: int = 1, seed: int = 0):
    return sample_appearance(n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("gesture", ["spread", "fist", "pinch index"])
def test_depth_is_what_a_dense_cloud_of_spheres_shows(gesture):
    joints = torch.cat([hand(gesture, PALM), hand(gesture, OBLIQUE)])
    found = render(*scene(joints), look(2))
    surface = hand_surface(joints, RADII.expand(2, 21), torch.zeros(2, dtype=torch.bool))
    rays = Rays(torch.full((2,), 2.2 * 64), torch.full((2, 2), 32.0), 64)
    cloud = cloud_depth(surface.centres, surface.radii, CAPSULES, TRIANGLES, rays, fine=32)
    assert found.mask.float().mean() > 0.1
    assert_same_surface(torch.where(found.mask, found.depth, torch.inf), cloud)


def test_pictures_have_the_promised_types_and_the_mask_is_where_there_is_depth():
    found = render(*scene(hand().double(), size=50), look())
    assert (found.rgb.shape, found.rgb.dtype) == ((1, 3, 50, 50), torch.uint8)
    assert (found.depth.shape, found.depth.dtype) == ((1, 50, 50), torch.float32)
    assert torch.equal(found.mask, found.depth > 0)
    assert ((found.depth[found.mask] > 400) & (found.depth[found.mask] < 600)).all()


@pytest.mark.parametrize("gesture", ["flat", "spread", "fist", "point", "ball"])
@pytest.mark.parametrize("angles", [PALM, BACK, OBLIQUE])
def test_every_joint_lies_in_the_mask_behind_its_surface(gesture, angles):
    joints = hand(gesture, angles, distance=600.0)
    found = render(*scene(joints, size=128), look())
    u, v = (2.2 * 128 * joints[0, :, i] / joints[0, :, 2] + 64 for i in (0, 1))
    depth = found.depth[0, v.long(), u.long()]
    assert (depth > 0).all()
    assert (depth < joints[0, :, 2] - 0.8 * RADII.clamp(max=10)).all()


def test_the_palm_has_no_holes_and_the_hand_is_one_piece():
    for angles in (PALM, BACK, [0.4, 0.3, 0.0], [-0.4, 0.3, 0.0]):
        mask = render(*scene(hand("spread", angles), size=128), look()).mask[0]
        outside = torch.zeros_like(mask)
        outside[0] = outside[-1] = outside[:, 0] = outside[:, -1] = True
        holes = ~mask & ~_flood(outside & ~mask, ~mask)
        assert holes.sum() < 3  # a pixel between two fingers that touch is none
        seed = torch.zeros_like(mask)
        seed.view(-1)[mask.flatten().nonzero()[0]] = True
        assert torch.equal(_flood(seed, mask), mask)


@pytest.mark.parametrize("angles", [PALM, BACK])
def test_the_palm_is_filled_between_its_bones(angles):
    joints = hand("flat", angles, distance=600.0)
    corners = joints[0, torch.tensor([[0, 5, 9], [0, 9, 13], [0, 13, 17]])]  # (3, corners, 3)
    mix = torch.rand(500, 3, generator=torch.Generator().manual_seed(0))
    points = ((mix / mix.sum(1, keepdim=True)) @ corners).flatten(0, 1)
    found = render(*scene(joints, size=128), look())
    u, v = (2.2 * 128 * points[:, i] / points[:, 2] + 64 for i in (0, 1))
    assert (points[:, 2] - found.depth[0, v.long(), u.long()]).min() > 7.4


def _flood(region: Tensor, within: Tensor) -> Tensor:
    """All of `within` that hangs together with `region`, corners included."""
    while True:
        spread = torch.nn.functional.max_pool2d(region[None].float(), 3, 1, 1)[0].bool() & within
        if torch.equal(spread, region):
            return region
        region = spread


def test_scaling_everything_changes_depth_and_nothing_else():
    joints = hand("ball", OBLIQUE)
    near = render(*scene(joints), look())
    arguments = list(scene(2 * joints))
    arguments[1] = 2 * arguments[1]
    far = render(*arguments, look())
    torch.testing.assert_close(far.depth, 2 * near.depth, atol=0.1, rtol=0)
    assert (far.rgb.int() - near.rgb.int()).abs().max() <= 2


def test_a_hand_twice_as_far_is_half_as_large():
    def area(distance: float) -> float:
        return render(*scene(hand("fist", distance=distance), 256, 1.5), look()).mask.sum().item()

    assert area(2400) / area(1200) == pytest.approx(0.25, rel=0.06)  # parts before the middle are magnified


def test_the_nearer_of_two_fingers_hides_the_other():
    joints = hand("flat", [torch.pi / 2, 0.0, 0.0])  # from the thumb's side: four fingers in a row
    found = render(*scene(joints, size=128), look())
    u, v = (2.2 * 128 * joints[0, 18, i] / joints[0, 18, 2] + 64 for i in (0, 1))
    assert joints[0, 18, 2] - joints[0, 6, 2] > 50
    assert found.depth[0, int(v), int(u)] < joints[0, 18, 2] - 30


@pytest.mark.parametrize("angles", [PALM, BACK, OBLIQUE])
def test_a_left_hand_is_the_mirror_image_of_a_right_one(angles):
    right = hand("thumb up", angles)
    a, b = scene(right), list(scene(right * torch.tensor([-1.0, 1, 1])))
    b[2] = ~b[2]
    appearance = look()
    reflected = replace(appearance, light=appearance.light * torch.tensor([-1.0, 1, 1]))
    one, other = render(*a, appearance), render(*b, reflected)
    assert torch.equal(one.mask, other.mask.flip(2))
    torch.testing.assert_close(one.depth, other.depth.flip(2), atol=0.02, rtol=0)
    inside = one.mask & torch.nn.functional.avg_pool2d(one.mask.float(), 3, 1, 1).eq(1)
    difference = (one.rgb.int() - other.rgb.flip(3).int()).abs().amax(1)[inside].float()
    assert difference.quantile(0.99) <= 2


def test_the_wrong_side_shows_the_back_where_the_palm_is():
    arguments = list(scene(hand("flat", PALM), size=128))
    appearance = replace(look(), skin=torch.tensor([[0.3, 0.2, 0.15]]), palm=torch.tensor([[0.8, 0.6, 0.5]]))
    right = render(*arguments, appearance)
    arguments[2] = ~arguments[2]
    wrong = render(*arguments, appearance)
    assert right.rgb[0, 0][right.mask[0]].float().mean() > 1.3 * wrong.rgb[0, 0][wrong.mask[0]].float().mean()


def test_the_same_arguments_give_the_same_picture_in_any_company():
    joints = torch.cat([hand("spread", a) for a in (PALM, BACK, OBLIQUE)] * 5)
    appearance = look(15)
    arguments = scene(joints)
    together = render(*arguments, appearance)
    again = render(*arguments, appearance)
    assert torch.equal(together.rgb, again.rgb)
    assert torch.equal(together.depth, again.depth)
    alone = render(*(a[11:12] if isinstance(a, Tensor) else a for a in arguments), appearance[11:12])
    torch.testing.assert_close(together.depth[11:12], alone.depth, atol=1e-2, rtol=0)
    assert (together.rgb[11:12].int() - alone.rgb.int()).abs().float().mean() < 0.05


def test_neither_pose_nor_viewpoint_touches_the_background():
    joints = torch.cat([hand("spread", PALM), hand("fist", OBLIQUE)])
    appearance = look()[torch.tensor([0, 0])]
    found = render(*scene(joints), appearance)
    near_hand = torch.nn.functional.max_pool2d(found.mask.float(), 3, 1, 1).amax(0).bool()
    assert (~near_hand).float().mean() > 0.2
    assert torch.equal(found.rgb[0][:, ~near_hand], found.rgb[1][:, ~near_hand])
    wall = (255 * appearance.background.paint(64)[0]).round().to(torch.uint8)
    assert torch.equal(found.rgb[0][:, ~near_hand], wall[:, ~near_hand])


def test_swapping_the_background_leaves_the_hand_as_it_was():
    joints, appearance = hand().expand(2, 21, 3), look(2)
    swapped = replace(appearance, background=appearance.background[torch.tensor([1, 0])])
    one, other = render(*scene(joints), appearance), render(*scene(joints), swapped)
    inside = one.mask & torch.nn.functional.avg_pool2d(one.mask.float(), 3, 1, 1).eq(1)
    same = (one.rgb == other.rgb).all(1)
    assert same[inside].float().mean() > 0.95  # the rest is pixels with a corner between two fingers
    assert not same[~one.mask].all()


def test_lighter_skin_is_brighter_and_so_is_stronger_light():
    tones = skin_tone(torch.linspace(0, 1, 6))
    appearance = look()[torch.zeros(6, dtype=torch.long)]
    found = render(*scene(hand().expand(6, 21, 3)), replace(appearance, skin=tones, palm=tones))
    brightness = found.rgb.float().mean(1)[found.mask].view(6, -1).mean(1)
    assert (brightness.diff() < -5).all()
    lit = render(*scene(hand().expand(6, 21, 3)), replace(appearance, brightness=torch.linspace(0.5, 1.0, 6)))
    assert (lit.rgb.float().mean(1)[lit.mask].view(6, -1).mean(1).diff() > 2).all()


def test_light_from_the_left_lights_the_left():
    appearance = look()[torch.zeros(2, dtype=torch.long)]
    light = torch.nn.functional.normalize(torch.tensor([[-1.0, 0, -0.3], [1, 0, -0.3]]), dim=1)
    arguments = scene(hand("fist", distance=900.0).expand(2, 21, 3), focal=6.0)
    left, right = render(*arguments, replace(appearance, light=light)).rgb.float().mean(1)
    mask = render(*arguments, appearance).mask[0]
    column = torch.arange(64.0).expand(64, 64)[mask]
    difference = (left - right)[mask]
    assert torch.corrcoef(torch.stack([column, difference]))[0, 1] < -0.3


def test_rgb_has_smooth_edges_between_hand_and_wall():
    appearance = look()
    white = replace(appearance.background, colours=torch.ones(1, 3, 3), roughness=torch.zeros(1, 4))
    black = replace(white, colours=torch.zeros(1, 3, 3))
    bright, dark = (
        render(*scene(hand()), replace(appearance, background=b)).rgb[0, 0].int() for b in (white, black)
    )
    cover = 1 - (bright - dark) / 255  # 1 on the hand, 0 on the wall
    mask = render(*scene(hand()), appearance).mask[0]
    assert ((cover >= 0.5 - 1e-2) == mask).float().mean() > 0.995
    assert 0.02 < ((cover > 0.1) & (cover < 0.9)).float().mean() < 0.2
    assert abs(cover.mean() - mask.float().mean()) < 0.005


def test_a_larger_picture_shows_the_same():
    appearance = look(4, seed=5)
    joints = torch.cat([hand(g, OBLIQUE) for g in ("fist", "spread", "point", "flat")])
    small = render(*scene(joints, size=64), appearance).rgb.float()
    large = render(*scene(joints, size=128), appearance).rgb.float()
    assert (torch.nn.functional.avg_pool2d(large, 2) - small).abs().mean() < 4


def test_appearances_follow_their_seed_and_cover_light_and_dark():
    one, same, other = look(200), look(200), look(200, seed=1)
    for field in fields(one):
        if field.name != "background":
            assert torch.equal(getattr(one, field.name), getattr(same, field.name))
    assert torch.equal(one.background.paint(16), same.background.paint(16))
    assert not torch.equal(one.skin, other.skin)
    red, green, blue = one.skin.unbind(1)
    assert (red > green).all()
    assert (green > 0.9 * blue).all()
    assert red.min() < 0.35
    assert red.max() > 0.85
    assert (one.light[:, 2] < 0).all()  # from the camera's side


def test_backgrounds_differ_from_each_other_and_some_are_plain():
    walls = look(300).background.paint(32)
    assert walls.min() >= 0
    assert walls.max() <= 1
    spread = walls.std((2, 3)).mean(1)
    assert (spread < 0.02).float().mean() > 0.05
    assert (spread > 0.1).float().mean() > 0.2
    assert walls.mean((2, 3)).std(0).min() > 0.1


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, torch.zeros(1, 20, 3), "joints must be"),
        (1, torch.zeros(21), "radii must be"),
        (3, torch.zeros(2), "focal must be"),
        (4, torch.zeros(1), "centre must be"),
        (5, 8, "at least 16"),
        (0, torch.zeros(1, 21, 3), "in front of the camera"),
    ],
)
def test_bad_arguments_are_named(place, value, message):
    arguments = list(scene(hand()))
    arguments[place] = value
    with pytest.raises(ValueError, match=message):
        render(*arguments, look())


def test_each_hand_needs_an_appearance():
    with pytest.raises(ValueError, match="1 hands, 2 appearances"):
        render(*scene(hand()), look(2))
    with pytest.raises(ValueError, match="0 hands"):
        render(*scene(hand()[:0]), look(1)[:0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_draws_the_same_pictures():
    joints = torch.cat([hand("spread", a) for a in (PALM, BACK, OBLIQUE)])
    arguments, appearance = scene(joints), look(3)
    found = render(*arguments, appearance)
    moved = sample_appearance(3, generator=torch.Generator().manual_seed(0), device="cuda")
    other = render(*(a.cuda() if isinstance(a, Tensor) else a for a in arguments), moved)
    assert (found.mask != other.mask.cpu()).float().mean() < 1e-3
    assert (found.depth - other.depth.cpu()).abs().median() < 1e-2
    assert (found.rgb.int() - other.rgb.cpu().int()).abs().float().mean() < 0.3
