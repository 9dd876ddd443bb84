"""Distances between samples, where the answer is known; then on real digits that were spoiled on purpose."""

import itertools
import math

import pytest
import torch
from torch.nn import functional

from vae_course.data import load_digits
from vae_course.evaluation.samples import frechet_distance, precision_recall, sample_quality


def normal(n: int, dim: int, seed: int) -> torch.Tensor:
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def with_moments(mean: torch.Tensor, covariance: torch.Tensor, seed: int) -> torch.Tensor:
    """500 points whose sample mean and covariance are exactly these."""
    x = normal(500, len(mean), seed)
    x = x - x.mean(0)
    whitened = x @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T
    return mean + whitened @ torch.linalg.cholesky(covariance).T


# Fréchet distance
# ----------------


def test_frechet_distance_of_commuting_gaussians_has_its_closed_form():
    """With diagonal covariances: |m_a - m_b|^2 + sum of (s_a - s_b)^2."""
    a = with_moments(
        torch.tensor([1.0, 2.0, 0.0]).double(), torch.tensor([1.0, 4.0, 0.25]).double().diag(), 0
    )
    b = with_moments(
        torch.tensor([0.0, 2.0, 3.0]).double(), torch.tensor([9.0, 1.0, 0.25]).double().diag(), 1
    )
    assert frechet_distance(a, b) == pytest.approx((1 + 9) + (4 + 1 + 0))


def test_frechet_distance_of_gaussians_that_do_not_commute():
    """In two dimensions tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)), here with M = S_a S_b."""
    covariance_a = torch.tensor([[2.0, 0.9], [0.9, 1.0]]).double()
    covariance_b = torch.tensor([[1.0, -0.4], [-0.4, 3.0]]).double()
    product = covariance_a @ covariance_b
    root = math.sqrt(product.trace() + 2 * math.sqrt(torch.linalg.det(product)))
    origin = torch.zeros(2).double()
    a, b = with_moments(origin, covariance_a, 0), with_moments(origin, covariance_b, 1)
    assert frechet_distance(a, b) == pytest.approx(3 + 4 - 2 * root)


def test_frechet_distance_is_0_for_the_same_set_symmetric_and_blind_to_rotation():
    a, b = normal(80, 6, 0), 2 * normal(90, 6, 1) + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))
    rotation = torch.linalg.qr(normal(6, 6, 2)).Q
    assert frechet_distance(a @ rotation, b @ rotation) == pytest.approx(frechet_distance(a, b))


def test_frechet_distance_of_singular_covariances():
    """Fewer examples than dimensions, dead features, float32: no NaN, and a shift alone counts as its square."""
    a = normal(5, 20, 0).float()
    a[:, 3] = 0
    shift = torch.zeros(20)
    shift[3] = 2
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-4)
    assert frechet_distance(a, a + shift) == pytest.approx(4, abs=1e-4)
    assert frechet_distance(normal(9, 1, 0), normal(9, 1, 0) + 3) == pytest.approx(9)


# Precision and recall
# --------------------


def test_two_sets_of_one_distribution_cover_three_quarters_of_each_other_on_a_line():
    """With k = 1, a new point is covered unless no other has it for its nearest. On a line the neighbour to the
    left has, if its own gap on the far side is the larger one: probability 1/2, and so to the right; 1 - 1/4."""
    found = precision_recall(normal(4000, 1, 0), normal(4000, 1, 1), k=1)
    assert found.precision == pytest.approx(0.75, abs=0.03)
    assert found.recall == pytest.approx(0.75, abs=0.03)


def test_a_handful_of_points_by_hand():
    real = torch.tensor([[0.0], [1.0], [10.0], [12.0]])
    fake = torch.tensor([[0.5], [5.0], [13.5], [13.9], [40.0]])  # reach of the reals: 1, 1, 2, 2
    assert precision_recall(real, fake, k=1).precision == 3 / 5
    assert precision_recall(real, fake, k=1).recall == 2 / 4  # the fakes' reach: 4.5, 4.5, .4, .4, 26.1


def test_a_set_covers_itself():
    x = normal(50, 3, 0)
    assert precision_recall(x, x, k=1) == precision_recall(x, x.clone(), k=1)
    assert precision_recall(x, x, k=1).precision == 1


def test_dropped_modes_lower_recall_only():
    real = torch.cat([normal(300, 2, 0), normal(300, 2, 1) + 50])
    found = precision_recall(real, normal(600, 2, 2))
    floor = precision_recall(real, torch.cat([normal(300, 2, 3), normal(300, 2, 4) + 50]))
    assert found.recall == pytest.approx(0.5, abs=0.05)
    assert floor.recall > 0.9
    assert found.precision == pytest.approx(floor.precision, abs=0.05)


def test_points_far_away_lower_precision_only():
    real = normal(600, 2, 0)
    floor = precision_recall(real, normal(600, 2, 1))
    astray = torch.cat([normal(300, 2, 1), 0.01 * normal(300, 2, 2) + 50])  # half of the fakes
    found = precision_recall(real, astray)
    assert found.precision == pytest.approx(0.5, abs=0.05)
    assert floor.precision > 0.9
    assert found.recall == pytest.approx(floor.recall, abs=0.06)


