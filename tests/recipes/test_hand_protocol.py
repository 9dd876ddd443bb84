"""The command that trains and evaluates on RHD and STB, on made-up folders of their formats."""

import json

import pytest
import torch

from tests.data.real_hands.fabricated import write_rhd, write_stb
from vae_course.data.real_hands import RHD
from vae_course.evaluation.hands import root_relative_errors
from vae_course.recipes import hand_protocol

SMALL = ["--batch", "2", "--size", "32", "--width", "4"]


def test_one_command_trains_evaluates_and_reports_and_can_evaluate_again(tmp_path, capsys):
    folder = write_rhd(tmp_path / "rhd", split="training")
    write_rhd(folder, split="evaluation")
    weights = tmp_path / "runs" / "rhd.safetensors"
    arguments = ["rhd", str(folder), *SMALL, "--weights", str(weights)]
    assert hand_protocol.main([*arguments, "--steps", "3"]) == 0
    first = json.loads(weights.with_suffix(".json").read_text())
    assert first["examples"] == 3
    assert first["epe_mm"] > 0
    assert len(first["pck"]) == 20
    assert hand_protocol.main([*arguments, "--steps", "0"]) == 0
    again = json.loads(weights.with_suffix(".json").read_text())
    assert again["epe_mm"] == pytest.approx(first["epe_mm"], rel=1e-5)
    assert "AUC 20-50" in capsys.readouterr().out


def test_a_perfect_model_has_no_error(tmp_path, monkeypatch):
    """The scale, the root and the units of the protocol cancel: true targets give 0 mm, in whatever order."""
    data = RHD(write_rhd(tmp_path / "rhd"), "evaluation")
    reader = hand_protocol.Reader(data, 32, torch.device("cpu"))
    hands, samples = reader.prepared([0, 1, 2])
    found = root_relative_errors(
        hands.joints_3d,
        torch.stack([s.joints_3d for s in samples]),
        torch.stack([s.visible for s in samples]),
        hands.scale,
    )
    assert found.mean < 1e-3


def test_a_training_batch_has_the_side_behind_the_image_and_keeps_every_modality(tmp_path):
    data = RHD(write_rhd(tmp_path / "rhd"), "evaluation")
    reader = hand_protocol.Reader(data, 32, torch.device("cpu"))
    batch = reader.batch(torch.tensor([0, 2]), torch.Generator().manual_seed(0))
    assert batch["rgb"].shape == (2, 3 * 32 * 32 + 2)
    assert (batch["rgb"][:, -2:].sum(1) == 1).all()
    assert batch["joints_3d"].view(2, 21, 3)[:, 0].abs().max() < 1e-6  # the palm


def test_stb_is_read_too(tmp_path):
    folder = write_stb(tmp_path / "stb", backgrounds=(2, 3, 4, 5, 6))
    reader = hand_protocol.Reader(hand_protocol.STB(folder, "training"), 32, torch.device("cpu"))
    batch = reader.batch(torch.tensor([0, 1499]), torch.Generator().manual_seed(0))
    assert batch["joints_2d"].isfinite().all()


def test_a_missing_folder_or_file_is_one_line(tmp_path, capsys):
    assert hand_protocol.main(["rhd", str(tmp_path / "nowhere"), "--steps", "1"]) == 1
    assert "does not exist" in capsys.readouterr().err
    assert (
        hand_protocol.main(
            ["stb", str(tmp_path), "--steps", "0", "--weights", str(tmp_path / "no.safetensors")]
        )
        == 1
    )
    assert "train first" in capsys.readouterr().err
