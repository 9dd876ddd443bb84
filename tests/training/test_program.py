"""A compiled step: the same training but for roundings, and the usual one where nothing compiles."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest
import torch

from vae_course.nets import mlp
from vae_course.objectives import FactorVAE, KLConstraint, Warmup, elbo
from vae_course.training import Ranks, fit

from . import tiny

needs_compiler = pytest.mark.skipif(
    not shutil.which("g++"), reason="torch compiles with g++, which is not here"
)
SETTINGS = {"steps": 20, "batch_size": 16, "lr": 1e-2, "seed": 5, "prepare": tiny.binary, "interval": 5}


def trained(objective=elbo, **settings):
    """All weights after a training, those of the objective too, and its history."""
    vae = tiny.model()
    history = fit(vae, objective, tiny.data(), **SETTINGS | settings)
    state = [*vae.state_dict().values()]
    if isinstance(objective, torch.nn.Module):
        state += objective.state_dict().values()
    return torch.cat([tensor.flatten() for tensor in state]), history


def factor_vae():
    torch.manual_seed(1)
    return FactorVAE(mlp([2, 8, 1]), gamma=3.0)


@needs_compiler
@pytest.mark.parametrize("objective", [lambda: elbo, factor_vae], ids=["elbo", "with a discriminator"])
def test_a_compiled_training_is_the_same_but_for_roundings(objective):
    tiny.model()
    before = torch.get_rng_state()
    compiled, history = trained(objective(), compile=True)
    assert torch.equal(before, torch.get_rng_state())  # as the model's making leaves it
    plain, expected = trained(objective())
    assert history.path.endswith(", compiled")
    assert torch.allclose(compiled, plain, atol=1e-5)
    assert torch.allclose(torch.tensor(history.objective), torch.tensor(expected.objective), atol=1e-4)
    assert list(history.terms) == list(expected.terms)


@pytest.mark.parametrize(
    ("objective", "changed"),
    [(lambda: KLConstraint(0.5), "multiplier.level"), (lambda: Warmup(10), "ramp.done")],
    ids=["multiplier", "schedule"],
)
def test_a_step_that_changes_a_buffer_is_not_compiled(objective, changed):
    """The compiler of torch 2.13 takes the multiplier from after the step for the gradient, a difference of .02."""
    with pytest.warns(UserWarning, match=f"wrong gradients where a step changes .*{changed}"):
        weights, history = trained(objective(), compile=True)
    assert history.path.endswith(", not compiled")
    assert torch.equal(weights, trained(objective())[0])


@needs_compiler
def test_compiled_twice_or_interrupted_gives_equal_bits(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    whole, _ = trained(compile=True, precision="bf16")
    halfway = tiny.at_step(2 + 12, interrupt)  # one more batch is made for the rehearsal
    with pytest.raises(KeyboardInterrupt):
        trained(compile=True, precision="bf16", prepare=halfway, checkpoint=tmp_path / "here")
    resumed, history = trained(compile=True, precision="bf16", checkpoint=tmp_path / "here")
    assert torch.equal(whole, resumed)
    assert history.steps == [5, 10, 15, 20]


@needs_compiler
def test_an_objective_that_branches_on_values_follows_the_right_branch():
    def branching(model, x):
        bound = elbo(model, x)
        return bound if x.sum() > 90 else bound.weighted({"kl": 10.0})

    compiled, _ = trained(branching, compile=True)
    plain, _ = trained(branching)
    assert torch.allclose(compiled, plain, atol=1e-5)
    assert not torch.allclose(compiled, trained()[0], atol=1e-3)


def test_without_a_compiler_the_training_is_the_usual_one(tmp_path):
    script = """
        import warnings, torch
        from tests.training.test_program import trained
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            weights, history = trained(compile=True)
        assert torch.equal(weights, trained()[0])
        assert history.path.endswith(", not compiled"), history.path
        assert any("goes on without torch's compiler" in str(warning.message) for warning in said)
        """
    none = {
        "CXX": str(tmp_path / "no-compiler"),
        "TORCHINDUCTOR_CACHE_DIR": str(tmp_path),
        "TQDM_DISABLE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=os.environ | none, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_several_processes_do_not_compile():
    with pytest.raises(ValueError, match="compile is for one process"):
        trained(compile=True, ranks=Ranks(0, 2, torch.device("cpu")))
