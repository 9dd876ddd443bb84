"""How every shipped network was trained, and every sweep whose figures are committed; one list, one command.

    vae-course models                      what there is, and what was measured
    vae-course train digits-plane          one network again
    vae-course train sweeps/sprites-beta   the figures of many

A recipe is a function of a `Bench`, which has the budget and a store: a training that is interrupted goes on where it
stopped, and what two recipes share is made once. To read one, open its module: `digits`, `limits`, `sprites`, `hands`
and those beside them.
"""

from vae_course.recipes import (
    digits,
    hand_factors,
    hand_pictures,
    hand_sweeps,
    hands,
    labels,
    likelihood,
    limits,
    sprite_lengths,
    sprite_parts,
    sprite_priors,
    sprites,
)
from vae_course.recipes.bench import Bench, Fitted
from vae_course.recipes.recipe import Recipe, Sweep, Trained
from vae_course.recipes.store import Store, StoreError

RECIPES = {
    recipe.name: recipe
    for chapter in (digits, sprites, hands, hand_pictures, hand_sweeps, hand_factors, limits)
    for recipe in chapter.RECIPES
}
"""How the shipped weights are trained, by their names."""

SWEEPS = {
    sweep.name: sweep
    for chapter in (
        likelihood,
        labels,
        sprites,
        sprite_parts,
        sprite_lengths,
        sprite_priors,
        hand_sweeps,
        hand_factors,
    )
    for sweep in chapter.SWEEPS
}
"""How the committed figures of many models are made, by their names."""

__all__ = ["RECIPES", "SWEEPS", "Bench", "Fitted", "Recipe", "Store", "StoreError", "Sweep", "Trained"]
