"""Training survives a kill, an interrupt and a broken file."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vae_course.training import CheckpointError, checkpoint, constant

from . import killed, tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def undisturbed():
    model = tiny.model()
    history = tiny.train(model)
    return tiny.weights(model), history


def test_resumes_bit_for_bit_however_often_and_whenever_it_is_killed(tmp_path):
    """With momentum, averaged weights, early stop, a rising learning rate, convolutions; and with a multiplier."""
    command = [sys.executable, "-m", "tests.training.killed", str(tmp_path), "0"]
    settings = {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, text=True, capture_output=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    stood = [[int(step) for step in line.split()] for line in done.stdout.splitlines()]
    assert len(stood) == len(killed.TRAININGS)
    for name, steps in zip(killed.TRAININGS, stood, strict=True):
        whole, resumed = (torch.load(tmp_path / f"{name}.{way}") for way in ("whole", "resumed"))
        assert whole.keys() == resumed.keys()
        assert [key for key in whole if not torch.equal(whole[key], resumed[key])] == []
        assert 0 < steps[0] < whole["history steps"][-1], "no process was killed on its way"


def test_interrupt_stops_after_the_step_and_leaves_a_checkpoint(tmp_path, undisturbed):
    path = tmp_path / "tiny.pt"
    interrupt = tiny.at_step(17, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt, match="after step 17 of 60"):
        tiny.train(tiny.model(), checkpoint=path, prepare=interrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model = tiny.model(seed=9)
    history = tiny.train(model, checkpoint=path)
    weights, whole = undisturbed
    assert torch.equal(tiny.weights(model), weights)
    assert history.terms == whole.terms


def test_a_finished_training_is_loaded_and_not_repeated(tmp_path, undisturbed):
    path = tmp_path / "deep" / "tiny.pt"
    tiny.train(tiny.model(), checkpoint=path)
    model = tiny.model(seed=9)
    history = tiny.train(
        model, checkpoint=path, prepare=tiny.at_step(1, lambda: pytest.fail("it trained again"))
    )
    assert torch.equal(tiny.weights(model), undisturbed[0])
    assert history.steps[-1] == tiny.STEPS


def test_a_truncated_checkpoint_is_refused(tmp_path):
    path = tmp_path / "tiny.pt"
    tiny.train(tiny.model(), checkpoint=path, steps=10)
    content = path.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match="damaged"):
            tiny.train(tiny.model(), checkpoint=path, steps=10)


def test_a_foreign_file_is_refused_and_cannot_run_code(tmp_path):
    path = tmp_path / "foreign.pt"
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="not a checkpoint of fit"):
        tiny.train(tiny.model(), checkpoint=path)

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "trapped"),))

    for write in (
        lambda: torch.save(Trap(), path),
        lambda: path.write_bytes(pickle.dumps(Trap(), protocol=2)),
    ):
        write()
        with pytest.raises(CheckpointError):
            tiny.train(tiny.model(), checkpoint=path)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lr", {"lr": 1e-3}),
        ("seed", {"seed": 1}),
        ("steps", {"steps": 70}),
        ("batch_size", {"batch_size": 8}),
        ("schedule", {"schedule": constant}),
        ("clip", {"clip": 1.0}),
        ("average", {"average": 0.9}),
        ("precision", {"precision": "bf16"}),
    ],
)
def test_another_trainings_checkpoint_is_refused_by_name(tmp_path, name, settings):
    path = tmp_path / "tiny.pt"
    tiny.train(tiny.model(), checkpoint=path)
    with pytest.raises(CheckpointError, match=f"there, {name} was"):
        tiny.train(tiny.model(), checkpoint=path, **settings)


def test_another_data_set_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "tiny.pt"
    tiny.train(tiny.model(), checkpoint=path)
    other = tiny.data().flip(0)
    monkeypatch.setattr(tiny, "data", lambda: other)
    with pytest.raises(CheckpointError, match="data was"):
        tiny.train(tiny.model(), checkpoint=path)


def test_a_failed_write_leaves_the_old_checkpoint_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "tiny.pt"
    checkpoint.save(path, {"recipe": {}, "step": 1})
    before = path.read_bytes()

    def full_disk(state, file):
        file.write(b"half of")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="no space"):
        checkpoint.save(path, {"recipe": {}, "step": 2})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_training_does_not_overwrite_its_checkpoint(tmp_path):
    path = tmp_path / "tiny.pt"
    model = tiny.model()

    def poison():
        model.decoder.net[0].weight.data.fill_(torch.nan)

    with pytest.raises(
        ArithmeticError,
        match=r"step 15: .*'reconstruction' is nan; before .* model.decoder.net.0.weight was not finite$",
    ):
        tiny.train(model, checkpoint=path, prepare=tiny.at_step(15, poison))
    assert torch.load(path, weights_only=True)["step"] == 10
