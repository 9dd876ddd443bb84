"""Decoders of pictures that know where the bones are."""

import pytest
import torch

from vae_course.data.hands import BONES
from vae_course.models import skeleton_hands
from vae_course.models.skeleton import SkeletonDecoder, bone_maps
from vae_course.nets import Decoder

SIZE = 32


def hands(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return 1.4 * torch.rand(n, 21, 2, generator=generator) - 0.7, torch.randn(n, 21, generator=generator)


@pytest.mark.parametrize("size", [SIZE, 2 * SIZE])
def test_a_bones_map_is_a_bell_of_the_distance_to_it_as_wide_as_the_side_says(size):
    """Against the smallest distance to 2,001 points along the bone, in units of 1/32 of the side."""
    joints, nearness = hands(2)
    maps = bone_maps(joints, nearness, size)
    assert maps.shape == (2, 21, size, size)
    centres = (torch.arange(size) + 0.5 - size / 2) * 32 / size
    v, u = torch.meshgrid(centres, centres, indexing="ij")
    points = torch.stack([u, v], -1).view(-1, 2)
    for bone, (start, end) in enumerate(BONES):
        t = torch.linspace(0, 1, 2001)[:, None]
        along = (1 - t) * joints[0, start] * 32 / 2 + t * joints[0, end] * 32 / 2
        distance = torch.cdist(points, along).amin(1).view(size, size)
        assert torch.allclose(maps[0, bone], torch.exp(-distance.square() / 2), atol=2e-3)


def test_of_crossing_bones_the_nearer_one_is_seen():
    joints = torch.zeros(2, 21, 2)
    nearness = torch.zeros(2, 21)
    joints[:, 1], joints[:, 5] = (
        torch.tensor([0.5, 0.0]),
        torch.tensor([0.5, 0.0]),
    )  # two bones, one above the other
    joints[:, 2:5], joints[:, 6:] = -5.0, -5.0
    nearness[0, 1], nearness[1, 5] = 4.0, 4.0
    for k in range(2):
        front = bone_maps(joints, nearness, SIZE)[k, -1]
        assert front[SIZE // 2, 3 * SIZE // 4 - 1] > 3.5  # where the bone that comes near ends
        assert front[-1, -1].abs() < 1e-3  # no bone


def test_moving_the_joints_by_a_point_moves_the_maps_by_a_point():
    joints, nearness = hands(1)
    moved = bone_maps(joints + torch.tensor([2 / SIZE, 0.0]), nearness, SIZE)
    assert torch.allclose(moved[..., 1:], bone_maps(joints, nearness, SIZE)[..., :-1], atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_do_not_move_the_joints(channels):
    torch.manual_seed(0)
    decoder = SkeletonDecoder(Decoder(4, [8], 42), Decoder(4, [8], 63), channels, SIZE)
    z = torch.randn(5, 3, 4)
    picture = decoder(z)
    assert picture.shape == (5, 3, channels * SIZE * SIZE)
    assert torch.allclose(decoder(z[2]), picture[2], atol=1e-4)  # float32 rounds to 1e-5 here
    assert (picture[1] - picture[2]).abs().max() > 1e-2  # and other codes are other pictures
    picture.sum().backward()
    own = {name for name, p in decoder.named_parameters() if p.grad is not None and p.grad.any()}
    assert not any(name.startswith("joints") for name in own)
    assert {"hidden.weight", "last.weight"} <= own


def test_the_picture_follows_the_joints_that_the_code_gives():
    """Only the decoders of joints see the difference of two codes here, and the picture is another."""
    torch.manual_seed(0)
    model = skeleton_hands(size=SIZE)
    decoder = model.decoders["depth"]
    assert decoder.joints_2d is model.decoders["joints_2d"]
    torch.nn.init.zeros_(decoder.coarse.mlp[0][0].weight)
    z = torch.randn(2, 32)
    with torch.no_grad():
        first, second = decoder(z)
        assert (first - second).abs().max() > 1e-4
        model.decoders["joints_2d"].net[-1].bias += 0.5
        assert (decoder(z)[0] - first).abs().max() > 1e-4


def test_decoders_are_small_enough_for_a_page():
    for name in ("cutout", "depth"):
        assert sum(p.numel() for p in skeleton_hands().decoders[name].parameters()) < 300_000
