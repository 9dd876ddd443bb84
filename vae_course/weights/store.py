"""Weights as NAME.safetensors and, beside them, NAME.json: how they were made and what they measured."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from vae_course.files import write_whole

FOLDER = Path(__file__).parent
"""Where the shipped weights lie."""

REQUIRED = ("seed", "device", "budget", "data", "figures")
"""What a recipe must say; "figures" are the numbers measured with the weights."""

Module = TypeVar("Module", bound=nn.Module)


class WeightsError(Exception):
    """Weights cannot be used; the message says why and what to do."""


def load_weights(name: str, module: Module, *, folder: Path = FOLDER) -> Module:
    """Fill the module with the weights of that name in the folder, and return it.

    The module keeps its device and dtype.
    Raises WeightsError if there are none of that name, if they are damaged or if they do not fit.
    """
    recipe = read_recipe(name, folder=folder)
    path = folder / f"{name}.safetensors"
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != recipe["sha256"]:
        raise WeightsError(
            f"{path} is missing, damaged or not what {name}.json describes. Install the library again, or "
            f"retrain: vae-course train {name} --out {folder}"
        )
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is no safetensors file: {error}") from error
    there = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    here = {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
    if there != here:
        differing = [
            f"{key}: {there.get(key, 'none')} in the file, {here.get(key, 'none')} in the module"
            for key in sorted(there.keys() | here.keys())
            if there.get(key) != here.get(key)
        ]
        raise WeightsError(
            f"the weights {name!r} do not fit this {type(module).__name__}; build it as they were trained.\n"
            + "\n".join(differing)
        )
    module.load_state_dict(tensors)
    return module


def read_recipe(name: str, *, folder: Path = FOLDER) -> dict[str, Any]:
    """How the weights of that name in the folder were made, and what was measured with them. Raises WeightsError."""
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.json"))) or "none"
        raise WeightsError(f"there are no weights {name!r}. There are: {known}.")
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsError(f"{path} is damaged: {error}") from error
    if not isinstance(recipe, dict) or "sha256" not in recipe:
        raise WeightsError(f"{path} is no recipe of weights.")
    return recipe


def save_weights(
    name: str, module: nn.Module, recipe: dict[str, Any], *, folder: Path = FOLDER
) -> list[Path]:
    """Write the module's weights and their recipe, each whole or not at all; returns the two paths.

    The recipe gains torch's version, the number of parameters and a checksum by which `load_weights` sees that
    the two files belong together.

    Args:
        name: of the two files.
        module: its parameters and buffers are saved.
        recipe: plain values; it must have "seed", "device", "budget", "data" and "figures".
        folder: where to.

    Raises ValueError if the recipe lacks one of these, or cannot be written as JSON.
    """
    missing = [key for key in REQUIRED if key not in recipe]
    if missing:
        raise ValueError(f"the recipe of {name!r} must also say: {', '.join(missing)}")
    # Clones, because safetensors refuses tensors that share memory, as those of tied layers do.
    state = {key: tensor.detach().cpu().contiguous().clone() for key, tensor in module.state_dict().items()}
    content = save(state)
    recipe = recipe | {
        "torch": torch.__version__.partition("+")[0],
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    try:
        text = json.dumps(recipe, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ValueError(f"the recipe of {name!r} must hold plain finite values: {error}") from error
    files = {folder / f"{name}.safetensors": content, folder / f"{name}.json": text.encode()}
    write_whole(files)
    return list(files)
