"""Figures of many trained models, measured once and committed with their recipe."""

import json
from typing import Any

from vae_course.weights.store import FOLDER, WeightsError


def read_sweep(name: str) -> dict[str, Any]:
    """How the models of a sweep were made, and under "models" or "runs" the figures of each.

    Args:
        name: such as "sprites-beta"; the file is `sweeps/NAME.json` beside the shipped weights.

    Raises WeightsError if there is none of that name.
    """
    path = FOLDER / "sweeps" / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json"))) or "none"
        raise WeightsError(f"there is no sweep {name!r}. There are: {known}.")
    return json.loads(path.read_text(encoding="utf-8"))
