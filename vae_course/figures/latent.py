"""Points of a latent space, coloured and named by their labels."""

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from torch import Tensor

from vae_course.figures.style import CLASS_COLOURS


def latent_scatter(axes: Axes, points: Tensor, labels: Tensor, *, size: float = 7) -> None:
    """Scatter points (N, 2); each class carries its number in its middle, so that colour is not needed.

    Args:
        axes: to draw on, with equal scales.
        points: (N, 2).
        labels: (N,), 0 to 9.
        size: of a point, in points squared.
    """
    points, labels = points.detach().cpu(), labels.cpu()
    colours = [CLASS_COLOURS[label] for label in labels]
    axes.scatter(*points.numpy().T, s=size, c=colours, linewidths=0, alpha=0.8)
    extent = (points.max(0).values - points.min(0).values).max().item()
    for label, place in label_places(points, labels, 0.06 * extent).items():
        axes.text(
            *place.tolist(),
            str(label),
            size=14,
            weight="bold",
            ha="center",
            va="center",
            color=CLASS_COLOURS[label],
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
    axes.set_aspect("equal", adjustable="datalim")


def label_places(points: Tensor, labels: Tensor, far: float) -> dict[int, Tensor]:
    """Where each class carries its number, (2,) each: at its median, pushed apart where two would hide each other.

    explorers/front/latent-plane.js does the same.

    Args:
        points: (N, 2).
        labels: (N,), 0 to 9.
        far: how far apart numbers are to stand, in the units of the points.
    """
    places = {}
    for label in labels.unique().tolist():
        members = points[labels == label].double().sort(0).values
        places[label] = members[len(members) // 2]
    for _ in range(50):
        for a in places:
            for b in places:
                apart = places[b] - places[a]
                distance = apart.norm()
                if a != b and distance < far:
                    push = 0.5 * (far - distance) / (distance or 1) * apart
                    places[a], places[b] = places[a] - push, places[b] + push
    return places