def test_swapping_the_sets_swaps_the_figures():
    a, b = normal(100, 2, 0), 0.3 * normal(120, 2, 1)
    one, other = precision_recall(a, b), precision_recall(b, a)
    assert (one.precision, one.recall) == (other.recall, other.precision)
    assert one.precision > one.recall + 0.3  # narrow fakes


def test_more_points_than_fit_at_once_change_nothing():
    """Rows are taken a thousand at a time; the figures are invariant under their order."""
    a, b = normal(2300, 2, 0), 1.5 * normal(2100, 2, 1)
    assert precision_recall(a, b) == precision_recall(a.flip(0), b.roll(1050, 0))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (torch.zeros(3), torch.zeros(3), "one dim"),
        (torch.zeros(9, 3), torch.zeros(9, 4), "one dim"),
        (torch.zeros(9, 3), torch.zeros(1, 3), "at least"),
    ],
)
def test_features_that_cannot_be_compared_are_refused(a, b, message):
    for measure in (frechet_distance, precision_recall):
        with pytest.raises(ValueError, match=message):
            measure(a, b)


# Digits
# ------


@pytest.fixture(scope="module")
def real():
    """Training digits, which stand for samples, their labels, and 1,000 others to compare with."""
    digits = load_digits()
    held_out = torch.cat([digits.val.images, digits.test.images])
    return digits.train.images.float() / 255, digits.train.labels, held_out.float() / 255


def test_real_digits_lie_at_the_floor(real):
    images, _, reference = real
    found = sample_quality(images[:500], reference)
    assert found.samples.frechet < 3 * found.floor.frechet
    assert found.samples.precision == pytest.approx(found.floor.precision, abs=0.08)
    assert found.samples.recall == pytest.approx(found.floor.recall, abs=0.08)
    assert min(found.floor.precision, found.floor.recall) > 0.8


def halves_swapped(images: torch.Tensor) -> torch.Tensor:
    return images.roll(14, 1)


def inverted(images: torch.Tensor) -> torch.Tensor:
    return 1 - images


def noisy(images: torch.Tensor) -> torch.Tensor:
    return (images + 0.3 * normal(images.numel(), 1, 0).view(images.shape).float()).clamp(0, 1)


def only_noise(images: torch.Tensor) -> torch.Tensor:
    return torch.rand(images.shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("spoil", [noisy, only_noise, halves_swapped, inverted])
def test_spoiled_digits_lose_precision(real, spoil):
    """The classifier was shown noise; the last two it has never seen."""
    images, _, reference = real
    found = sample_quality(spoil(images[:500]), reference)
    assert found.samples.precision < 0.2 < 0.8 < found.floor.precision
    assert found.samples.frechet > 10 * found.floor.frechet


def test_blur_costs_more_the_stronger_it_is(real):
    images, _, reference = real
    measured = [sample_quality(images[:500], reference).samples]
    for side in (3, 5, 9):
        blurred = functional.avg_pool2d(images[:500].unsqueeze(1), side, stride=1, padding=side // 2).squeeze(
            1
        )
        measured.append(sample_quality(blurred, reference).samples)
    for sharper, softer in itertools.pairwise(measured):
        assert sharper.precision > softer.precision
        assert sharper.recall > softer.recall
        assert sharper.frechet < softer.frechet / 1.5
    assert measured[2].recall < 0.3


@pytest.mark.parametrize("kept", [1, 5])
def test_missing_digits_lower_recall_and_leave_precision(real, kept):
    images, labels, reference = real
    found = sample_quality(images[labels < kept + 1][labels[labels < kept + 1] >= 1][:400], reference)
    assert found.samples.recall < found.floor.recall - 0.25
    assert found.samples.precision > found.floor.precision - 0.08
    assert found.samples.frechet > 10 * found.floor.frechet


def test_few_copies_of_real_digits_are_told_by_recall(real):
    images, _, reference = real
    found = sample_quality(images[:20].repeat(25, 1, 1), reference)
    assert found.samples.precision > 0.6
    assert found.samples.recall < 0.2


def test_the_form_does_not_matter_the_seed_decides_and_it_prints_with_its_floor(real):
    images, _, reference = real
    one = sample_quality(images[:200], reference, seed=1)
    assert one == sample_quality(images[:200].flatten(1), reference.flatten(1), seed=1)
    assert one != sample_quality(images[:200], reference, seed=2)
    assert str(one).endswith(f"(real images: {one.floor})")


def test_too_few_images_or_bytes_are_refused(real):
    images, _, reference = real
    with pytest.raises(ValueError, match="at least 4 samples and 8 real digits"):
        sample_quality(images[:3], reference)
    with pytest.raises(ValueError, match="at least 4 samples and 8 real digits"):
        sample_quality(images[:0], reference)
    with pytest.raises(ValueError, match="divided by 255"):
        sample_quality(images[:50], (255 * reference).byte())
