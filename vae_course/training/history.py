"""What was measured while training."""

from dataclasses import dataclass, field


@dataclass
class History:
    """Means over the intervals between two measurements.

    Attributes:
        steps: the step at the end of each interval.
        terms: per term, its mean over the interval's training batches, in nats per example.
        objective: the mean of what is maximized, the terms with their signs and weights.
        monitored: what the monitor returned at the end of each interval.
        seconds: time spent training, over all the runs that a resumed training consists of.
    """

    steps: list[int] = field(default_factory=list)
    terms: dict[str, list[float]] = field(default_factory=dict)
    objective: list[float] = field(default_factory=list)
    monitored: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    def record(
        self, step: int, terms: dict[str, float], objective: float, monitored: dict[str, float]
    ) -> None:
        """Append one interval."""
        self.steps.append(step)
        self.objective.append(objective)
        for series, values in ((self.terms, terms), (self.monitored, monitored)):
            for name, value in values.items():
                series.setdefault(name, []).append(value)
