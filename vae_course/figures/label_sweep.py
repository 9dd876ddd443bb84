"""Test error against the number of labels, measured once for many choices of the labelled images."""

from statistics import mean, stdev

from matplotlib.axes import Axes

from vae_course.weights import read_sweep

PUBLISHED = {
    "M2 (Kingma et al., 2014)": {100: 0.1197},
    "M1+M2 (Kingma et al., 2014)": {100: 0.0333},
}
"""Test errors with all of MNIST, by number of labels."""


def label_sweep(images: int = 4000) -> dict[str, dict[int, list[float]]]:
    """Test errors on MNIST's 10,000 test digits: by model, by number of labels, one for each choice of labels.

    Args:
        images: how many training images there were, 4,000 or 55,000.
    """
    found: dict[str, dict[int, list[float]]] = {}
    for run in read_sweep({4_000: "labels", 55_000: "labels-of-all"}[images])["runs"]:
        found.setdefault(run["model"], {}).setdefault(run["labels"], []).append(run["error"])
    return {model: dict(sorted(by_count.items())) for model, by_count in sorted(found.items(), reverse=True)}


def plot_label_sweep(axes: Axes) -> None:
    """Mean test errors against the number of labels, a dot for each choice of labels, and the published ones.

    Filled marks are for 4,000 training images, hollow ones, a little to the right, for all 55,000.

    Args:
        axes: to draw on.
    """
    of_all = label_sweep(55_000)
    for (model, errors), marker in zip(label_sweep().items(), "os^", strict=False):
        counts = list(errors)
        (line,) = axes.plot(counts, [mean(errors[n]) for n in counts], f"{marker}-", label=model)
        colour = line.get_color()
        for n in counts:
            axes.plot([n] * len(errors[n]), errors[n], ".", color=colour, alpha=0.4)
        for n, values in of_all.get(model, {}).items():
            hollow = {"color": colour, "markerfacecolor": "white", "markersize": 8, "linestyle": "none"}
            beside = 1.12 * n  # or it would lie under the marks for 4,000 images
            axes.plot(beside, mean(values), marker, **hollow, label=f"{model}, 55,000 images")
    for name, errors in PUBLISHED.items():
        axes.plot(list(errors), list(errors.values()), "*", markersize=11, color="#555555")
        for n, value in errors.items():
            axes.annotate(
                name, (n, value), (0, -17), textcoords="offset points", ha="center", size=10, color="#555555"
            )
    axes.set(xscale="log", yscale="log", xlabel="labelled images", ylabel="test error")
    ticks = [0.02, 0.05, 0.1, 0.2, 0.4]
    axes.set_yticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes.set_yticks([], minor=True)
    counts = sorted({n for errors in label_sweep().values() for n in errors})
    axes.set_xticks(counts, [f"{n:,}" for n in counts])
    axes.set_xticks([], minor=True)
    axes.legend(loc="upper right")


def spread(values: list[float]) -> str:
    """Mean and standard deviation of the errors `values` over choices of labels, in per cent: `16.4 ± 1.2 %`."""
    return (
        f"{100 * mean(values):.1f} ± {100 * stdev(values):.1f} %"
        if len(values) > 1
        else f"{100 * values[0]:.1f} %"
    )
