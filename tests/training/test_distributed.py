"""Two processes train as one, and a sweep in two parts is the sweep; `shared.py` says what each of them does."""

import os
import subprocess
import sys

import pytest
import torch

from tests.training import shared, tiny
from vae_course.training import Ranks, together

SHARE = shared.SETTINGS["batch_size"] // 2


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    """What both processes found, and how torchrun ended after the second had died."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "foreign.pt").write_text("foreign")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*torchrun, shared.__file__, folder], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (folder / "1.pt").exists(), done.stderr
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(2)], done


@pytest.mark.parametrize(
    ("which", "settings"), [("without noise", {}), ("clipped", {"clip": 0.1, "average": 0.5})]
)
def test_two_processes_are_one_with_the_joint_batch(launched, which, settings):
    """The same rows, the same noise of `prepare`, the same gradients: float32 differs in the last digits."""
    (weights, history), (others, its_history) = (found[which] for found in launched[0])
    alone, its = shared.train(**settings)
    assert torch.equal(weights, others)
    assert torch.allclose(weights, alone, rtol=1e-4, atol=1e-6)
    for name, values in its.terms.items():
        assert history.terms[name] == its_history.terms[name] == pytest.approx(values, rel=1e-5)


def test_each_process_draws_its_own_noise_for_its_own_rows(launched):
    first, second = launched[0]
    assert torch.equal(first["noisy"][0], second["noisy"][0])
    assert first["noise"].shape[:2] == second["noise"].shape[:2] == (shared.SETTINGS["steps"], SHARE)
    assert (first["noise"] - second["noise"]).abs().mean() > 0.5  # 1.1 if independent, 0 if the same
    rows = []
    shared.train(prepare=lambda x, generator: rows.append(tiny.binary(x, generator)) or rows[-1])
    assert torch.equal(torch.cat([first["rows"], second["rows"]], dim=1), torch.stack(rows))


def test_both_stop_and_resume_together_bit_for_bit(launched):
    for found in launched[0]:
        (resumed, history), (whole, its_history) = found["resumed"], found["whole"]
        assert torch.equal(resumed, whole)
        assert history.terms == its_history.terms
        assert history.steps == [4, 8, 12]
        assert history.monitored == {"process": [0.0]}


def test_a_second_stage_on_the_same_model(launched):
    first, second = launched[0]
    assert torch.equal(first["second stage"], second["second stage"])
    model = tiny.model()
    for stage in ("first stage", "second stage"):
        shared.fit(model, shared.without_noise, tiny.data(), prepare=tiny.binary, **shared.SETTINGS)
        assert torch.allclose(first[stage], tiny.weights(model), rtol=1e-4, atol=1e-6)


def test_a_sweep_over_both_is_the_sweep_of_one(launched):
    first, second = launched[0]
    assert second["sweep"] == []
    for (weights, terms), (own, its_terms) in zip(first["sweep"], shared.sweep(shared.GRID), strict=True):
        assert torch.allclose(weights, own, rtol=1e-3, atol=2e-5)
        assert terms["kl"] == pytest.approx(its_terms["kl"], rel=1e-4)


def test_bad_use_fails_on_both_alike(launched):
    for found in launched[0]:
        batch, objective, checkpoint = found["errors"]
        assert batch == "batch_size 9 cannot be divided by 2 processes"
        assert "a state of its own" in objective
        assert "damaged" in checkpoint


def test_one_that_dies_ends_all_with_its_name(launched):
    ended = launched[1]
    assert ended.returncode != 0
    assert "exitcode  : 7" in ended.stderr


def test_without_torchrun_there_is_one():
    with together() as ranks:
        assert (ranks.rank, ranks.world, ranks.first) == (0, 1, True)
        weights, _ = shared.train(shared.elbo, ranks=ranks)
        assert ranks.spread([1, 2, 3], lambda jobs: [-job for job in jobs]) == [-1, -2, -3]
    assert torch.equal(weights, shared.train(shared.elbo)[0])


def test_missing_results_are_noticed():
    with pytest.raises(ValueError, match="1 results for 2 jobs"):
        Ranks().spread([1, 2], lambda jobs: [1])


def test_a_process_without_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(ValueError, match="1 GPUs"), together():
        pass
