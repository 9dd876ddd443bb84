"""Measures of hand joints: published curves, closed forms, and the mistakes that evaluators make."""

import pytest
import torch

from vae_course.data.real_hands import normalise, with_palm
from vae_course.evaluation.hands import THRESHOLDS, HandErrors, auc, root_relative_errors

SPURR = [
    0.65125195, 0.70996004, 0.75948459, 0.80099132, 0.83398977, 0.8616976,
    0.88363077, 0.90272631, 0.9175253, 0.92917521, 0.94059669, 0.94937385,
]  # fmt: skip
ZIMMERMANN = [
    0.45668833, 0.51044461, 0.55835778, 0.60430428, 0.64370527, 0.67757083,
    0.70808424, 0.73582439, 0.76101306, 0.7838913, 0.80483807, 0.82311999,
]  # fmt: skip
ALL = torch.ones(3, 21, dtype=torch.bool)


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def true(random):
    return torch.randn(200, 21, 3, generator=random) * 40 + torch.tensor([0.0, 0.0, 600.0])


def errors(distances, visible=None) -> HandErrors:
    """Errors of given lengths (N, 21), each in some direction."""
    distances = torch.as_tensor(distances, dtype=torch.float64)
    direction = torch.randn(
        *distances.shape, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64
    )
    moved = distances[..., None] * direction / direction.norm(dim=-1, keepdim=True)
    return HandErrors.of(moved, torch.zeros_like(moved), visible)


@pytest.mark.parametrize(("curve", "published"), [(SPURR, 0.849), (ZIMMERMANN, 0.675)])
def test_published_curves_give_the_published_areas(curve, published):
    area = auc(torch.tensor(curve, dtype=torch.float64), THRESHOLDS[8:])
    assert round(area, 3) == published
    # The mean of the curve, the tempting shortcut, gives other figures.
    assert round(sum(curve) / len(curve), 3) != published


def test_the_20_50_range_starts_at_the_ninth_threshold():
    assert THRESHOLDS[8:].tolist() == pytest.approx([50 * i / 19 for i in range(8, 20)])
    assert THRESHOLDS[8].item() == pytest.approx(21.05, abs=0.01)


def test_a_3_4_5_error_measures_5():
    moved = torch.zeros(3, 21, 3)
    moved[..., 0], moved[..., 2] = 3, 4
    measured = HandErrors.of(moved, torch.zeros(3, 21, 3))
    assert (measured.mean, measured.median) == (5, 5)
    assert measured.per_joint.tolist() == [5] * 21


def test_2d_joints_are_measured_in_their_unit():
    moved = torch.zeros(3, 21, 2)
    moved[..., 1] = 7
    assert HandErrors.of(moved, torch.zeros(3, 21, 2)).mean == 7


def test_a_perfect_model_has_area_one_and_a_hopeless_one_zero():
    assert errors(torch.zeros(3, 21)).auc() == 1
    assert errors(torch.full((3, 21), 60.0)).auc() == 0
    assert errors(torch.full((3, 21), 60.0)).auc(THRESHOLDS[8:]) == 0


def test_an_error_at_the_threshold_counts_as_correct():
    moved = torch.zeros(3, 21, 3)
    moved[..., 1] = 25
    measured = HandErrors.of(moved, torch.zeros(3, 21, 3))
    assert measured.pck(torch.tensor([24.999, 25.0, 25.001])).tolist() == [
        0,
        1,
        1,
    ]  # with < the second were 0


def test_invisible_joints_do_not_count():
    distances = torch.full((4, 21), 10.0)
    visible = torch.ones(4, 21, dtype=torch.bool)
    visible[:2, 5], visible[:, 7] = False, False
    distances[~visible] = 1000
    measured = errors(distances, visible)
    assert measured.mean == pytest.approx(10)
    assert measured.median == pytest.approx(10)
    assert measured.pck(torch.tensor([11.0])).item() == 1
    assert measured.per_joint[7].isnan()  # visible nowhere: no figure, and no weight in the means
    assert errors(distances).mean > 50  # what counting them would give
    hidden_and_right = errors(torch.where(visible, 10.0, 0.0), visible)
    assert hidden_and_right.pck(torch.tensor([5.0])).item() == 0


def test_an_invisible_joint_may_be_nan():
    moved = torch.zeros(3, 21, 3)
    visible = ALL.clone()
    moved[0, 4], visible[0, 4] = torch.nan, False
    measured = HandErrors.of(moved, torch.zeros(3, 21, 3), visible)
    assert measured.mean == 0
    assert measured.pck(torch.tensor([0.0])).item() == 1


