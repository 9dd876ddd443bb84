"""Trained weights that come with the library, each with the recipe that made it."""

from vae_course.weights.store import WeightsError, load_weights, read_recipe, save_weights
from vae_course.weights.sweep import read_sweep

__all__ = ["WeightsError", "load_weights", "read_recipe", "read_sweep", "save_weights"]
