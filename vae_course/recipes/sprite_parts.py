"""Measure the three parts of the KL of every trained VAE of sprites, exactly: with all training sprites in q(z).

    python -m vae_course.recipes.sprite_parts tc-8-0 ...    these models of .runs/sprites, or all that are not done yet

The figures are gathered in vae_course/weights/sweeps/sprites-parts.json.

Models are those of `vae_course.recipes.sprites`. A minibatch cannot measure these parts (chapter 7): the codes of two
sprites hardly overlap, so that q(z) at a code needs all the 100,000 examples.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_course.data.sprites.half import draw_half_size
from vae_course.evaluation import Estimate
from vae_course.files import write_whole
from vae_course.models import VAE
from vae_course.models.sprites import sprite_vae
from vae_course.recipes.sprites import OBJECTIVES, ROOT, RUNS, classes
from vae_course.training import seeded

DRAWS = 500
"""Codes at which the densities are compared, each of another training sprite."""


@torch.no_grad()
def parts(model: VAE, x: Tensor, draws: int = DRAWS, seed: int = 0) -> dict[str, Estimate]:
    """Index-code mutual information, total correlation and dimension-wise KL, in nats.

    Args:
        model: a VAE with a diagonal encoder and a prior with independent dimensions.
        x: the whole data set, (N, 1024); its N posteriors make up q(z).
        draws: how many of its examples to draw a code of.
        seed: of the examples and the draws.
    """
    encoded = [model.encoder(part) for part in x.split(5000)]
    mean, logvar = (torch.cat(both) for both in zip(*encoded, strict=True))
    with seeded(seed, x.device):
        rows = torch.randperm(len(x))[:draws]
        z = mean[rows] + (logvar[rows] / 2).exp() * torch.randn_like(mean[rows])
    found = []
    for row, code in zip(rows, z, strict=True):
        log_q = -((code - mean) ** 2 / logvar.exp() + logvar + math.log(2 * math.pi)) / 2  # (N, M)
        log_qz = torch.logsumexp(log_q.sum(1), 0) - math.log(len(x))
        log_product = (torch.logsumexp(log_q, 0) - math.log(len(x))).sum()
        log_p = model.p_z().log_prob(code)
        found.append(torch.stack([log_q[row].sum() - log_qz, log_qz - log_product, log_product - log_p]))
    names = ("information", "total_correlation", "dimension_wise")
    return {name: Estimate.of(values) for name, values in zip(names, torch.stack(found).T, strict=True)}


def measured(file: Path, x: Tensor) -> dict[str, Any]:
    """All figures of one trained model: those of its recipe, and the three parts of its KL."""
    recipe = json.loads(file.with_suffix(".json").read_text())
    model = sprite_vae()
    model.load_state_dict(torch.load(file))
    figures = dict(recipe["figures"])
    for part, value in parts(model.eval(), x).items():
        figures |= {part: value.mean, f"{part}_error": value.standard_error}
    if (
        "total_correlation" in recipe["history"]
    ):  # what training itself believed, averaged over its last steps
        figures["estimated_total_correlation"] = recipe["history"]["total_correlation"][-1]
    return {key: recipe[key] for key in ("objective", "weight", "seed", "seconds")} | {"figures": figures}


def main() -> int:
    path = ROOT / "vae_course" / "weights" / "sweeps" / "sprites-parts.json"
    known = json.loads(path.read_text())["models"] if path.exists() else []
    done = {f"{m['objective']}-{m['weight']:g}-{m['seed']}" for m in known}
    wanted = sys.argv[1:] or [file.stem for file in sorted(RUNS.glob("*.pt")) if "delta" not in file.stem]
    files = [RUNS / f"{name}.pt" for name in wanted if name not in done]
    x = torch.cat([draw_half_size(c) for c in classes()[0].split(5000)]) if files else None
    for file in files:
        model = measured(file, x)
        known.append(model)
        known.sort(key=lambda m: (OBJECTIVES.index(m["objective"]), m["weight"], m["seed"]))
        shown = {name: round(value, 2) for name, value in model["figures"].items()}
        print(file.stem, shown, flush=True)
        content = {
            "made by": "tools/sprite_models.py for the models, tools/sprite_parts.py for the parts of their KL",
            "device": "cpu",
            "torch": torch.__version__.partition("+")[0],
            "data": f"{len(x):,} training sprites make up q(z), codes of {DRAWS:,} of them; all other figures on"
            " sprites that were not trained on",
            "models": known,
        }
        write_whole({path: json.dumps(content, indent=1) + "\n"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
