"""Everything that changes while a model trains: what a checkpoint holds."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae_course.training import checkpoint, guard
from vae_course.training.distributed import ALONE, Ranks
from vae_course.training.early import Best, EarlyStop
from vae_course.training.history import History
from vae_course.training.seeding import random_state, seeded

Monitor = Callable[[nn.Module], dict[str, float]]


class Session:
    """A training under way: weights, optimizer, random numbers, steps done, and what was measured.

    `learners` are the model and, if it has a state of its own, the objective. With `average`, the decay of an
    exponential moving average, the averaged model is what is measured and what is left at the end.
    The terms of each step stay on the device until the interval's end, so that nothing waits for them.
    """

    def __init__(
        self,
        recipe: dict[str, Any],
        learners: nn.ModuleDict,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        average: float | None = None,
        early_stop: EarlyStop | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self.recipe, self.learners, self.optimizer, self.generator = recipe, learners, optimizer, generator
        self.average: AveragedModel | None = None
        if average is not None:
            self.average = AveragedModel(learners["model"], multi_avg_fn=get_ema_multi_avg_fn(average))
        self.early_stop, self.best = early_stop, Best()
        self.ranks = ranks
        self.step = 0
        self.history = History()
        self.names: list[str] = []
        self.trace: list[Tensor] = []  # the terms of the steps since the last measurement
        self.clock = time.perf_counter()

    @property
    def result(self) -> nn.Module:
        """The model as it is measured: the averaged one, if there is one."""
        return self.average.module if self.average else self.learners["model"]

    @property
    def stopped(self) -> bool:
        """Whether the patience is used up."""
        return self.early_stop is not None and self.best.since >= self.early_stop.patience

    def count(self, means: dict[str, Tensor]) -> None:
        """One step is done; of its terms and, last, its objective these are the means."""
        self.names = list(means)
        self.note(torch.stack([mean.detach() for mean in means.values()]))
        if self.average:
            self.average.update_parameters(self.learners["model"])

    def note(self, values: Tensor) -> None:
        """Keep a step's terms, in the order of `names`. A CPU waits for nothing, and sees a broken one at once."""
        self.step += 1
        self.trace.append(values)
        if values.device.type == "cpu" and not math.isfinite(values[-1]):
            self.check()

    def measure(self, monitor: Monitor | None, seed: int) -> None:
        """Close the interval: check it, average its terms, ask the monitor (random numbers of its own)."""
        self.check()
        means = self.ranks.mean(torch.stack(self.trace).mean(0)).tolist()
        self.trace.clear()
        monitored = {}
        if monitor is not None:
            self.result.eval()
            self.learners.eval()
            with torch.no_grad(), seeded(seed, self.generator.device):
                monitored = self.ranks.from_first(lambda: monitor(self.result))
            self.learners.train()
        self._read_clock()
        *terms, objective = means
        self.history.record(self.step, dict(zip(self.names, terms, strict=False)), objective, monitored)
        if self.early_stop:
            self.best.compare(self._watched(monitored), self.result.state_dict())

    def latest(self) -> dict[str, str]:
        """The last measured terms in nats, short enough for a progress bar."""
        return {name: f"{values[-1]:.1f}" for name, values in self.history.terms.items()}

    def finish(self) -> None:
        """Leave the model with the best weights that were measured, or else the averaged or the last ones."""
        weights = self.best.weights or (self.result.state_dict() if self.average else {})
        if weights:
            self.learners["model"].load_state_dict(weights)
        self.learners.eval()

    def check(self) -> None:
        """Raise NonFiniteError if a term since the last measurement, or a parameter, is NaN or infinite."""
        guard.check(self.trace, self.names, self.step, self.learners)

    def save(self, path: Path) -> None:
        """Write a checkpoint, unless the training has broken down."""
        self.check()
        self._read_clock()
        state = {
            "recipe": self.recipe,
            "step": self.step,
            "learners": self.learners.state_dict(),
            "average": self.average.state_dict() if self.average else {},
            "best": vars(self.best),
            "optimizer": self.optimizer.state_dict(),
            "random": [self.generator.get_state(), *random_state(self.generator.device)],
            "history": asdict(self.history),
            "names": self.names,
            "trace": self.trace,
        }
        checkpoint.save(path, state)

    def resume(self, path: Path) -> None:
        """Continue where the checkpoint was written. Raises CheckpointError if it is not this training's."""
        state = self.ranks.from_first(lambda: checkpoint.load(path, self.recipe))
        self.step = state["step"]
        self.learners.load_state_dict(state["learners"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.best = Best(**state["best"])
        self.optimizer.load_state_dict(state["optimizer"])
        own, cpu, *cuda = state["random"]
        self.generator.set_state(own)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state(cuda[0], self.generator.device)
        self.history = History(**state["history"])
        self.names = state["names"]
        self.trace = [terms.to(self.generator.device) for terms in state["trace"]]

    def _watched(self, monitored: dict[str, float]) -> float:
        if self.early_stop.name not in monitored:
            found = ", ".join(monitored) or "nothing"
            raise ValueError(f"early_stop waits for {self.early_stop.name!r}; the monitor measures {found}")
        return float(monitored[self.early_stop.name])

    def _read_clock(self) -> None:
        now = time.perf_counter()
        self.history.seconds += now - self.clock
        self.clock = now
