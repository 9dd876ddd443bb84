"""`vae-course train` and `vae-course models`: what they write, and what they refuse."""

import json
import subprocess
import sys

import pytest
import torch

from vae_course.cli import main
from vae_course.evaluation.digit_features import DigitClassifier
from vae_course.recipes import digits
from vae_course.weights import load_weights, store

TRAIN = ["train", "digit-features", "--budget", "smoke"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_writes_both_files_and_shows_the_shipped_figures(here, capsys):
    assert main([*TRAIN, "--seed", "3", "--out", "made"]) == 0
    said = json.loads((here / "made" / "digit-features.json").read_text())
    assert said["seed"] == 3
    assert {"torch", "python", "seconds", "device"} < said.keys()
    shown = capsys.readouterr().out
    assert "budget: smoke · seed: 3" in shown
    for figures in (
        said["figures"],
        json.loads((store.FOLDER / "digit-features.json").read_text())["figures"],
    ):
        assert f"{figures['accuracy_test']:.4g}" in shown
    assert sorted(path.name for path in here.iterdir()) == [".runs", "made"]


def test_the_same_seed_gives_the_same_weights_and_another_other_ones(here, monkeypatch):
    def trained(out, seed):
        assert main([*TRAIN, "--seed", seed, "--out", out]) == 0
        return load_weights("digit-features", DigitClassifier(), folder=here / out).state_dict()

    one = trained("one", "1")
    (here / ".runs").rename(here / "kept")  # train again, rather than take what is there
    again, other = trained("again", "1"), trained("other", "2")
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not torch.equal(one["head.weight"], other["head.weight"])


def test_stopped_it_says_so_and_goes_on_where_it_was(here, monkeypatch, capsys):
    assert main([*TRAIN, "--out", "whole"]) == 0
    (here / ".runs").rename(here / "kept")

    def stopped(*_):
        raise KeyboardInterrupt("stopped after step 5 of 5")

    with monkeypatch.context() as patch:
        patch.setattr(digits, "accuracy", stopped)
        assert main([*TRAIN, "--out", "cut"]) == 130
    assert "stopped after step 5 of 5. The same command goes on" in capsys.readouterr().err
    assert list((here / "cut").iterdir()) == []
    monkeypatch.setattr(digits, "jitter", stopped)  # no step can be taken any more
    assert main([*TRAIN, "--out", "cut"]) == 0
    whole, cut = ((here / out / "digit-features.safetensors").read_bytes() for out in ("whole", "cut"))
    assert whole == cut


def test_a_sweep_takes_several_seeds(here, capsys):
    assert main(["train", "sweeps/sprites-delta", "--budget", "smoke", "--seed", "0", "1"]) == 0
    said = json.loads((here / "weights" / "sweeps" / "sprites-delta.json").read_text())
    assert [model["seed"] for model in said["models"]] == [0, 1]
    assert said["command"] == "vae-course train sweeps/sprites-delta --budget smoke --seed 0 1"
    assert capsys.readouterr().out.count("weight 4.0, seed") == 2


@pytest.mark.parametrize("command", ["train", "models"])
def test_an_unknown_name_lists_the_known_ones(command, here, capsys):
    assert main([command, "nothing"]) == 2
    error = capsys.readouterr().err
    assert "no recipe 'nothing'" in error
    assert "digit-features" in error
    assert "sweeps/labels" in error


def test_several_seeds_of_one_network_are_refused(here, capsys):
    assert main([*TRAIN, "--seed", "0", "1"]) == 2
    assert "one seed" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused_before_training(here, monkeypatch, capsys):
    monkeypatch.setattr(digits, "load_digits", None)
    (here / "file").write_text("")
    assert main([*TRAIN, "--out", "file/inside"]) == 2
    assert main([*TRAIN, "--out", "file"]) == 2
    assert capsys.readouterr().err.count("cannot be written") == 2


def test_a_smoke_run_does_not_replace_the_shipped_weights(here, capsys):
    before = (store.FOLDER / "digit-features.safetensors").read_bytes()
    assert main([*TRAIN, "--out", str(store.FOLDER)]) == 2
    assert "smoke" in capsys.readouterr().err
    assert (store.FOLDER / "digit-features.safetensors").read_bytes() == before


def test_a_budget_that_is_none_is_named(here, monkeypatch, capsys):
    monkeypatch.setenv("VAE_COURSE_BUDGET", "huge")
    assert main(["train", "digit-features"]) == 2
    assert "huge" in capsys.readouterr().err


def test_missing_data_are_named_with_the_variable(here, monkeypatch, capsys):
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)
    assert main(["train", "hands-real", "--budget", "reader"]) == 2
    assert "VAE_COURSE_DATA" in capsys.readouterr().err


def test_models_are_listed_and_trained_with_the_core_only(here):
    """As in an installed wheel without extras: whatever else is imported is missing."""
    program = (
        "import sys\n"
        "for name in ('jupytext', 'nbformat', 'nbval', 'pytest', 'matplotlib', 'sklearn', 'mlxtend', 'pooch',"
        " 'IPython', 'scipy', 'PIL'):\n"
        "    sys.modules[name] = None\n"
        "from vae_course.cli import main\n"
        "status = main(['models']) + main(['models', 'sprites-beta-1'])\n"
        "status += main(['train', 'hands-reader', '--budget', 'smoke'])\n"
        "assert main(['train', 'digits-plane', '--budget', 'smoke']) == 2\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=here, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (here / "weights" / "hands-reader.safetensors").is_file()
    assert 'pip install "vae-course[book]"' in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(here):
    command = [sys.executable, "-c", "from vae_course.cli import main; raise SystemExit(main())", "models"]
    listing = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    listing.stdout.close()  # before a line is written
    assert listing.stderr.read() == b""
    assert listing.wait() == 141


def test_help_of_both_shows_an_example(capsys):
    for command in ("train", "models"):
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        text = capsys.readouterr().out
        assert f"vae-course {command}" in text
        assert max(map(len, text.splitlines())) <= 120
