"""The commands that train what the course ships, and list it."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vae_course.cli.say import fail

if TYPE_CHECKING:  # the command's help must not wait for torch
    from vae_course.recipes import Bench, Recipe, Sweep

STORE = Path(".runs")
"""Where trainings are kept, seen from where the command is run."""

_TRAIN = """\
Train a shipped network again, or make the figures of a sweep, from the recipe in `vae_course.recipes`.

  vae-course train digits-plane                          weights/digits-plane.safetensors and .json
  vae-course train sweeps/sprites-beta --seed 0 1 2      weights/sweeps/sprites-beta.json

`vae-course models` lists the names. Budgets: smoke takes seconds and shows only that the recipe runs, reader fits two
processor cores, full a GPU. Stopped with Ctrl-C, or killed, the same command goes on where it stopped: trainings and
drawn data lie in .runs, in the folder where you run it, until you delete them. Other settings never find them.
"""

_MODELS = """\
List what the course ships: networks, and the figures of sweeps, with what was measured. A dash: the file does not say.

  vae-course models                   a line for each
  vae-course models sprites-beta-1    all that is known of one, and where its recipe stands
"""


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `train` and `models`."""
    form = argparse.RawDescriptionHelpFormatter
    train = commands.add_parser(
        "train", help="train a shipped network again", description=_TRAIN, formatter_class=form
    )
    train.add_argument("name", metavar="NAME", help="of weights, such as digits-plane, or of a sweep")
    train.add_argument(
        "--budget", choices=("smoke", "reader", "full"), help="default: full with a GPU, else reader"
    )
    train.add_argument(
        "--seed", metavar="S", type=int, nargs="+", help="one, or several of a sweep (default: the shipped)"
    )
    train.add_argument(
        "--out", metavar="FOLDER", type=Path, default=Path("weights"), help="where to (default: weights)"
    )
    train.set_defaults(run=_train)
    models = commands.add_parser(
        "models", help="what is shipped, with its figures", description=_MODELS, formatter_class=form
    )
    models.add_argument("name", metavar="NAME", nargs="?", help="one of them")
    models.set_defaults(run=_models)


def _unknown(name: str) -> str | None:
    from vae_course.recipes import RECIPES, SWEEPS

    if name in RECIPES or name in SWEEPS:
        return None
    known = textwrap.fill(", ".join([*RECIPES, *SWEEPS]), 100)
    return f"there is no recipe {name!r}. There are:\n{known}"


def _train(options: argparse.Namespace) -> int:
    from vae_course.data import DataError
    from vae_course.extras import MissingExtraError
    from vae_course.recipes import RECIPES, SWEEPS, Bench, Store, StoreError
    from vae_course.recipes.carry_out import check_writable
    from vae_course.training import CheckpointError, NonFiniteError, begin

    if problem := _unknown(options.name):
        return fail(problem)
    recipe, sweep = RECIPES.get(options.name), SWEEPS.get(options.name)
    seeds = options.seed or (sweep.seeds if sweep else [recipe.seed])
    if recipe and len(seeds) > 1:
        return fail(f"{options.name} is one network, so give one seed; sweeps take several")
    try:
        for folder in (options.out, STORE):
            check_writable(folder)
    except OSError as error:
        return fail(
            f"{error.filename} cannot be written ({error.strerror}); name a folder of yours with --out"
        )
    try:
        run = begin(seeds[0], options.budget)
    except ValueError as error:  # VAE_COURSE_BUDGET names no budget
        return fail(str(error))
    try:
        bench = Bench(run, Store(STORE))
        if run.budget == "smoke" and _is_shipped(options.out):
            return fail(
                "a smoke run only tests a recipe; it may not replace the shipped files. Give another --out"
            )
        return _weights(recipe, bench, options.out) if recipe else _sweep(sweep, bench, seeds, options.out)
    except KeyboardInterrupt as stop:
        fail(f"{stop or 'stopped'}. The same command goes on from here")
        return 130
    except (DataError, MissingExtraError, StoreError, CheckpointError, NonFiniteError) as error:
        return fail(str(error))
    except ModuleNotFoundError as error:
        return fail(f'this recipe needs {error.name}; run: pip install "vae-course[book]"')
    except OSError as error:
        return fail(f"{error.filename} cannot be written ({error.strerror})")


def _is_shipped(folder: Path) -> bool:
    from vae_course.weights import store

    return folder.resolve() == store.FOLDER.resolve()


def _weights(recipe: Recipe, bench: Bench, out: Path) -> int:
    from vae_course.recipes.carry_out import train_weights
    from vae_course.recipes.listing import compared
    from vae_course.weights import WeightsError, read_recipe

    try:
        shipped = read_recipe(recipe.name)["figures"]
    except WeightsError:
        shipped = {}
    said = train_weights(recipe, bench, out)
    print(compared(said["figures"], shipped))
    files = " and ".join(str(out / f"{recipe.name}.{ending}") for ending in ("safetensors", "json"))
    print(f"{said['seconds']:.0f} s of training: {files}")
    return 0


def _sweep(sweep: Sweep, bench: Bench, seeds: Sequence[int], out: Path) -> int:
    from vae_course.recipes.carry_out import file_of, measure_sweep
    from vae_course.recipes.listing import key_figures

    for row in measure_sweep(sweep, bench, seeds, out):
        plain = {name: value for name, value in row.items() if not isinstance(value, dict | list)}
        shown = ", ".join(f"{name} {value}" for name, value in plain.items())
        print(f"{shown}: {key_figures(row.get('figures', {}))}", flush=True)
    print(f"wrote {file_of(sweep, out)}")
    return 0


def _models(options: argparse.Namespace) -> int:
    from vae_course.recipes import listing
    from vae_course.weights import WeightsError

    if options.name is None:
        print(listing.table())
        return 0
    if problem := _unknown(options.name):
        return fail(problem)
    try:
        print(listing.whole(options.name))
    except WeightsError as error:
        return fail(str(error))
    return 0
