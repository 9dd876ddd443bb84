"""How much faster a sweep is by `fit_many` than by `fit`, one model after the other.

TQDM_DISABLE=1 python -m benchmarks.sweeps     measures (minutes), writes results/sweeps.json and the table of the book
python -m benchmarks.sweeps table              writes the table from the stored results

Both train the same models, in turns, round after round. What is done once, before the first steps, is not in the
rates; it is given beside them.
"""

import json
import statistics
import sys
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.page import PAGE, ROOT, hardware, threads, with_table
from vae_course.models import VAE, Bernoulli
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.objectives import Bound, elbo
from vae_course.training import fit, fit_many

RESULTS = ROOT / "benchmarks/results/sweeps.json"
ROUNDS = 7


@dataclass(frozen=True)
class Sweep:
    """So many models, of layers data-hidden-latent, with so many different seeds: the others differ in beta."""

    models: int
    seeds: int
    sizes: tuple[int, int, int]
    batch_size: int
    steps: int

    @property
    def name(self) -> str:
        layers = "-".join(map(str, self.sizes))
        seeds = f"{self.seeds} seed{'s' * (self.seeds > 1)}"
        return f"{self.models} models {layers}, batch {self.batch_size}, {seeds}"

    def build(self, device: torch.device) -> list[VAE]:
        data_dim, hidden, latent_dim = self.sizes
        models = []
        for seed in range(self.models):
            torch.manual_seed(seed)
            encoder = GaussianEncoder(data_dim, [hidden], latent_dim)
            models.append(VAE(encoder, Decoder(latent_dim, [hidden], data_dim), Bernoulli()).to(device))
        return models


SWEEPS = [
    Sweep(8, 8, (64, 64, 2), 64, 200),
    Sweep(8, 1, (64, 64, 2), 64, 200),
    Sweep(60, 60, (64, 64, 2), 64, 60),
    Sweep(60, 5, (64, 64, 2), 64, 60),
    Sweep(8, 8, (784, 100, 10), 128, 40),
    Sweep(8, 1, (784, 100, 10), 128, 40),
    Sweep(8, 1, (784, 400, 20), 128, 20),
]


def beta_vae(model: VAE, x: Tensor, beta: float | Tensor) -> Bound:
    return elbo(model, x).weighted({"kl": beta})


def binary(rows: Tensor, generator: torch.Generator) -> Tensor:
    return torch.bernoulli(rows / 255, generator=generator)


class Clock:
    """A monitor that looks at the clock: the start-up and a first interval, and the seconds of a second one."""

    def __init__(self) -> None:
        self.times: list[float] = [time.perf_counter()]

    def __call__(self, model: nn.Module) -> dict[str, float]:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())
        return {}

    def read(self, models: int) -> tuple[float, float]:
        """Seconds of one interval, and those before it that are not an interval's."""
        seconds = self.times[models + 1] - self.times[models]  # the models are measured one after the other
        return seconds, self.times[1] - self.times[0] - seconds


def one_after_the_other(sweep: Sweep, data: Tensor, device: torch.device) -> tuple[float, float]:
    found = []
    for k, model in enumerate(sweep.build(device)):
        clock = Clock()
        fit(
            model,
            lambda m, x, beta=1.0 + k: beta_vae(m, x, beta),
            data,
            steps=2 * sweep.steps,
            interval=sweep.steps,
            batch_size=sweep.batch_size,
            lr=1e-3,
            seed=k % sweep.seeds,
            prepare=binary,
            monitor=clock,
        )
        found.append(clock.read(1))
    seconds, before = zip(*found, strict=True)
    return sum(seconds), sum(before)


def at_once(sweep: Sweep, data: Tensor, device: torch.device) -> tuple[float, float]:
    models, clock = sweep.build(device), Clock()
    fit_many(
        models,
        beta_vae,
        data,
        steps=2 * sweep.steps,
        interval=sweep.steps,
        batch_size=sweep.batch_size,
        lr=1e-3,
        seeds=[k % sweep.seeds for k in range(sweep.models)],
        scalars={"beta": [1.0 + k for k in range(sweep.models)]},
        prepare=binary,
        monitor=clock,
    )
    return clock.read(sweep.models)


def measure(sweep: Sweep, device: torch.device) -> dict:
    """Rates in thousands of model-samples a second, and their ratio, round by round."""
    data = torch.randint(0, 256, (4096, sweep.sizes[0]), dtype=torch.uint8, device=device)
    at_once(sweep, data, device)  # warms up
    rounds = [(one_after_the_other(sweep, data, device), at_once(sweep, data, device)) for _ in range(ROUNDS)]
    samples = sweep.models * sweep.batch_size * sweep.steps / 1000
    return {
        "one after the other": statistics.median(samples / single for (single, _), _ in rounds),
        "at once": statistics.median(samples / many for _, (many, _) in rounds),
        "ratio": statistics.quantiles([single / many for (single, _), (many, _) in rounds], n=4),
        "seconds before": statistics.median(before for _, (_, before) in rounds),
    }


def table(results: dict) -> str:
    """The results as a table for the book."""
    where = f"{results['device']}, {threads(results['threads'])}, torch {results['torch']}"
    lines = [
        f"```{{table}} Many small models with fit, one after the other, and with fit_many, all at once. {where};"
        f" median of {results['rounds']} rounds.",
        "| models, layers, batch | one after the other, samples a second | at once | so many times as fast | start |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in results["sweeps"].items():
        low, middle, high = found["ratio"]
        rates = f"{1000 * found['one after the other']:,.0f} | {1000 * found['at once']:,.0f}"
        before = f"{found['seconds before']:.1f} s"
        lines.append(f"| {name} | {rates} | {middle:.1f} ({low:.1f} to {high:.1f}) | {before} |")
    return "\n".join([*lines, "```"])


def main() -> None:
    if sys.argv[1:] != ["table"]:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        found = {sweep.name: measure(sweep, device) for sweep in SWEEPS}
        facts = {
            "device": hardware(device),
            "threads": torch.get_num_threads(),
            "rounds": ROUNDS,
            "torch": torch.__version__.partition("+")[0],
        }
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(facts | {"sweeps": found}, indent=1) + "\n")
    results = json.loads(RESULTS.read_text())
    PAGE.write_text(with_table(PAGE.read_text(), "sweeps.py", table(results)))
    print(table(results))


if __name__ == "__main__":
    main()
