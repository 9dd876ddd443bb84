"""Checkpoints that are whole or absent, and that refuse to continue another training."""

import os
from pathlib import Path
from typing import Any

import torch


class CheckpointError(Exception):
    """A file cannot be used to resume this training; the message says why."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write the checkpoint beside its place, then rename: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path, recipe: dict[str, Any]) -> dict[str, Any]:
    """Read a checkpoint of `fit` with the given recipe.

    Raises CheckpointError if the file is damaged, is something else, or comes from another recipe.
    """
    try:  # weights_only: the file can hold tensors and plain values, and cannot run code
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(
            f"{path} is damaged or is not a checkpoint of fit ({type(error).__name__}). "
            "Delete it to train from the start."
        ) from error
    if not isinstance(state, dict) or "recipe" not in state:
        raise CheckpointError(f"{path} is not a checkpoint of fit. Choose another path, or delete it.")
    for name, value in recipe.items():
        if state["recipe"].get(name) != value:
            raise CheckpointError(
                f"{path} belongs to another training: there, {name} was {state['recipe'].get(name)!r}; "
                f"here it is {value!r}. Choose another path, or delete the file."
            )
    return state
