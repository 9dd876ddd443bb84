"""How the joints that models of hands estimate are measured, and what is estimated without a model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vae_course.data.hand_modalities import hand_units, joints_mm, joints_px
from vae_course.evaluation.hands import HandErrors
from vae_course.models import CrossModalVAE
from vae_course.recipes.hand_rows import Rows


def estimate(model: CrossModalVAE, rows: Rows, source: str, target: str) -> Tensor:
    """The decoded mean of q(z | source), (n, 21, 3) mm or (n, 21, 2) pixels of a 64 x 64 image."""
    with torch.no_grad():
        parts = []
        for part in torch.arange(len(rows[source])).split(500):
            x = hand_units({k: rows[k][part] for k in (source,)})[source]
            parts.append(model.p_x(model.q_z(x, source).mean, target).mean)
    return in_measure(torch.cat(parts), target)


def in_measure(vector: Tensor, target: str) -> Tensor:
    """A vector in a network's units -> joints in mm or in pixels of 64."""
    return joints_mm(vector) if target == "joints_3d" else joints_px(vector, 64)


def errors(predicted: Tensor, rows: Rows, target: str) -> dict[str, Any]:
    """EPE, median, PCK and AUC; AUC of 2-D joints is over 0 to 10 pixels, of 3-D joints over 0 to 50 mm."""
    truth = in_measure(hand_units({target: rows[target]})[target], target)
    found = HandErrors.of(predicted, truth)
    limits = torch.linspace(0, 50 if target == "joints_3d" else 10, 20, dtype=torch.float64)
    return {
        "epe": found.mean,
        "median": found.median,
        "auc": found.auc(limits),
        "pck": [round(value, 5) for value in found.pck(limits).tolist()],
    }


def baselines(train: Rows, test: Rows, source: str, target: str) -> dict[str, dict[str, Any]]:
    """The mean of the training targets, and the target of the training example with the nearest source."""
    known = hand_units({target: train[target]})[target]
    mean = known.mean(0).expand(len(test[target]), -1)
    nearest = []
    library = train[source].float()
    for part in test[source].float().split(100):
        nearest.append(torch.cdist(part, library).argmin(1))
    return {
        "mean": errors(in_measure(mean, target), test, target),
        "nearest": errors(in_measure(known[torch.cat(nearest)], target), test, target),
    }
