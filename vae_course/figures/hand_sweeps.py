"""The tables of chapter 8: small models of hands, compared over seeds (vae_course.recipes.hands)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

NAMES = {"rgb": "photograph", "depth": "depth", "joints_2d": "2-D joints", "joints_3d": "3-D joints"}
"""What a reader calls a modality."""

VARIANTS = {
    "mean": "mean pose",
    "nearest": "nearest neighbour",
    "alone": "alone",
    "target": "with target",
    "source": "with source",
    "all": "all pairs",
    "direct": "direct regression",
}
"""What is compared in the ablation, in the order of the table."""

AT = {"joints_3d": 7, "joints_2d": 9}
"""Which of the 20 thresholds PCK is shown at: 18.4 mm and 4.7 px."""

Figures = dict[str, Any]


def mean_and_spread(values: Sequence[float], digits: int = 1) -> str:
    """`12.3 ± 0.4`: mean and standard deviation over seeds; of one value that value alone.

    Args:
        values: one a seed, at least one.
        digits: behind the point.
    """
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def seeds_of(sweep: Figures) -> str:
    """What the figures of a sweep are, in words: of one seed, or mean and standard deviation over several.

    Args:
        sweep: one of `read_sweep("hands-...")`.
    """
    count = len(sweep["runs"])
    return "One seed, so no spread" if count == 1 else f"Mean ± standard deviation over {count} seeds"


def ablation_table(sweep: Figures) -> str:
    """Tasks and the pairs that were visited, as a table in Markdown: EPE, median, PCK and AUC over seeds.

    Args:
        sweep: `read_sweep("hands-ablation")`.
    """
    lines = ["| task | visited | EPE | median | PCK | AUC |", "|---|---|---|---|---|---|"]
    for task in sweep["runs"][0]["figures"]:
        source, target = task.split(" to ")
        unit = "mm" if target == "joints_3d" else "px"
        for variant, label in VARIANTS.items():
            found = [
                run["figures"][task][variant] for run in sweep["runs"] if variant in run["figures"][task]
            ]
            if found:
                epe, median, auc = ([f[name] for f in found] for name in ("epe", "median", "auc"))
                pck = [f["pck"][AT[target]] for f in found]
                lines.append(
                    f"| {NAMES[source]} to {NAMES[target]} | {label} | {mean_and_spread(epe)} {unit} | "
                    f"{mean_and_spread(median)} | {mean_and_spread(pck, 3)} | {mean_and_spread(auc, 3)} |"
                )
    return "\n".join(lines)


def mean_mixing(sweep: Figures, trained: str) -> list[float]:
    """The mixing of codes under one training, averaged over all pairs of modalities: one figure a seed.

    Args:
        sweep: `read_sweep("hands-overlap")`.
        trained: "apart", "partly" or "together".
    """
    return [
        statistics.mean(pair["mixing"] for pair in run["figures"][trained].values()) for run in sweep["runs"]
    ]


def overlap_table(sweep: Figures) -> str:
    """How the codes of modalities overlap under three trainings, as a table in Markdown, over seeds.

    Args:
        sweep: `read_sweep("hands-overlap")`.
    """
    lines = ["| trained | codes of | mixing | rank of the partner |", "|---|---|---|---|"]
    runs = sweep["runs"]
    for trained in runs[0]["figures"]:
        for pair in ("rgb, joints_3d", "depth, joints_3d", "joints_2d, joints_3d"):
            mixing, rank = ([r["figures"][trained][pair][name] for r in runs] for name in ("mixing", "rank"))
            one, other = pair.split(", ")
            figures = f"{mean_and_spread(mixing, 2)} | {mean_and_spread(rank, 3)}"
            lines.append(f"| {trained} | {NAMES[one]} and {NAMES[other]} | {figures} |")
        lines.append(f"| {trained} | all six pairs | {mean_and_spread(mean_mixing(sweep, trained), 2)} | |")
    return "\n".join(lines)


def photograph_errors(sweep: Figures, condition: str, target: str, figure: str = "epe") -> list[float]:
    """One figure of photograph to joints under one condition of training: one a seed that has it.

    Args:
        sweep: `read_sweep("hands-real")`.
        condition: such as "drawn" or "both".
        target: "joints_2d" (px of 64) or "joints_3d" (mm).
        figure: "epe", "median" or "auc".
    """
    return [run["figures"][condition][target][figure] for run in sweep["runs"] if condition in run["figures"]]


def photograph_table(sweep: Figures) -> str:
    """Photograph to joints on unseen persons by what a model was trained on, as a table in Markdown, over seeds.

    Args:
        sweep: `read_sweep("hands-real")`.
    """
    counts = sweep["runs"][0]["photographs"]
    few, all_of_them = f"{counts['few']} labelled photographs", f"{counts['train']:,} labelled photographs"
    conditions = {
        "mean": "mean pose of the training photographs",
        "nearest": "nearest neighbour among them",
        "drawn": "drawn hands alone",
        "few": few,
        "drawn and few": f"drawn hands and {few}",
        "drawn, few and unlabelled": "the same, and the other photographs without labels",
        "real": all_of_them,
        "both": f"drawn hands and {all_of_them}",
        "direct, both": "the same, by direct regression",
    }
    lines = ["| trained on | 3-D EPE [mm] | AUC 0-50 | 2-D EPE [px of 64] |", "|---|---|---|---|"]
    for condition, label in conditions.items():
        epe, auc, flat = (
            photograph_errors(sweep, condition, *of)
            for of in (("joints_3d", "epe"), ("joints_3d", "auc"), ("joints_2d", "epe"))
        )
        lines.append(
            f"| {label} | {mean_and_spread(epe)} | {mean_and_spread(auc, 3)} | {mean_and_spread(flat)} |"
        )
    return "\n".join(lines)
