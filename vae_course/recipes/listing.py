"""What there is to train, with what was measured, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vae_course.recipes import RECIPES, SWEEPS
from vae_course.weights import WeightsError, read_recipe, read_sweep, store

NONE = "-"
"""Where a file does not say it."""

HEADS = ("name", "ch.", "parameters", "kB", "budget", "device", "seed", "seconds", "figures")


def table(folder: Path = store.FOLDER) -> str:
    """One line for every recipe, as its JSON in the folder describes it.

    Args:
        folder: with weights; by default those that come with the library.
    """
    lines = [HEADS, *(_weights(name, folder) for name in RECIPES), *(_sweep(name, folder) for name in SWEEPS)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    right = {2, 3, 6, 7}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if k in right else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _weights(name: str, folder: Path) -> tuple[str, ...]:
    try:
        said = read_recipe(name, folder=folder)
    except WeightsError:
        said = {}
    file = folder / f"{name}.safetensors"
    return (
        name,
        str(RECIPES[name].chapter),
        f"{said['parameters']:,}" if "parameters" in said else NONE,
        f"{file.stat().st_size / 1000:,.0f}" if file.is_file() else NONE,
        said.get("scale", NONE),
        said.get("device", NONE),
        str(said.get("seed", NONE)),
        _rounded(said.get("seconds")),
        key_figures(said.get("figures", {})) or NONE,
    )


def _sweep(name: str, folder: Path) -> tuple[str, ...]:
    file = folder / f"{name}.json"
    said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    rows = said.get(SWEEPS[name].rows, [])
    spent = [row["seconds"] for row in rows if "seconds" in row]
    seeds = sorted({row["seed"] for row in rows})
    return (
        name,
        str(SWEEPS[name].chapter),
        NONE,
        f"{file.stat().st_size / 1000:,.0f}" if file.is_file() else NONE,
        said.get("scale", NONE),
        said.get("device", said.get("recipe", {}).get("device", NONE)),
        ",".join(map(str, seeds)) or NONE,
        _rounded(sum(spent) if spent else None),
        f"{len(rows)} rows" if rows else NONE,
    )


def key_figures(figures: dict[str, Any], count: int = 3) -> str:
    """The first figures in a few words."""
    numbers = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    return ", ".join(f"{name} {value:.4g}" for name, value in list(numbers.items())[:count])


def compared(new: dict[str, Any], shipped: dict[str, Any]) -> str:
    """A line for each figure: the new one, and the shipped one beside it.

    Args:
        new, shipped: figures by name.
    """
    names = [name for name, value in new.items() if isinstance(value, int | float)]
    width = max((len(name) for name in names), default=0)
    lines = [f"{'':<{width}}  {'now':>10}  {'shipped':>10}"]
    for name in names:
        before = shipped.get(name)
        shown = f"{before:.4g}" if isinstance(before, int | float) else NONE
        lines.append(f"{name:<{width}}  {new[name]:>10.4g}  {shown:>10}")
    return "\n".join(lines)


def whole(name: str) -> str:
    """All that is known of one recipe: what its module says, and the shipped JSON. Raises WeightsError."""
    if name in SWEEPS:
        said = read_sweep(name.removeprefix("sweeps/"))
        train = SWEEPS[name].measure
    else:
        said, train = read_recipe(name), RECIPES[name].train
    code = f"{train.__module__}, chapter {(RECIPES | SWEEPS)[name].chapter}"
    return "\n".join([f"{name}: {code}", *_lines(said)])


def _lines(said: dict[str, Any]) -> Iterable[str]:
    return json.dumps(said, indent=2, ensure_ascii=False).splitlines()


def _rounded(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds:,.0f}"
