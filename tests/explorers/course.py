"""The explorers of the course: by the name of their script, the chapter that shows them, and how it makes them."""

from collections.abc import Callable
from functools import cache

import torch

from vae_course.data import Split, load_digits
from vae_course.explorers import Explorer
from vae_course.explorers.elbo_picture import elbo_picture
from vae_course.explorers.factor_matrix import factor_matrix
from vae_course.explorers.factor_swap import factor_swap
from vae_course.explorers.gradient_estimators import gradient_estimators
from vae_course.explorers.hand_code import hand_code
from vae_course.explorers.hand_photographs import hand_photographs
from vae_course.explorers.latent_model import latent_model
from vae_course.explorers.latent_plane import latent_plane
from vae_course.explorers.latent_traversals import latent_traversals
from vae_course.explorers.posterior_shapes import posterior_shapes
from vae_course.explorers.style_grid import style_grid
from vae_course.models import LinearGaussian


def tiny() -> tuple[LinearGaussian, torch.Tensor]:
    """The model of chapter 2, and its one data point."""
    one = torch.ones(1, 1, dtype=torch.float64)
    return LinearGaussian(1.5 * one, b=0 * one[0], sigma=0.7), 1.2 * one


@cache
def flat() -> tuple[LinearGaussian, torch.Tensor]:
    """The linear model of chapter 1 with two latent dimensions, and digits to choose from."""
    digits = load_digits()

    def prepare(split: Split, seed: int) -> torch.Tensor:
        pixels = split.images.flatten(1).double()
        return (
            pixels + torch.rand(pixels.shape, generator=torch.Generator().manual_seed(seed)).double()
        ) / 256

    chosen = [int((digits.test.labels == d).nonzero()[0]) for d in (1, 0, 4, 3, 6)]
    return LinearGaussian.maximum_likelihood(prepare(digits.train, 0), 2), prepare(digits.test, 2)[chosen]


COURSE: dict[str, tuple[str, Callable[[], Explorer]]] = {
    "latent-model": ("01-generative", lambda: latent_model(*flat())),
    "elbo-picture": ("02-elbo", lambda: elbo_picture(*tiny())),
    "gradient-estimators": ("03-gradients", gradient_estimators),
    "latent-plane": ("04-digits", latent_plane),
    "style-grid": ("05-labels", style_grid),
    "latent-traversals": ("06-constraint", latent_traversals),
    "factor-matrix": ("07-factors", factor_matrix),
    "hand-code": ("08-cross-modal", hand_code),
    "hand-photographs": ("08-cross-modal", hand_photographs),
    "factor-swap": ("09-disentangled", factor_swap),
    "posterior-shapes": ("10-limits", posterior_shapes),
}


@cache
def explorer(kind: str) -> Explorer:
    """An explorer as its chapter shows it, made once."""
    return COURSE[kind][1]()
