"""The explorers of the course: by the name of their script, the chapter that shows them, and how it makes them."""

from collections.abc import Callable
from functools import cache

import torch

from vae_course.explorers import Explorer
from vae_course.explorers.elbo_picture import elbo_picture
from vae_course.explorers.factor_matrix import factor_matrix
from vae_course.explorers.latent_plane import latent_plane
from vae_course.explorers.latent_traversals import latent_traversals
from vae_course.explorers.style_grid import style_grid
from vae_course.models import LinearGaussian


def tiny() -> tuple[LinearGaussian, torch.Tensor]:
    """The model of chapter 2, and its one data point."""
    one = torch.ones(1, 1, dtype=torch.float64)
    return LinearGaussian(1.5 * one, b=0 * one[0], sigma=0.7), 1.2 * one


COURSE: dict[str, tuple[str, Callable[[], Explorer]]] = {
    "elbo-picture": ("02-elbo", lambda: elbo_picture(*tiny())),
    "latent-plane": ("04-digits", latent_plane),
    "style-grid": ("05-labels", style_grid),
    "latent-traversals": ("06-constraint", latent_traversals),
    "factor-matrix": ("07-factors", factor_matrix),
}


@cache
def explorer(kind: str) -> Explorer:
    """An explorer as its chapter shows it, made once."""
    return COURSE[kind][1]()
