"""Figures in one quiet style, readable on a phone and by the colour-blind."""

from vae_course.figures.digits import image_rows, latent_plane, tile
from vae_course.figures.hands import FINGER_COLOURS, draw_skeleton, draw_skeleton_3d
from vae_course.figures.label_sweep import label_sweep, plot_label_sweep, spread
from vae_course.figures.latent import latent_scatter
from vae_course.figures.style import CLASS_COLOURS, use_style
from vae_course.figures.training import plot_history
from vae_course.figures.traversals import traversals

__all__ = [
    "CLASS_COLOURS",
    "FINGER_COLOURS",
    "draw_skeleton",
    "draw_skeleton_3d",
    "image_rows",
    "label_sweep",
    "latent_plane",
    "latent_scatter",
    "plot_history",
    "plot_label_sweep",
    "spread",
    "tile",
    "traversals",
    "use_style",
]
