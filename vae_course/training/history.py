"""What was measured while training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vae_course.extras import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass
class History:
    """Means over the intervals between two measurements.

    Attributes:
        steps: the step at the end of each interval.
        terms: per term, its mean over the interval's training batches, in nats per example.
        objective: the mean of what is maximized, the terms with their signs and weights.
        monitored: what the monitor returned at the end of each interval.
        seconds: time spent training, over all the runs that a resumed training consists of.
        path: how the last of these runs computed: device, precision, and what made it faster.
    """

    steps: list[int] = field(default_factory=list)
    terms: dict[str, list[float]] = field(default_factory=dict)
    objective: list[float] = field(default_factory=list)
    monitored: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    path: str = ""

    def record(
        self, step: int, terms: dict[str, float], objective: float, monitored: dict[str, float]
    ) -> None:
        """Append one interval."""
        self.steps.append(step)
        self.objective.append(objective)
        for series, values in ((self.terms, terms), (self.monitored, monitored)):
            for name, value in values.items():
                series.setdefault(name, []).append(value)

    def plot(self, *, skip: int = 0, beside_objective: Iterable[str] = ()) -> Figure:
        """Draw a panel for the objective, one for each term where there are several, and one for each monitor.

        Args:
            skip: first intervals to leave out, so that the steep start does not hide the rest.
            beside_objective: monitors that are bounds in nats as well, to be drawn in the objective's panel.
        """
        plt = require("matplotlib.pyplot")
        beside = [name for name in self.monitored if name in set(beside_objective)]
        panels = {"objective": self.objective} | (self.terms if len(self.terms) > 1 else {})
        own = {name: values for name, values in self.monitored.items() if name not in beside}
        figure, axes = plt.subplots(
            1, len(panels) + len(own), figsize=(7, 2.8), squeeze=False, layout="constrained"
        )
        for ax, (name, values) in zip(axes[0], [*panels.items(), *own.items()], strict=True):
            ax.plot(self.steps[skip:], values[skip:], label="training")
            ax.set(title=name, xlabel="step", ylabel="" if name in own else "nats per example")
            ax.locator_params(axis="x", nbins=4)
        for name in beside:
            axes[0, 0].plot(self.steps[skip:], self.monitored[name][skip:], label=name, linestyle="--")
        axes[0, 0].legend()
        return figure
