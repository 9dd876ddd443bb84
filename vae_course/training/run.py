"""The start of a chapter's run: its budget, its device, its seed."""

import os
import random
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

T = TypeVar("T")

BUDGETS = ("smoke", "reader", "full")


@dataclass(frozen=True)
class Run:
    """What a chapter runs under: `budget` is "smoke" (seconds), "reader" (two cores) or "full" (a GPU)."""

    budget: str
    device: torch.device
    seed: int

    def choose(self, *, smoke: T, reader: T, full: T) -> T:
        """The value for the budget in force."""
        return {"smoke": smoke, "reader": reader, "full": full}[self.budget]


def begin(seed: int = 0, budget: str | None = None) -> Run:
    """Seed torch, NumPy and random; choose device and budget; print them in one line.

    Unless `budget` names the budget, the environment variable VAE_COURSE_BUDGET does; the default is full with a CUDA
    device, else reader. Raises ValueError for any other name.
    """
    cuda = torch.cuda.is_available()
    budget = budget or os.environ.get("VAE_COURSE_BUDGET", "full" if cuda else "reader")
    if budget not in BUDGETS:
        raise ValueError(f"VAE_COURSE_BUDGET must be one of {', '.join(BUDGETS)}, not {budget!r}")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    device = torch.device("cuda" if cuda else "cpu")
    hardware = torch.cuda.get_device_name() if cuda else f"{torch.get_num_threads()} threads"
    print(f"device: {device} ({hardware}) · budget: {budget} · seed: {seed}")
    return Run(budget, device, seed)
