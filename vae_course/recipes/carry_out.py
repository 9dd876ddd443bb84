"""Carrying out a recipe: from a run to the files that are shipped."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from vae_course.files import write_whole
from vae_course.recipes.bench import Bench
from vae_course.recipes.recipe import Recipe, Sweep
from vae_course.weights import save_weights


def train_weights(recipe: Recipe, bench: Bench, out: Path) -> dict[str, Any]:
    """Train the weights of a recipe and write them to a folder, with what was measured beside them.

    Args:
        recipe: one of `RECIPES`.
        bench: its budget and store.
        out: gets NAME.safetensors and NAME.json, both whole.

    Returns what the JSON says.
    """
    trained = recipe.train(bench)
    said = {
        **trained.more,
        "seed": bench.run.seed,
        "device": hardware(bench.run.device),
        "scale": bench.run.budget,
        "budget": trained.budget,
        "data": trained.data,
        "seconds": trained.seconds,
        "python": platform.python_version(),
        "figures": trained.figures,
    }
    _, file = save_weights(recipe.name, trained.module, said, folder=out)
    return json.loads(file.read_text(encoding="utf-8"))


def measure_sweep(sweep: Sweep, bench: Bench, seeds: Sequence[int], out: Path) -> Iterator[dict[str, Any]]:
    """Train the models of a sweep one after the other, and write the figures of all that are done after each.

    Args:
        sweep: one of `SWEEPS`.
        bench: its budget and store.
        seeds: of the models.
        out: gets sweeps/NAME.json, whole.

    Yields what the file says of each model.
    """
    about = {
        "command": f"vae-course train {sweep.name} --budget {bench.run.budget} --seed {' '.join(map(str, seeds))}",
        "device": hardware(bench.run.device),
        "scale": bench.run.budget,
        "torch": torch.__version__.partition("+")[0],
        "python": platform.python_version(),
        **sweep.about(bench),
    }
    rows: list[dict[str, Any]] = []
    for job in sweep.plan(bench, seeds):
        rows.append(job | sweep.measure(bench, job))
        content = json.dumps(about | {sweep.rows: rows}, indent=1, allow_nan=False) + "\n"
        write_whole({file_of(sweep, out): content})
        yield rows[-1]


def file_of(sweep: Sweep, out: Path) -> Path:
    """Where the figures of a sweep go."""
    return out / f"{sweep.name}.json"


def hardware(device: torch.device) -> str:
    """The device by its name, for a reader of the file."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def check_writable(folder: Path) -> None:
    """Make the folder, and raise OSError now rather than after a training if nothing can be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "no permission to write", str(folder))
