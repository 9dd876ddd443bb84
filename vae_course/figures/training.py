"""How a training went."""

from matplotlib.figure import Figure

from vae_course.training import History


def plot_history(history: History, *, skip: int = 0) -> Figure:
    """One panel for each term, and one for the objective with whatever the monitor measured.

    Args:
        history: of `fit`.
        skip: first intervals to leave out, so that the steep start does not hide the rest.
    """
    return history.plot(skip=skip, beside_objective=history.monitored)
