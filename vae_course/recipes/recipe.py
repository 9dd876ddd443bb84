"""The two kinds of recipe: of weights that are shipped, and of figures of many models that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from vae_course.recipes.bench import Bench


@dataclass(frozen=True)
class Trained:
    """What carrying out a recipe gives.

    Attributes:
        module: with its weights, in the precision in which they are to be stored.
        budget: how long it was trained, in words.
        data: on what, and on what it was measured, in words.
        seconds: of training.
        figures: what was measured.
        more: what else is worth keeping, plain values by name.
    """

    module: nn.Module
    budget: str
    data: str
    seconds: float
    figures: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """How weights of the course are trained.

    Attributes:
        name: of the weights.
        chapter: in which they are used first.
        train: carries it out, at the bench's budget.
        build: the untrained network, as chapters make it before they load the weights.
        seed: of the shipped ones.
    """

    name: str
    chapter: int
    train: Callable[[Bench], Trained]
    build: Callable[[], nn.Module]
    seed: int = 0


@dataclass(frozen=True)
class Sweep:
    """How the figures of many models are made, of which only the figures are kept.

    Attributes:
        name: "sweeps/" and the name by which `read_sweep` knows it.
        chapter: in which they are shown first.
        plan: the models to train, in the order of importance: plain settings of each, for all of the given seeds.
        measure: trains one of them and returns what is kept of it, without these settings.
        about: what is said of all models together, at the bench's budget.
        seeds: of the committed figures.
        rows: under which name the file lists the models.
    """

    name: str
    chapter: int
    plan: Callable[[Bench, Sequence[int]], list[dict[str, Any]]]
    measure: Callable[[Bench, dict[str, Any]], dict[str, Any]]
    about: Callable[[Bench], dict[str, Any]]
    seeds: tuple[int, ...]
    rows: str = "models"
