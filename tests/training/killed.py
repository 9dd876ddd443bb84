"""Trainings that are killed at moments drawn at random, until they are done.

Run as `python -m tests.training.killed FOLDER SEED`: each of `TRAININGS` is done once undisturbed, and once more by
processes that follow each other on one checkpoint, each killed with SIGKILL but for the last. Leaves the two
results in FOLDER and prints the steps at which the killed ones stood. torch is imported once: processes are forks, and
so there must be no progress bar (TQDM_DISABLE=1), whose lock they would share, and which one could die with.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from tests.training import tiny
from vae_course.models import VAE, Bernoulli
from vae_course.nets import ConvDecoder, ConvGaussianEncoder
from vae_course.objectives import KLConstraint, elbo
from vae_course.training import EarlyStop, fit, linear_warmup


def images() -> VAE:
    """A convolutional model: its weights lie otherwise in memory while it trains."""
    torch.manual_seed(0)
    encoder = ConvGaussianEncoder((1, 4, 3 * 4), [4, 4], [8], 2)
    return VAE(encoder, ConvDecoder(2, [8], [4, 4], (1, 4, 3 * 4)), Bernoulli())


def pixels() -> torch.Tensor:
    return torch.arange(40 * 48).view(40, 48).remainder(251).to(torch.uint8)


def likelihood(model: VAE) -> dict[str, float]:
    return {"likelihood": elbo(model, pixels() / 255).value.mean().item()}


KILLS = 6
COMMON = {"batch_size": 16, "lr": 3e-2, "seed": 5, "prepare": tiny.binary}
TRAININGS = {
    "momentum, average and early stop": {
        "steps": 400, "interval": 3, "average": 0.9, "betas": (0.5, 0.99), "clip": 3.0, "weight_decay": 0.01,
        "schedule": linear_warmup(20), "monitor": likelihood, "early_stop": EarlyStop("likelihood", 4),
    },
    "an objective with a state": {"steps": 60, "interval": 2},
}  # fmt: skip


def train(name: str, checkpoint: Path | None = None) -> dict[str, torch.Tensor]:
    """All weights at the end, and what was recorded."""
    vae, objective = images(), KLConstraint(0.5) if name == "an objective with a state" else elbo
    history = fit(vae, objective, pixels(), checkpoint=checkpoint, **COMMON | TRAININGS[name])
    state = dict(vae.state_dict())
    if objective is not elbo:
        state |= objective.state_dict()
    for series, values in (history.terms | history.monitored | {"steps": history.steps}).items():
        state[f"history {series}"] = torch.tensor(values, dtype=torch.double)
    return state


def start(result: Path, name: str, checkpoint: Path | None = None) -> int:
    """A process that trains and writes its result; returns its id."""
    child = os.fork()
    if child == 0:
        torch.save(train(name, checkpoint), result)
        os._exit(0)
    return child


def code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    folder, moments = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    for name in TRAININGS:
        torch.save(train(name), folder / f"{name}.whole")  # here, so that the forks find everything imported
        began = time.perf_counter()
        assert code(start(folder / f"{name}.resumed", name)) == 0
        takes, stood = time.perf_counter() - began, []
        for _ in range(KILLS):
            child = start(folder / f"{name}.resumed", name, folder / f"{name}.checkpoint")
            time.sleep(takes * moments.uniform(0.1, 0.8))
            os.kill(child, signal.SIGKILL)
            if code(child) == -signal.SIGKILL and (folder / f"{name}.checkpoint").exists():
                stood.append(torch.load(folder / f"{name}.checkpoint", weights_only=True)["step"])
        assert code(start(folder / f"{name}.resumed", name, folder / f"{name}.checkpoint")) == 0
        print(*stood)
