"""Everything that changes while a model trains: what a checkpoint holds."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vae_course.objectives import Bound
from vae_course.training import checkpoint
from vae_course.training.history import History
from vae_course.training.seeding import seeded


class NonFiniteError(ArithmeticError):
    """Training broke down; the message names the term and the step."""


class Session:
    """A training under way: weights, optimizer, random numbers, steps done, and what was measured.

    `learners` are the model and, if it has a state of its own, the objective.
    The terms of each step stay on the device until the interval's end, so that nothing waits for them.
    """

    def __init__(
        self,
        recipe: dict[str, Any],
        learners: nn.ModuleDict,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
    ) -> None:
        self.recipe, self.learners, self.optimizer, self.generator = recipe, learners, optimizer, generator
        self.step = 0
        self.history = History()
        self.names: list[str] = []
        self.trace: list[Tensor] = []  # the terms of the steps since the last measurement
        self.clock = time.perf_counter()

    def count(self, bound: Bound) -> None:
        """One step is done."""
        self.step += 1
        self.names = [*bound.terms, "objective"]
        values = [*bound.terms.values(), bound.value]
        self.trace.append(torch.stack([value.detach().mean() for value in values]))

    def measure(self, monitor: Callable[[nn.Module], dict[str, float]] | None, seed: int) -> None:
        """Close the interval: check it, average its terms, ask the monitor (random numbers of its own)."""
        self.check()
        means = torch.stack(self.trace).mean(0).tolist()
        self.trace.clear()
        monitored = {}
        if monitor is not None:
            self.learners.eval()
            with torch.no_grad(), seeded(seed, self.generator.device):
                monitored = monitor(self.learners["model"])
            self.learners.train()
        self._read_clock()
        *terms, objective = means
        self.history.record(self.step, dict(zip(self.names, terms, strict=False)), objective, monitored)

    def check(self) -> None:
        """Raise NonFiniteError at the first term since the last measurement that is NaN or infinite."""
        finite = torch.isfinite(torch.stack(self.trace)) if self.trace else torch.ones(0, 0)
        if not finite.all():
            row, column = (~finite).nonzero()[0].tolist()
            value = self.trace[row][column].item()
            at = self.step - len(self.trace) + row + 1
            raise NonFiniteError(f"step {at}: the term {self.names[column]!r} is {value}")
        if not all(torch.isfinite(parameter).all() for parameter in self.learners.parameters()):
            raise NonFiniteError(f"step {self.step}: every term is finite, but its gradient was not")

    def save(self, path: Path) -> None:
        """Write a checkpoint, unless the training has broken down."""
        self.check()
        self._read_clock()
        state = {
            "recipe": self.recipe,
            "step": self.step,
            "learners": self.learners.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": [self.generator.get_state(), *_global_random_state(self.generator.device)],
            "history": asdict(self.history),
            "names": self.names,
            "trace": self.trace,
        }
        checkpoint.save(path, state)

    def resume(self, path: Path) -> None:
        """Continue where the checkpoint was written. Raises CheckpointError if it is not this training's."""
        state = checkpoint.load(path, self.recipe)
        self.step = state["step"]
        self.learners.load_state_dict(state["learners"])
        self.optimizer.load_state_dict(state["optimizer"])
        own, cpu, *cuda = state["random"]
        self.generator.set_state(own)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state(cuda[0], self.generator.device)
        self.history = History(**state["history"])
        self.names = state["names"]
        self.trace = [terms.to(self.generator.device) for terms in state["trace"]]

    def _read_clock(self) -> None:
        now = time.perf_counter()
        self.history.seconds += now - self.clock
        self.clock = now


def _global_random_state(device: torch.device) -> list[Tensor]:
    return [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])
