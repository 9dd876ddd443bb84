"""The look that all figures of the course share."""

from vae_course.extras import require

plt = require("matplotlib.pyplot")

# Paul Tol's "muted" scheme, made for the colour-blind, with a dark grey as the tenth colour.
CLASS_COLOURS = (
    "#332288",
    "#88CCEE",
    "#44AA99",
    "#117733",
    "#999933",
    "#DDCC77",
    "#CC6677",
    "#882255",
    "#AA4499",
    "#555555",
)


def use_style() -> None:
    """Set matplotlib's defaults: at most 7 inches wide, no text below 10 points, no needless lines."""
    plt.rcParams.update(
        {
            "figure.figsize": (7, 3.2),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "savefig.bbox": "tight",
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=["#332288", "#CC6677", "#117733", "#DDCC77"]),
            "axes.grid": True,
            "grid.color": "#E6E6E6",
            "axes.axisbelow": True,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.frameon": False,
            "legend.fontsize": 10,
            "image.cmap": "gray_r",
            "lines.linewidth": 1.8,
        }
    )
