"""One step of training in two halves that every loop shares: its batch, and the update of the parameters."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from vae_course.objectives import Bound
from vae_course.training import batches
from vae_course.training.batches import Rows

Objective = Callable[[nn.Module, Rows], Bound]
Prepare = Callable[[Rows, torch.Generator], Rows]


def batch(data: Rows, rows: Tensor, prepare: Prepare | None, generator: torch.Generator) -> Rows:
    """The given rows of the data, as the model is to see them."""
    x = batches.take(data, rows)
    return x if prepare is None else prepare(x, generator)


def update(model: nn.Module, objective: Objective, x: Rows, optimizer: torch.optim.Optimizer) -> Bound:
    """Change the parameters once, so that the batch's mean objective rises; returns its terms from before."""
    terms = objective(model, x)
    loss = -terms.value.mean()  # the one place where the batch is averaged
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return terms
