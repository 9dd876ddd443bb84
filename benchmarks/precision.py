"""What 16 bits cost: held-out bounds of models trained in float32 and in bfloat16.

python -m benchmarks.precision          trains (minutes), writes results/precision.json and the table of the book
python -m benchmarks.precision table    writes the table from the stored results

Real digits as grey values: VAE_COURSE_DATA names their folder, or they are downloaded. For scale there is also a
training all of whose numbers have 16 bits. All models are measured in float32.
"""

import json
import statistics
import sys
from functools import cache

import torch
from torch import Tensor

from benchmarks.contenders import DIGITS, LR
from benchmarks.page import PAGE, ROOT, hardware, with_table
from vae_course.data import load_digits
from vae_course.evaluation import evaluate
from vae_course.models import VAE, Bernoulli
from vae_course.objectives import elbo
from vae_course.training import fit

RESULTS = ROOT / "benchmarks/results/precision.json"
WAYS = ("float32", "networks in bf16", "everything in bf16")
STEPS, SEEDS = 6000, 5


@cache
def digits() -> tuple[Tensor, Tensor]:
    """Images to train on and to measure with, bytes (N, 784)."""
    found = load_digits("full")
    return found.train.images.flatten(1), found.test.images.flatten(1)


def bound(way: str, seed: int, device: torch.device, steps: int = STEPS) -> float:
    """The ELBO of held-out images after one training, in nats."""
    train, test = digits()
    dtype = torch.bfloat16 if way == "everything in bf16" else torch.float32
    model = VAE(*DIGITS.networks(seed), Bernoulli()).to(device, dtype)
    fit(
        model,
        elbo,
        train,
        steps=steps,
        batch_size=DIGITS.batch_size,
        lr=LR,
        seed=seed,
        precision="bf16" if way == "networks in bf16" else "float32",
        prepare=lambda rows, _: (rows / 255).to(dtype),
    )
    return evaluate(model.float(), (test / 255).to(device))["elbo"].mean


def table(results: dict) -> str:
    """The results as a table for the book."""
    where = f"{results['device']}, torch {results['torch']}"
    bounds = results["bounds"]
    lines = [
        f"```{{table}} Held-out bound in nats after {results['steps']:,} steps, mean and standard deviation over"
        f" {len(bounds['float32'])} seeds. {where}.",
        "| arithmetic | bound | against float32, same seed |",
        "|---|---:|---:|",
    ]
    for way, found in bounds.items():
        apart = [b - a for a, b in zip(bounds["float32"], found, strict=True)]
        said = "" if way == "float32" else with_spread(apart, "+.2f")
        lines.append(f"| {way} | {with_spread(found, '.2f')} | {said} |")
    return "\n".join([*lines, "```"])


def with_spread(values: list[float], how: str) -> str:
    """Mean and standard deviation."""
    return f"{statistics.mean(values):{how}} ± {statistics.stdev(values):.2f}"


def main() -> None:
    if sys.argv[1:] != ["table"]:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        facts = {"device": hardware(device), "torch": torch.__version__.partition("+")[0]}
        bounds = {way: [bound(way, seed, device) for seed in range(SEEDS)] for way in WAYS}
        RESULTS.write_text(json.dumps(facts | {"steps": STEPS, "bounds": bounds}, indent=1) + "\n")
    results = json.loads(RESULTS.read_text())
    PAGE.write_text(with_table(PAGE.read_text(), "precision.py", table(results)))
    print(table(results))


if __name__ == "__main__":
    main()
