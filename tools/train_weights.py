"""Train weights that the library ships, and write them with their recipe.

    python tools/train_weights.py digit-features

Interrupted, it goes on where it stopped when it is started again; the checkpoint lies in `.runs/`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from vae_course.data import load_digits
from vae_course.evaluation.digit_features import accuracy, train_digit_classifier
from vae_course.weights import save_weights

ROOT = Path(__file__).resolve().parents[1]


def digit_features(checkpoint: Path, steps: int = 1500, seed: int = 0) -> tuple[nn.Module, dict[str, Any]]:
    """The classifier of `vae_course.evaluation.digit_features`, about a minute on one core."""
    digits = load_digits()
    model = train_digit_classifier(
        digits.train, steps=steps, batch_size=150, seed=seed, checkpoint=checkpoint
    )
    return model, {
        "seed": seed,
        "device": "cpu",
        "budget": f"{steps} steps of 150 images, a third of them under noise",
        "data": f"{digits.name}, training split of {len(digits.train)}",
        "figures": {
            "accuracy_val": accuracy(model, digits.val),
            "accuracy_test": accuracy(model, digits.test),
        },
    }


TRAININGS: dict[str, Callable[[Path], tuple[nn.Module, dict[str, Any]]]] = {
    "digit-features": digit_features,
}
"""Each takes the path of its checkpoint and returns the trained module and its recipe."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=sorted(TRAININGS))
    name = parser.parse_args(arguments).name
    checkpoint = ROOT / ".runs" / f"{name}.pt"
    began = time.perf_counter()
    module, recipe = TRAININGS[name](checkpoint)
    paths = save_weights(name, module, recipe)
    checkpoint.unlink()  # done: the next call trains from the start
    for what, value in recipe["figures"].items():
        print(f"{what}: {value:.4f}")
    print(*[f"wrote {path.relative_to(ROOT)} ({path.stat().st_size:,} bytes)" for path in paths], sep="\n")
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
