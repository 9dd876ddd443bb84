"""How a training went."""

from matplotlib.figure import Figure

from vae_course.figures.style import plt
from vae_course.training import History


def plot_history(history: History, *, skip: int = 0) -> Figure:
    """One panel for each term, and one for the objective with whatever the monitor measured.

    Args:
        history: of `fit`.
        skip: first intervals to leave out, so that the steep start does not hide the rest.
    """
    steps = history.steps[skip:]
    terms = {name: values[skip:] for name, values in history.terms.items()}
    panels = {"objective": history.objective[skip:]} | (terms if len(terms) > 1 else {})
    figure, axes = plt.subplots(1, len(panels), figsize=(7, 2.8), squeeze=False)
    for ax, (name, values) in zip(axes[0], panels.items(), strict=True):
        ax.plot(steps, values, label="training")
        if name == "objective":
            for other, series in history.monitored.items():
                ax.plot(steps, series[skip:], label=other, linestyle="--")
        ax.set(title=name, xlabel="step", ylabel="nats per digit")
        ax.locator_params(axis="x", nbins=4)
    axes[0, 0].legend()
    return figure
