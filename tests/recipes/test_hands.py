"""The recipes of chapter 8: what they are trained on, and what moves in which stage."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from vae_course.models.hands import skeleton_hands
from vae_course.recipes import RECIPES, hand_pictures, hand_sweeps, hands
from vae_course.recipes.hand_figures import baselines
from vae_course.recipes.hand_rows import hands as drawn_hands
from vae_course.recipes.hand_rows import small_hands


def test_both_files_come_from_one_model(bench, monkeypatch):
    encoders = RECIPES["hands-encoders"].train(bench)
    monkeypatch.setattr(hands, "in_turn", lambda visits: None)  # nothing can be trained any more
    decoders = RECIPES["hands-decoders"].train(bench)
    assert encoders.figures == decoders.figures
    assert set(encoders.module) == {"rgb", "depth", "joints_2d", "joints_3d"}
    assert set(decoders.module) == {"cutout", "depth", "joints_2d", "joints_3d"}
    assert encoders.module.rgb.conv[0].weight.dtype == torch.float16


def test_where_decoders_of_pictures_learn_alone_nothing_else_moves_and_plain_ones_stand_beside(bench):
    (stage,) = [stage for stage in hands.STAGES if stage.only]
    torch.manual_seed(0)
    model = skeleton_hands().half().float()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    hands.learn(bench, "hands/alone", stage, model)
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(before[name], tensor)}
    own = ("coarse", "hidden", "last", "colours")  # of the decoders of pictures; the joints' are shared
    moved -= {name for name in moved if name.startswith("likelihoods.")}
    assert moved
    assert all(name.split(".")[1] in hands.PICTURES and name.split(".")[2] in own for name in moved)
    beside = hands.beside_plain_decoders(bench, stage, model)
    assert set(beside) == {"with a skeleton", "plain"}
    assert all(0 <= drawn["outline"] <= 1 for drawn in beside.values())


def test_no_person_is_both_trained_on_and_tested_with_and_few_are_few(bench, made_up_photographs):
    data = made_up_photographs
    assert not set(data.train.subjects.tolist()) & set(data.test.subjects.tolist())
    of = hand_sweeps.photographs(bench)
    assert len(of.few["rgb"]) == 2 * hand_sweeps.FEW
    assert len(of.test["rgb"]) == 12


def test_halved_hands_keep_their_joints(bench):
    rows, half = drawn_hands(bench, "test"), small_hands(bench, "test")
    assert torch.equal(rows["joints_3d"], half["joints_3d"])
    assert half["rgb"].shape == (24, 3 * 32 * 32)
    assert torch.equal(half["depth"].view(-1, 32, 32), rows["depth"].view(-1, 64, 64)[:, ::2, ::2])


def test_regression_to_the_mean_is_what_the_baseline_says(bench):
    train = small_hands(bench, "train")
    found = baselines(train, train, "joints_2d", "joints_3d")
    assert found["nearest"]["epe"] == 0  # each is its own nearest neighbour
    joints = train["joints_3d"].view(-1, 21, 3)
    assert found["mean"]["epe"] == pytest.approx(
        (joints - joints.mean(0)).norm(dim=-1).mean().item(), rel=1e-4
    )


def test_hands_of_both_sizes_are_the_same_hands(bench):
    """A picture of 128 pixels, averaged over 2 x 2, is nearly the one of 64; that of another hand is not."""
    batch = hand_pictures.units(hand_pictures.both_sizes(bench, "test"))
    assert batch["rgb"].shape[1] == 3 * 64 * 64
    fine = batch["cutout"].view(-1, 3, 128, 128)
    small = avg_pool2d(fine, 2).flatten(1)
    hand = small.abs() > 0.02
    difference = (torch.where(hand, batch["rgb"], 0) - small).abs().mean(1)
    strangers = (torch.where(hand, batch["rgb"].roll(1, 0), 0) - small).abs().mean(1)
    assert (difference < 0.3 * strangers).all()


def test_enlarging_keeps_a_picture_in_its_place():
    picture = torch.rand(2, 3 * 64 * 64)
    big = hand_pictures.enlarged(picture, 3).view(2, 3, 128, 128)
    assert torch.allclose(avg_pool2d(big, 2).mean(), picture.mean(), atol=1e-3)
    ramp = torch.arange(64.0).repeat(64, 1).flatten()[None]  # bilinear is exact on a plane, but at the edges
    assert torch.allclose(
        hand_pictures.enlarged(ramp, 1).view(128, 128)[:, 1:-1],
        ((torch.arange(128.0) - 0.5) / 2).repeat(128, 1)[:, 1:-1],
        atol=1e-5,
    )


def test_finer_pictures_leave_the_shipped_codes_and_joints_as_they_are(bench):
    trained = hand_pictures.train(bench)
    shipped = hand_pictures.shipped_model()
    joints = {
        name: tensor.half()
        for name, tensor in shipped.decoders.joints_2d.state_dict(prefix="joints_2d.").items()
    }
    for name in hands.PICTURES:
        own = trained.module[name].state_dict()
        assert all(torch.equal(own[key], tensor) for key, tensor in joints.items())
    assert set(trained.figures) == {
        f"{of}: {what}" for of in ("enlarged", "fine") for what in ("rms cutout", "rms depth", "outline")
    }
    assert trained.figures["enlarged: outline"] > 0.6  # the shipped decoders know hands, the new ones not yet
