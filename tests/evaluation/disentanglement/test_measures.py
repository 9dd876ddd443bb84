"""The five measures on perfect, moved, rotated and shuffled codes, and on cases small enough to do by hand."""

import math

import numpy as np
import pytest
import torch

from vae_course.evaluation.disentanglement import (
    beta_vae_score,
    dci,
    disentanglement,
    factor_vae_score,
    fixed_factor,
    mig,
    sap,
)
from vae_course.evaluation.disentanglement.dci import disentanglement_completeness
from vae_course.evaluation.disentanglement.information import entropy, mutual_information

N = 3000
SIZES = (3, 4, 5)  # values of the three factors; a fourth is constant


def factors(seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.stack([*(random.integers(size, size=N) for size in SIZES), np.zeros(N, dtype=np.int64)], axis=1)


def perfect() -> np.ndarray:
    """Each factor in one code, with a little noise, and two codes of noise alone."""
    random = np.random.default_rng(1)
    codes = factors()[:, :3] / np.array(SIZES) + 0.01 * random.normal(size=(N, 3))
    return np.hstack([codes, random.normal(size=(N, 2))])


def rotated(seed: int) -> np.ndarray:
    """The same standardised codes, turned at random: all information, spread over all codes."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))
    codes = perfect()
    return (codes / codes.std(0)) @ turn


def small(measure):
    """The measure at a size that takes a fraction of a second."""
    settings = {
        beta_vae_score: {"train": 1500, "test": 750, "pairs": 32},
        factor_vae_score: {"train": 1500, "test": 750},
        dci: {"train": 2000, "test": 1000},
        sap: {"train": 2000, "test": 1000},
        mig: {},
    }[measure]

    def value(codes, seed: int = 0) -> float:
        result = measure(codes, factors(), **settings, **({} if measure is mig else {"seed": seed}))
        return result.disentanglement if measure is dci else result

    return value


ALL = (beta_vae_score, factor_vae_score, mig, dci, sap)
MAXIMUM_ONE = (beta_vae_score, factor_vae_score, mig, dci)
# The most that a rotated code may have. The beta-VAE score has no such bound: it saturates.
ROTATED = {factor_vae_score: 0.97, mig: 0.30, dci: 0.45, sap: 0.30}
# The most that a shuffled code may have; chance is 1/3 for the first two.
SHUFFLED = {beta_vae_score: 0.40, factor_vae_score: 0.40, mig: 0.02, dci: 0.15, sap: 0.05}


def name(value) -> str:
    return getattr(value, "__name__", "")


MEASURES = [pytest.param(measure, id=name(measure)) for measure in ALL]


@pytest.mark.parametrize("measure", MAXIMUM_ONE, ids=name)
def test_perfect_codes_reach_the_maximum(measure):
    assert small(measure)(perfect()) == pytest.approx(1, abs=0.02)


def test_the_maximum_of_sap_for_factors_of_two_values_is_one_half():
    """The right code predicts with accuracy 1, any other with 1/2."""
    values = np.random.default_rng(0).integers(2, size=(6000, 3))
    assert sap(values + 0.0, values, train=4000, test=2000) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("measure", MEASURES)
def test_order_sign_and_scale_of_codes_do_not_matter(measure):
    codes = perfect() + 0.3 * np.random.default_rng(2).normal(
        size=(N, 5)
    )  # not perfect, so that ties are broken
    moved = codes[:, [3, 0, 4, 2, 1]] * np.array([2.0, -1.0, 0.5, 7.0, -3.0]) + np.array([0, 5, -1, 2, 0])
    value = small(measure)
    assert value(moved) == pytest.approx(value(codes), abs=0.02)


@pytest.mark.parametrize(("measure", "most"), ROTATED.items(), ids=name)
def test_rotated_codes_are_far_from_the_maximum(measure, most):
    value = small(measure)
    over_seeds = [value(rotated(seed)) for seed in range(4)]
    assert np.mean(over_seeds) < most
    assert np.mean(over_seeds) < 0.97 * value(perfect())


@pytest.mark.parametrize(("measure", "most"), SHUFFLED.items(), ids=name)
def test_shuffled_codes_are_at_chance(measure, most):
    shuffled = np.random.default_rng(3).permutation(perfect())
    values = [small(measure)(shuffled, seed) for seed in range(3)]
    assert np.mean(values) < most


def chance(measure, groups: int = 12) -> float:
    """The mean score of codes that know nothing, where one factor's groups are large and the other's small."""
    scores = []
    for seed in range(groups):
        random = np.random.default_rng(seed)
        values = np.stack([random.integers(2, size=600), random.integers(60, size=600)], axis=1)
        codes = random.normal(size=(600, 4))
        scores.append(measure(codes, values, train=1000, test=500, seed=seed))
    return float(np.mean(scores))


@pytest.mark.parametrize("measure", [beta_vae_score, factor_vae_score], ids=name)
def test_small_groups_do_not_betray_the_factor(measure):
    assert chance(measure) == pytest.approx(1 / 2, abs=0.05)


def test_pairs_of_a_row_with_itself_would_be_noticed(monkeypatch):
    monkeypatch.setattr(fixed_factor._Groups, "partner", fixed_factor._Groups.draw)
    assert chance(beta_vae_score) > 0.6


def test_variances_must_be_relative_to_those_over_all_rows(monkeypatch):
    """Without, a code of small scale always varies least, and takes every vote."""
    codes = perfect() * np.array([0.5, 100, 100, 100, 100])
    score = small(factor_vae_score)
    assert score(codes) == pytest.approx(1, abs=0.02)
    monkeypatch.setattr(fixed_factor, "check", lambda raw, values: (raw, values[:, :3]))
    assert score(codes) < 0.9


def test_rows_that_share_no_value_are_refused():
    values = np.stack([np.arange(20), np.arange(20) % 2], axis=1)
    for measure in (beta_vae_score, factor_vae_score):
        with pytest.raises(ValueError, match="no two of them share a value"):
            measure(np.random.default_rng(0).normal(size=(20, 2)), values)


def test_the_beta_vae_score_saturates_on_rotated_codes():
    assert small(beta_vae_score)(rotated(0)) > 0.9  # why no measure is enough


@pytest.mark.parametrize("measure", MEASURES)
def test_the_seed_decides(measure):
    value = small(measure)
    codes = perfect() + 0.5 * np.random.default_rng(4).normal(size=(N, 5))
    assert value(codes, 1) == value(codes, 1)


def test_mutual_information_of_a_small_table_by_hand():
    """P(code, factor) = [[.4, .1], [.1, .4]]: I = log 2 - H(.2)."""
    pairs = np.array([[0, 0]] * 4 + [[0, 1]] + [[1, 0]] + [[1, 1]] * 4)
    expected = math.log(2) + 0.8 * math.log(0.8) + 0.2 * math.log(0.2)
    assert mutual_information(pairs[:, :1].astype(float), pairs[:, 1:], 2)[0, 0] == pytest.approx(expected)
    assert entropy(pairs[:, 1:])[0] == pytest.approx(math.log(2))
    second = np.array([0, 1] * 5)[:, None]  # a code that is almost independent of the factor
    codes = np.hstack([pairs[:, :1], second]).astype(float)
    gap = (expected - mutual_information(second.astype(float), pairs[:, 1:], 2)[0, 0]) / math.log(2)
    assert mig(codes, pairs[:, 1:], bins=2) == pytest.approx(gap)


def test_a_factor_in_two_codes_has_no_gap():
    values = factors()[:, :1]
    assert mig(np.hstack([values, values]).astype(float), values) == pytest.approx(0, abs=1e-12)
    assert sap(np.hstack([values, values]).astype(float), values) == 0
    assert (
        dci(np.hstack([values, values]).astype(float), np.hstack([values, factors(5)[:, 1:2]])).completeness
        < 0.9
    )


@pytest.mark.parametrize(
    ("importance", "expected"),
    [
        (np.eye(3), (1, 1)),
        (np.ones((3, 3)), (0, 0)),
        (np.array([[1.0, 0], [1.0, 0], [0, 2.0]]), (1, 1 - 0.5 * math.log(2) / math.log(3))),
        (np.array([[0.5, 0.5], [0, 0]]), (0, 1)),
        (np.zeros((2, 2)), (0, 0)),
    ],
)
def test_disentanglement_and_completeness_by_hand(importance, expected):
    assert disentanglement_completeness(importance) == pytest.approx(expected)


def test_boosted_trees_agree_with_the_forest_on_perfect_codes():
    result = dci(perfect(), factors(), trees="boosting", train=400, test=200)
    assert result.disentanglement > 0.97
    assert result.informativeness > 0.97


def test_constant_factors_are_left_out_and_tensors_are_taken():
    codes, values = torch.from_numpy(perfect()), torch.from_numpy(factors())
    assert mig(codes, values) == mig(perfect(), factors()[:, :3])


def test_collapsed_codes_do_not_vote():
    codes = np.hstack(
        [perfect()[:, :3], np.full((N, 1), 1e-4) * np.random.default_rng(0).normal(size=(N, 1))]
    )
    assert factor_vae_score(codes, factors(), train=500, test=500) == pytest.approx(1, abs=0.01)
    assert factor_vae_score(1e-3 * codes, factors()) == 0


def test_all_five_come_together():
    result = disentanglement(perfect()[:600], factors()[:600])
    assert set(result) == {"beta_vae", "factor_vae", "mig", "dci", "sap"}
    assert all(0 <= value <= 1 for value in result.values())


@pytest.mark.parametrize(
    ("codes", "values", "message"),
    [
        (np.zeros(20), np.zeros((20, 1), dtype=int), r"must be \(N, M\)"),
        (np.zeros((20, 2)), np.zeros((19, 1), dtype=int), r"not \(20, 2\) and \(19, 1\)"),
        (np.zeros((5, 2)), np.zeros((5, 1), dtype=int), "at least 10"),
        (np.full((20, 2), np.nan), np.arange(20)[:, None], "NaN"),
        (np.zeros((20, 2)), np.zeros((20, 1)), "integer classes"),
        (np.zeros((20, 2)), np.zeros((20, 1), dtype=int), "no factor changes"),
    ],
)
def test_bad_input_is_named(codes, values, message):
    for measure in ALL:
        with pytest.raises(ValueError, match=message):
            measure(codes, values)
