"""Points of a latent space, coloured and named by their labels."""

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from torch import Tensor

from vae_course.figures.style import CLASS_COLOURS


def latent_scatter(axes: Axes, points: Tensor, labels: Tensor, *, size: float = 7) -> None:
    """Scatter points (N, 2); each class carries its number at its median, so that colour is not needed.

    Args:
        axes: to draw on, with equal scales.
        points: (N, 2).
        labels: (N,), 0 to 9.
        size: of a point, in points squared.
    """
    points, labels = points.detach().cpu(), labels.cpu()
    colours = [CLASS_COLOURS[label] for label in labels]
    axes.scatter(*points.numpy().T, s=size, c=colours, linewidths=0, alpha=0.8)
    for label in labels.unique().tolist():
        middle = points[labels == label].median(0).values
        axes.text(
            *middle.tolist(),
            str(label),
            size=14,
            weight="bold",
            ha="center",
            va="center",
            color=CLASS_COLOURS[label],
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
    axes.set_aspect("equal", adjustable="datalim")
