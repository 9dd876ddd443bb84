"""The start of a run: budget, device, seed."""

import random

import numpy as np
import pytest
import torch

from vae_course.training import begin, seeded


def test_prints_one_line_and_seeds_everything(monkeypatch, capsys):
    monkeypatch.setenv("VAE_COURSE_BUDGET", "smoke")
    draws = []
    for _ in range(2):
        run = begin(seed=3)
        draws.append((random.random(), np.random.rand(), torch.rand(()).item()))
    assert draws[0] == draws[1]
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert first.startswith(f"device: {run.device} (")
    assert first.endswith("· budget: smoke · seed: 3")


@pytest.mark.parametrize(("cuda", "budget"), [(False, "reader"), (True, "full")])
def test_default_budget_follows_the_device(monkeypatch, cuda, budget):
    monkeypatch.delenv("VAE_COURSE_BUDGET", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    run = begin()
    assert run.budget == budget
    assert run.device.type == ("cuda" if cuda else "cpu")


@pytest.mark.parametrize("budget", ["smoke", "reader", "full"])
def test_choose_gives_the_budgets_value(monkeypatch, budget):
    monkeypatch.setenv("VAE_COURSE_BUDGET", budget)
    assert begin().choose(smoke="smoke", reader="reader", full="full") == budget


def test_unknown_budget_is_refused_with_the_three_names(monkeypatch):
    monkeypatch.setenv("VAE_COURSE_BUDGET", "huge")
    with pytest.raises(ValueError, match="smoke, reader, full, not 'huge'"):
        begin()


def test_seeded_leaves_the_random_state_as_it_was():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with seeded(7, torch.device("cpu")):
        inside = torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(inside, torch.rand(3, generator=torch.Generator().manual_seed(7)))