def test_every_joint_weighs_the_same_however_often_it_is_visible():
    """First over examples, then over joints: pooling all visible joints gives another mean, median and PCK."""
    distances = torch.full((10, 21), 10.0)
    distances[:, 0] = 52
    visible = torch.ones(10, 21, dtype=torch.bool)
    visible[1:, 0] = False
    measured = errors(distances, visible)
    assert measured.mean == pytest.approx((52 + 20 * 10) / 21)
    assert measured.median == pytest.approx((52 + 20 * 10) / 21)
    assert measured.pck(torch.tensor([20.0])).item() == pytest.approx(20 / 21)
    pooled = measured.distances[visible]
    assert pooled.mean().item() == pytest.approx((52 + 200 * 10) / 201)
    assert (pooled <= 20).double().mean().item() == pytest.approx(200 / 201)


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two():
    distances = torch.tensor([1.0, 2.0, 4.0, 100.0])[:, None].expand(4, 21)
    assert errors(distances).median == pytest.approx(3)


def test_area_under_the_curve_of_uniform_errors_is_known():
    """With errors uniform on [0, 100], PCK at t is t / 100, and its mean over [a, b] is (a + b) / 200."""
    distances = torch.linspace(0, 100, 100_001, dtype=torch.float64)[:, None].expand(-1, 21)
    measured = errors(distances)
    assert measured.auc() == pytest.approx(0.25, abs=1e-4)
    assert measured.auc(THRESHOLDS[8:]) == pytest.approx((400 / 19 + 50) / 200, abs=1e-4)


def test_the_true_scale_brings_scale_invariant_predictions_back_to_mm(true):
    targets, _, scale = normalise(true)
    visible = torch.ones(200, 21, dtype=torch.bool)
    assert root_relative_errors(targets, true, visible, scale).mean < 1e-3
    off = root_relative_errors(targets, true, visible, 1.1 * scale)  # a tenth too large
    relative = with_palm(true) - with_palm(true)[:, :1]
    assert off.mean == pytest.approx(0.1 * relative.norm(dim=-1).mean().item(), rel=1e-4)


def test_the_palm_counts_as_visible_if_the_middle_mcp_is(true):
    visible = torch.ones(200, 21, dtype=torch.bool)
    visible[:, 0] = False
    predicted = with_palm(true) - with_palm(true)[:, :1]
    predicted[:, 0] += torch.tensor([21.0, 0, 0])
    assert root_relative_errors(predicted, true, visible).mean == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda good, true: good / 1000,  # metres for mm
        lambda good, true: true - true[:, :1],  # relative to the wrist, not to the palm
        lambda good, true: with_palm(true),  # not relative at all
        lambda good, true: good.flip(1),  # joints in another order
        lambda good, true: good * torch.tensor([-1, 1, 1]),  # the other hand
        lambda good, true: good * torch.tensor([1, 1, -1]),  # z backward
    ],
)
def test_a_perfect_model_with_a_mistake_is_not_perfect(true, mistake):
    visible = torch.ones(200, 21, dtype=torch.bool)
    good = with_palm(true) - with_palm(true)[:, :1]
    assert root_relative_errors(good, true, visible).mean < 1e-3
    assert root_relative_errors(mistake(good, true), true, visible).mean > 15


def test_nothing_is_aligned(true):
    """Turned, scaled or shifted predictions, which Procrustes analysis would forgive, count as wrong."""
    visible = torch.ones(200, 21, dtype=torch.bool)
    good = with_palm(true) - with_palm(true)[:, :1]
    turn = torch.tensor([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
    lengths = good[..., :2].norm(dim=-1).mean().item()
    assert root_relative_errors(good @ turn.T, true, visible).mean == pytest.approx(
        0.4**0.5 * lengths, rel=1e-4
    )
    shift = root_relative_errors(good + torch.tensor([0.0, 0, 9]), true, visible)
    assert shift.mean == pytest.approx(9, rel=1e-4)
    assert root_relative_errors(1.5 * good, true, visible).mean > 10


@pytest.mark.parametrize(
    ("predicted", "true", "visible", "message"),
    [
        (torch.zeros(3, 21, 3), torch.zeros(3, 21, 2), None, "must be"),
        (torch.zeros(21, 3), torch.zeros(21, 3), None, "must be"),
        (torch.zeros(3, 21, 3), torch.zeros(3, 21, 3), ~ALL, "no joint is visible"),
        (torch.zeros(3, 21, 3), torch.zeros(3, 21, 3), ALL.float(), "must be bool"),
        (torch.zeros(3, 21, 3), torch.zeros(3, 21, 3), ALL[:1], "must be bool"),
        (torch.full((3, 21, 3), torch.nan), torch.zeros(3, 21, 3), ALL, "not finite"),
        (torch.zeros(0, 21, 3), torch.zeros(0, 21, 3), None, "no joint is visible"),
    ],
)
def test_bad_input_is_refused(predicted, true, visible, message):
    with pytest.raises(ValueError, match=message):
        HandErrors.of(predicted, true, visible)


def test_a_curve_that_does_not_fit_its_thresholds_is_refused():
    with pytest.raises(ValueError, match="one length"):
        auc(torch.tensor(SPURR), THRESHOLDS)
