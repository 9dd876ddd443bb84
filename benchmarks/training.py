"""How fast models train, beside the loops that people would pick instead.

python -m benchmarks.training           measures (minutes), writes results/training.json and the table of the book
python -m benchmarks.training table     writes the table from the stored results

The other libraries are installed in an environment of their own, .runs/bench. Every contender is a process of its
own, so that none profits from what another one sets; they take turns, round after round, so that a busy moment of
the machine hits all.
"""

import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.page import PAGE, ROOT, hardware, threads, with_table

ENVIRONMENT = ROOT / ".runs/bench"
RESULTS = ROOT / "benchmarks/results/training.json"
PACKAGES = ("pythae", "pyro-ppl", "lightning", "pillow", "safetensors", "tqdm")
VERSIONS = ("torch", "numpy", "pythae", "pyro-ppl", "lightning")
ROUNDS = int(os.environ.get("ROUNDS", "15"))
PATHS = {
    "ours": "`fit` is so many times as fast",
    "ours, compiled, bf16": "compiled and in bf16",
}
"""The ways of ours with which every loop is compared."""
TITLES = {
    "digits": "Fully connected VAE 784-400-20, batch of 128 digits",
    "sprites": "Convolutional VAE of 64 x 64 images (4 x 32 channels), batch of 64",
}


def environment() -> Path:
    """The Python of an environment with all contenders and the book's torch; made once."""
    python = ENVIRONMENT / "bin/python"
    ready = ENVIRONMENT / ".ready"
    if not ready.exists():
        print(f"Setting up {ENVIRONMENT.relative_to(ROOT)} (some minutes, once) ...", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
        pinned = [
            line for line in (ROOT / "constraints.txt").read_text().split() if line.startswith("torch==")
        ]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *pinned, *PACKAGES], check=True)
        ready.touch()
    return python


class Contender:
    """A process that waits, and trains for one round whenever it is asked to."""

    def __init__(self, python: Path, task: str, name: str) -> None:
        self.process = subprocess.Popen(
            [python, "-W", "ignore", "-m", "benchmarks.training", "work", task, name],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"TQDM_MININTERVAL": "0.1"},
        )  # fmt: skip

    def ask(self) -> dict:
        """One round's answer. Raises RuntimeError with the process's last words if it has none."""
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            return json.loads(line)
        except (OSError, json.JSONDecodeError) as error:
            raise RuntimeError(self.process.stderr.read()[-2000:]) from error

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def work(task: str, name: str) -> None:
    """What a contender's process does: a line for each line."""
    import torch

    from benchmarks.contenders import CONTENDERS

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    setting, contenders = CONTENDERS[task]
    train = contenders[name](setting, device)
    for _ in sys.stdin:
        facts = {
            "seconds": train(),
            "steps": setting.steps,
            "flops": setting.flops(),
            "device": hardware(device),
        }
        versions = {package: importlib.metadata.version(package) for package in VERSIONS}
        print(
            json.dumps(facts | {"threads": torch.get_num_threads(), "versions": versions}),
            file=answers,
            flush=True,
        )


def spread(values: list[float], digits: int) -> list[float]:
    """Median, lower and upper quartile."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return [round(value, digits) for value in (middle, low, high)]


def measure(python: Path, task: str, names: list[str]) -> dict:
    """All contenders of a task, in turns."""
    contenders = {name: Contender(python, task, name) for name in names}
    for contender in contenders.values():
        facts = contender.ask()  # the first round warms up
    rates: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        for name, contender in contenders.items():
            facts = contender.ask()
            rates[name].append(facts["steps"] / facts["seconds"])
        shown = f"{task}: round {turn + 1} of {ROUNDS}, ours {rates['ours'][-1]:.0f} steps/s"
        print(f"\r{shown}", end="", flush=True)
    print()
    for contender in contenders.values():
        contender.end()

    def ratio(above: str, below: str) -> list[float]:
        return spread([a / b for a, b in zip(rates[above], rates[below], strict=True)], 3)

    rows = {
        name: {
            "steps a second": spread(rates[name], 2),
            **{f"{way}, times as fast": ratio(way, name) for way in PATHS},
            "share of the peak": ratio(name, "peak"),
        }
        for name in names
    }
    peak = rows.pop("peak")["steps a second"][0] * facts["flops"]
    setting = {key: facts[key] for key in ("device", "threads", "versions")}
    return setting | {"peak, GFLOP a second": round(peak / 1e9), "rounds": ROUNDS, "contenders": rows}


def table(results: dict) -> str:
    """The results as tables for the book."""
    parts = []
    for task, title in TITLES.items():
        found = results[task]
        where = f"{found['device']}, {threads(found['threads'])}; {found['peak, GFLOP a second']} GFLOP/s"
        lines = [
            f"```{{table}} {title}. {where} in large matrix products; median of {found['rounds']} rounds."
        ]
        lines += [
            f"| loop | steps a second | {' | '.join(PATHS.values())} | share of the peak |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, row in found["contenders"].items():
            rate, *ratios, share = row.values()
            by = [
                "" if name == way else f"{times[0]:.2f} ({times[1]:.2f} to {times[2]:.2f})"
                for way, times in zip(PATHS, ratios, strict=True)
            ]
            lines.append(f"| {name} | {rate[0]:,.1f} | {' | '.join(by)} | {share[0]:.0%} |")
        parts.append("\n".join([*lines, "```"]))
    versions = ", ".join(f"{name} {version}" for name, version in results["digits"]["versions"].items())
    return "\n\n".join([*parts, f"Versions: {versions}."])


def main() -> None:
    if sys.argv[1:2] == ["work"]:
        return work(*sys.argv[2:])
    if sys.argv[1:] == ["list"]:
        from benchmarks.contenders import CONTENDERS

        return print(json.dumps({task: [*contenders] for task, (_, contenders) in CONTENDERS.items()}))
    if sys.argv[1:] != ["table"]:
        python = environment()
        listed = subprocess.run(
            [python, "-m", "benchmarks.training", "list"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        tasks = json.loads(listed.stdout)
        results = {task: measure(python, task, names) for task, names in tasks.items()}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    results = json.loads(RESULTS.read_text())
    PAGE.write_text(with_table(PAGE.read_text(), "training.py", table(results)))
    print(table(results))


if __name__ == "__main__":
    main()
