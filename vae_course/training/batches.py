"""Which rows of the data make a step's batch."""

import hashlib
from functools import lru_cache

import torch
from torch import Tensor

Rows = Tensor | dict[str, Tensor]
"""One row per example: a tensor, or several of the same length by name (images and labels, modalities)."""


def count(data: Rows) -> int:
    """How many examples there are. Raises ValueError if named tensors differ in length."""
    if isinstance(data, Tensor):
        return len(data)
    lengths = {name: len(tensor) for name, tensor in data.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"every entry of the data needs one row per example; the lengths are {lengths}")
    return next(iter(lengths.values()))


def move(data: Rows, device: torch.device) -> Rows:
    """The data on the device."""
    if isinstance(data, Tensor):
        return data.to(device)
    return {name: tensor.to(device) for name, tensor in data.items()}


def take(data: Rows, rows: Tensor) -> Rows:
    """The given rows, on the data's device. `index_select` copies whole rows; brackets would gather numbers."""
    if isinstance(data, Tensor):
        return data.index_select(0, rows)
    return {name: tensor.index_select(0, rows) for name, tensor in data.items()}


def rows_of_step(step: int, batch_size: int, examples: int, seed: int, device: torch.device) -> Tensor:
    """The rows of a step's batch: each epoch is a new permutation, cut into whole batches, the same on any device."""
    epoch, batch = divmod(step, examples // batch_size)
    rows = _permutation(examples, seed * 1_000_003 + epoch, device)
    return rows[batch * batch_size : (batch + 1) * batch_size]


def fingerprint(data: Rows) -> str:
    """A checksum of the content, by which a checkpoint knows its data."""
    digest = hashlib.sha256()
    for name, tensor in data.items() if isinstance(data, dict) else [("", data)]:
        digest.update(name.encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


# Kept for an epoch: to move the rows of every step would make the processor wait for the GPU.
@lru_cache(maxsize=1)
def _permutation(examples: int, seed: int, device: torch.device) -> Tensor:
    return torch.randperm(examples, generator=torch.Generator().manual_seed(seed)).to(device)
