"""What stops a training that has broken down."""

import torch
from torch import Tensor, nn


class NonFiniteError(ArithmeticError):
    """Training broke down; the message names the step, the term, and the parameters whose gradient was not finite."""


def check(trace: list[Tensor], names: list[str], step: int, learners: nn.Module) -> None:
    """Look at the terms of the steps up to `step`, each (terms,), and at the parameters that the last one left.

    Raises NonFiniteError for the first term that is NaN or infinite, or for a parameter.
    """
    broken = [name for name, p in learners.named_parameters() if not torch.isfinite(p).all()]
    blame = f"the gradient of {', '.join(broken[:3])}{' and others' * (len(broken) > 3)} was not finite"
    finite = torch.isfinite(torch.stack(trace)) if trace else torch.ones(0, 0)
    if not finite.all():
        row, column = (~finite).nonzero()[0].tolist()
        said = (
            f"step {step - len(trace) + row + 1}: the term {names[column]!r} is {trace[row][column].item()}"
        )
        raise NonFiniteError(f"{said}; before it, {blame}" if broken else said)
    if broken:
        raise NonFiniteError(f"step {step}: every term is finite, but {blame}")
