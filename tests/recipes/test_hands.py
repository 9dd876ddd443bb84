"""The script that trains the models of hands of chapter 8."""

import json
from dataclasses import replace

import pytest
import torch

from vae_course.data.real_hands import SignLanguage, SignLanguageSplit
from vae_course.models.hands import cross_modal_hands
from vae_course.recipes import hands


def photographs(n: int, first_person: int) -> SignLanguageSplit:
    """Noise with joints, two photographs of each person."""
    generator = torch.Generator().manual_seed(first_person)
    return SignLanguageSplit(
        torch.randint(256, (n, 3, 64, 64), generator=generator, dtype=torch.uint8),
        64 * torch.rand(n, 21, 2, generator=generator),
        40 * torch.randn(n, 21, 3, generator=generator),
        torch.zeros(n, dtype=torch.int64),
        torch.zeros(n, dtype=torch.bool),
        first_person + torch.arange(n) // 2,
    )


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Two steps, a few hands, and a folder of its own."""
    monkeypatch.setattr(hands, "ROOT", tmp_path)
    monkeypatch.setattr(hands, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(hands, "HANDS", {"train": (40, 1), "test": (24, 2)})
    monkeypatch.setattr(hands, "SMALL", 32)
    monkeypatch.setattr(hands, "PARTLY_PAIRED", 10)
    monkeypatch.setattr(hands, "SMALL_RECIPE", {"steps": 2, "batch_size": 8, "lr": 1e-3})
    short = tuple(replace(stage, steps=2) for stage in hands.STAGES)
    monkeypatch.setattr(hands, "STAGES", short)
    monkeypatch.setattr(hands, "BATCH", 8)
    parts = [photographs(n, person) for n, person in ((290, 0), (4, 500), (12, 600))]
    monkeypatch.setattr(hands, "load_sign_language", lambda size: SignLanguage(*parts))
    return tmp_path


def test_each_sweep_measures_every_variant_and_is_collected(tiny):
    for name in ("ablation", "overlap", "real"):
        assert hands.main([name, "--collect", name]) == 0
    ablation, overlap, real = (
        json.loads((tiny / f"vae_course/weights/sweeps/hands-{name}.json").read_text())["runs"][0]["figures"]
        for name in ("ablation", "overlap", "real")
    )
    for (source, target), variants in hands.TASKS.items():
        assert set(ablation[f"{source} to {target}"]) == {*variants, "mean", "nearest"}
    assert set(overlap) == {"apart", "partly", "together"}
    assert all(len(of) == 6 for of in overlap.values())
    assert {"drawn", "real", "both", "few", "drawn, few and unlabelled", "mean", "nearest"} < set(real)
    assert all(of["joints_3d"]["epe"] > 0 and len(of["joints_2d"]["pck"]) == 20 for of in real.values())


def test_the_shipped_model_is_trained_once_and_comes_in_two_files(tiny):
    encoders, recipe = hands.shipped("encoders")(tiny / "encoders.pt")
    decoders, again = hands.shipped("decoders")(tiny / "decoders.pt")
    assert recipe == again
    assert set(encoders) == {"rgb", "depth", "joints_2d", "joints_3d"}
    assert set(decoders) == {"cutout", "depth", "joints_2d", "joints_3d"}
    assert recipe["figures"]["rgb to joints_3d epe"] > 0
    assert encoders.rgb.conv[0].weight.dtype == torch.float16
    cross_modal_hands().encoders.load_state_dict(encoders.state_dict())


def test_where_decoders_of_pictures_learn_alone_nothing_else_moves_and_plain_ones_stand_beside(tiny):
    _, recipe = hands.shipped("decoders")(tiny / "decoders.pt")
    (number,) = [k for k, stage in enumerate(hands.STAGES, start=1) if stage.only]
    before, after = (
        torch.load(hands.RUNS / f"stage-{k}.pt", weights_only=True) for k in (number - 1, number)
    )
    own = ("coarse", "hidden", "last", "colours")  # of the decoders of pictures; the joints' are shared
    moved = {name for name in after if not torch.equal(before[name], after[name])}
    assert moved
    assert all(name.split(".")[1] in hands.PICTURES and name.split(".")[2] in own for name in moved)
    assert set(recipe["decoders"]) == {"with a skeleton", "plain"}
    assert all(0 <= drawn["outline"] <= 1 for drawn in recipe["decoders"].values())


def test_no_person_is_both_trained_on_and_tested_with_and_few_are_few(tiny):
    data = hands.load_sign_language(size=64)
    few = data.train.subjects.unique()[:: 141 // hands.FEW][: hands.FEW]
    assert len(few) == hands.FEW
    assert not set(data.train.subjects.tolist()) & set(data.test.subjects.tolist())


def test_halved_hands_keep_their_joints(tiny):
    rows, half = hands.hands("test"), hands.small_hands("test")
    assert torch.equal(rows["joints_3d"], half["joints_3d"])
    assert half["rgb"].shape == (24, 3 * 32 * 32)
    assert torch.equal(half["depth"].view(-1, 32, 32), rows["depth"].view(-1, 64, 64)[:, ::2, ::2])


def test_regression_to_the_mean_is_what_the_baseline_says(tiny):
    train = hands.small_hands("train")
    found = hands.baselines(train, train, "joints_2d", "joints_3d")
    assert found["nearest"]["epe"] == 0  # each is its own nearest neighbour
    joints = train["joints_3d"].view(-1, 21, 3)
    assert found["mean"]["epe"] == pytest.approx(
        (joints - joints.mean(0)).norm(dim=-1).mean().item(), rel=1e-4
    )
