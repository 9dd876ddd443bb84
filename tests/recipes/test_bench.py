"""Pieces are found again by all that they depend on, and by nothing less."""

import pytest
import torch
from torch import nn

from vae_course.objectives import Bound
from vae_course.recipes import Bench, Store, StoreError
from vae_course.training import CheckpointError, Run

DATA = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
SETTINGS = {"steps": 30, "batch_size": 10, "lr": 1e-2, "interval": 10}


class Scale(nn.Module):
    """An objective with a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, model, x):
        return Bound({"reconstruction": -(model(x) - self.scale * x).square().sum(1)})


def at(folder, budget="reader", seed=0) -> Bench:
    return Bench(Run(budget, torch.device("cpu"), seed), Store(folder))


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Linear(3, 3)


def train(bench, *, prepare=None, model=None, data=DATA, name="small", also=None, **changed):
    model, objective = model or network(), Scale()
    done = bench.fit(name, model, objective, data, prepare=prepare, also=also, **SETTINGS | changed)
    return [*model.parameters(), objective.scale], done


def equal(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def fail(*_):
    raise AssertionError("trained again")


def test_a_training_is_done_once_with_the_parameters_of_its_objective(tmp_path):
    first, done = train(at(tmp_path))
    again, same = train(at(tmp_path), prepare=fail)
    assert equal(first, again)
    assert done == same
    assert done.terms.keys() == {"reconstruction"}
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": 20},
        {"lr": 2e-2},
        {"seed": 1},
        {"name": "other"},
        {"also": {"weight": 2.0}},
        {"data": DATA + 1},
        {"model": network(1)},
        {"model": nn.Linear(3, 3, bias=False)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_changes_is_trained_anew(tmp_path, changed):
    train(at(tmp_path))
    with pytest.raises(AssertionError, match="trained again"):
        train(at(tmp_path), prepare=fail, **changed)


def test_a_smoke_run_never_serves_a_reader(tmp_path):
    train(at(tmp_path, "smoke"))
    with pytest.raises(AssertionError, match="trained again"):
        train(at(tmp_path, "reader"), prepare=fail)


def test_killed_and_resumed_gives_the_weights_of_a_run_without_a_break(tmp_path):
    whole, _ = train(at(tmp_path / "whole"))
    steps = iter(range(100))

    def killed(x, generator):
        if next(steps) == 17:
            raise SystemExit
        return x

    with pytest.raises(SystemExit):
        train(at(tmp_path / "cut"), prepare=killed)
    assert [path.suffix for path in (tmp_path / "cut").iterdir()] == [".checkpoint"]
    resumed, _ = train(at(tmp_path / "cut"), prepare=lambda x, _: (next(steps), x)[1])
    assert equal(whole, resumed)
    assert next(steps) == 18 + 20 + 0  # steps 11 to 30 were taken again, or for the first time


@pytest.mark.parametrize("content", [b"", b"no weights"])
def test_a_damaged_piece_is_named(tmp_path, content):
    train(at(tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match="delete it"):
        train(at(tmp_path))


def test_a_checkpoint_that_is_none_is_named(tmp_path):
    train(at(tmp_path))
    (path,) = tmp_path.iterdir()
    path.rename(path.with_suffix(".checkpoint"))
    with pytest.raises(CheckpointError):
        train(at(tmp_path))


def test_data_are_drawn_once(tmp_path):
    bench = at(tmp_path)
    first = bench.data("rows", {"n": 3}, lambda: {"x": DATA})
    assert torch.equal(bench.data("rows", {"n": 3}, fail)["x"], first["x"])
    with pytest.raises(AssertionError):
        bench.data("rows", {"n": 4}, lambda: fail())
