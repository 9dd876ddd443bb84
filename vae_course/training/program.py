"""A step's forward and backward pass as one program, made by torch's compiler for the machine at hand."""

import warnings

import torch
from torch import nn
from tqdm import tqdm

from vae_course.training.batches import Rows
from vae_course.training.seeding import seeded
from vae_course.training.step import Forward


def compiled(forward: Forward, learners: nn.ModuleDict, x: Rows) -> tuple[Forward, str]:
    """The forward pass as a program, and "compiled"; or itself, "not compiled", and a warning that says why.

    It is rehearsed on a batch `x`, so that what cannot be compiled shows before the training. Parameters, buffers and
    random numbers are afterwards what they were.
    """
    from torch._dynamo.exc import TorchDynamoException  # here, because the compiler takes a second to import

    torch.compiler.reset()  # it keeps eight programs of a function, and would compile no ninth
    options = {"fallback_random": True}  # the same noise as without a compiler
    program = torch.compile(forward, dynamic=False, options=options)
    tensors = dict(learners.named_parameters()) | dict(learners.named_buffers())
    before = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    learners.train()
    try:
        with (
            seeded(0, next(learners.parameters()).device),
            tqdm(desc="compiling", total=1, leave=False, bar_format="{desc} {elapsed}"),
        ):
            forward(x)  # torch.distributions looks up a divergence's formula once, and a program cannot
            changed = [name for name, tensor in tensors.items() if not torch.equal(tensor, before[name])]
            if changed:
                # the backward pass would use the new values for the old (github.com/pytorch/pytorch/pull/197039)
                raise TorchDynamoException(f"wrong gradients where a step changes {', '.join(changed)}")
            program(x)["objective"].backward()
    except TorchDynamoException as error:
        reason = str(error).strip().partition("\n")[0]
        warnings.warn(f"training goes on without torch's compiler: {reason}", stacklevel=3)
        return forward, "not compiled"
    finally:
        learners.zero_grad()
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(before[name])
    return program, "compiled"
