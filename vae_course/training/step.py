"""One step of training in two halves that every loop shares: its batch, and the update of the parameters."""

import math
from collections.abc import Callable
from contextlib import suppress

import torch
from torch import Tensor, nn

from vae_course.objectives import Bound
from vae_course.training import batches
from vae_course.training.batches import Rows

Objective = Callable[[nn.Module, Rows], Bound]
Prepare = Callable[[Rows, torch.Generator], Rows]
Forward = Callable[[Rows], dict[str, Tensor]]
"""A batch -> the mean of each of its terms and of the objective."""


class Whole(nn.Module):
    """A model and its objective as one module, for what follows a module's call: objectives make many calls."""

    def __init__(self, model: nn.Module, objective: Callable[..., Bound]) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, x: Rows, **scalars: Tensor) -> Bound:
        return self.objective(self.model, x, **scalars)


def batch(data: Rows, rows: Tensor, prepare: Prepare | None, generator: torch.Generator) -> Rows:
    """The given rows of the data, as the model is to see them."""
    x = batches.take(data, rows)
    return x if prepare is None else prepare(x, generator)


def means(model: nn.Module, objective: Objective, x: Rows) -> dict[str, Tensor]:
    """Scalars by the terms' names, and the "objective": the one place where a batch is averaged."""
    bound = objective(model, x)
    return {name: term.mean() for name, term in bound.terms.items()} | {"objective": bound.value.mean()}


def update(
    forward: Forward, x: Rows, optimizer: torch.optim.Optimizer, clip: float | None = None
) -> dict[str, Tensor]:
    """Change the parameters once, so that the batch's mean objective rises; returns the means from before.

    On a CPU, where looking costs nothing, a loss that is not finite changes nothing: the parameters are then as
    the step before left them, and show which of them broke. A GPU would have to be waited for.
    """
    averages = forward(x)
    loss = -averages["objective"]
    on_cpu = loss.device.type == "cpu"
    if on_cpu and not math.isfinite(loss.item()):
        return averages
    optimizer.zero_grad()
    loss.backward()
    if clip is not None:
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        with suppress(
            RuntimeError
        ):  # a norm that is not finite clips nothing, or NaN would reach all parameters
            nn.utils.clip_grad_norm_(parameters, clip, error_if_nonfinite=on_cpu)
    optimizer.step()
    return averages
