"""dSprites (Matthey et al., 2017), drawn instead of downloaded: 737,280 binary images, six known factors."""

from vae_course.data.sprites.dataset import Sprites
from vae_course.data.sprites.draw import draw_sprites
from vae_course.data.sprites.factors import (
    COUNT,
    NAMES,
    SIZES,
    classes_of,
    index_of,
    sample_factors,
    values_of,
)
from vae_course.data.sprites.half import draw_half_size, half_size
from vae_course.data.sprites.original import load_original

__all__ = [
    "COUNT",
    "NAMES",
    "SIZES",
    "Sprites",
    "classes_of",
    "draw_half_size",
    "draw_sprites",
    "half_size",
    "index_of",
    "load_original",
    "sample_factors",
    "values_of",
]
