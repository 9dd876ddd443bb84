"""The tables of chapter 8."""

import pytest

from vae_course.figures.hand_sweeps import (
    ablation_table,
    mean_and_spread,
    mean_mixing,
    overlap_table,
    photograph_errors,
    photograph_table,
)
from vae_course.recipes.hand_sweeps import SMALL_RECIPE, TASKS
from vae_course.weights import read_sweep


def test_mean_and_spread_over_seeds():
    assert mean_and_spread([1.0, 2.0, 3.0]) == "2.0 ± 1.0"
    assert mean_and_spread([1.234], 2) == "1.23"


def test_the_ablation_has_a_line_for_every_variant_and_was_made_by_the_tool_as_it_is():
    sweep = read_sweep("hands-ablation")
    assert sweep["budget"].startswith(f"{SMALL_RECIPE['steps']} steps of {SMALL_RECIPE['batch_size']}")
    lines = ablation_table(sweep).splitlines()
    assert len(lines) == 2 + sum(len(variants) + 2 for variants in TASKS.values())
    first = sweep["runs"][0]["figures"]["rgb to joints_3d"]["mean"]
    assert any(f"| photograph to 3-D joints | mean pose | {first['epe']:.1f} mm |" in line for line in lines)


def test_overlap_is_a_mean_over_all_pairs():
    sweep = read_sweep("hands-overlap")
    pairs = sweep["runs"][0]["figures"]["apart"].values()
    assert mean_mixing(sweep, "apart")[0] == pytest.approx(sum(p["mixing"] for p in pairs) / 6)
    assert len(overlap_table(sweep).splitlines()) == 2 + 3 * 4


def test_overlap_rises_for_every_seed_from_apart_to_together():
    sweep = read_sweep("hands-overlap")
    apart, partly, together = (mean_mixing(sweep, name) for name in ("apart", "partly", "together"))
    assert all(a < p < t for a, p, t in zip(apart, partly, together, strict=True))


def test_photographs_have_a_line_for_every_training():
    sweep = read_sweep("hands-real")
    assert len(photograph_table(sweep).splitlines()) == 2 + 9
    assert len(photograph_errors(sweep, "both", "joints_3d")) == len(sweep["runs"])
    assert len(photograph_errors(sweep, "mean", "joints_3d", "auc")) == 1
