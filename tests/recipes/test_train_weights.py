"""The command that trains shipped weights again."""

import pytest
import torch

from vae_course.data import load_digits
from vae_course.evaluation import digit_features
from vae_course.evaluation.digit_features import DigitClassifier
from vae_course.recipes import train_weights
from vae_course.weights import load_weights, read_recipe, save_weights, store


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, digits):
    """The command writes here instead of into the library, after a training of five steps."""
    monkeypatch.setattr(train_weights, "load_digits", lambda: digits)
    monkeypatch.setattr(train_weights, "ROOT", tmp_path)
    monkeypatch.setattr(
        train_weights,
        "save_weights",
        lambda name, module, recipe: save_weights(name, module, recipe, folder=tmp_path),
    )
    monkeypatch.setitem(
        train_weights.TRAININGS, "digit-features", lambda path: train_weights.digit_features(path, steps=5)
    )
    return tmp_path


def test_every_shipped_name_can_be_retrained():
    assert {path.stem for path in store.FOLDER.glob("*.safetensors")} == set(train_weights.TRAININGS)


def test_it_writes_weights_that_load_with_their_figures_and_the_same_again(elsewhere, capsys):
    assert train_weights.main(["digit-features"]) == 0
    first = load_weights("digit-features", DigitClassifier(), folder=elsewhere)
    figures = read_recipe("digit-features", folder=elsewhere)["figures"]
    assert f"accuracy_test: {figures['accuracy_test']:.4f}" in capsys.readouterr().out
    assert not list((elsewhere / ".runs").iterdir())
    train_weights.main(["digit-features"])
    again = load_weights("digit-features", DigitClassifier(), folder=elsewhere)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


def test_killed_before_it_has_written_it_does_not_train_again(elsewhere, monkeypatch):
    train_weights.main(["digit-features"])
    whole = (elsewhere / "digit-features.safetensors").read_bytes()
    (elsewhere / "digit-features.safetensors").unlink()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train_weights, "accuracy", killed)
        with pytest.raises(KeyboardInterrupt):
            train_weights.main(["digit-features"])
    assert (elsewhere / ".runs" / "digit-features.pt").exists()
    assert not (elsewhere / "digit-features.safetensors").exists()
    monkeypatch.setattr(digit_features, "jitter", killed)  # no step can be taken
    train_weights.main(["digit-features"])
    assert (elsewhere / "digit-features.safetensors").read_bytes() == whole


def test_an_unknown_name_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        train_weights.main(["nothing"])
    assert "digit-features" in capsys.readouterr().err
