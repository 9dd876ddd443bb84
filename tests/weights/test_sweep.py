"""Committed figures of many models."""

import json

import pytest

from vae_course.weights import WeightsError, read_sweep, sweep


def test_a_sweep_is_read_and_an_unknown_one_names_the_known(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "FOLDER", tmp_path)
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "small.json").write_text(json.dumps({"models": [{"weight": 1}]}))
    assert read_sweep("small")["models"] == [{"weight": 1}]
    with pytest.raises(WeightsError, match="There are: small"):
        read_sweep("large")
