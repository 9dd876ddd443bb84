"""Numbers for latent spaces, where the answer is known."""

import math

import pytest
import torch

from vae_course.evaluation import label_information, label_separation, prior_fit


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def test_separated_classes_score_one_and_shuffled_labels_chance(random):
    labels = torch.arange(10).repeat(60)
    codes = torch.randn(600, 3, generator=random) + 100 * labels[:, None]
    assert label_separation(codes, labels) == 1
    shuffled = labels[torch.randperm(600, generator=random)]
    assert label_separation(codes, shuffled) == pytest.approx(0.1, abs=0.05)


def test_a_point_does_not_vote_for_itself():
    codes = torch.tensor([[0.0], [0.1], [10.0], [10.1]])
    assert label_separation(codes, torch.tensor([0, 1, 2, 3]), neighbours=1) == 0


def test_the_nearest_neighbour_decides_a_tie():
    codes = torch.tensor([[0.0], [1.0], [-2.0]])
    labels = torch.tensor([1, 1, 0])  # the first point's two neighbours disagree
    assert label_separation(codes, labels, neighbours=2) >= 1 / 3


@pytest.mark.parametrize("dim", [1, 2, 50])
def test_prior_draws_lie_at_the_floor(dim):
    fit = prior_fit(torch.randn(1000, dim, generator=torch.Generator().manual_seed(1)), seed=0)
    assert fit.distance == pytest.approx(fit.floor, rel=0.6 if dim == 1 else 0.25)


@pytest.mark.parametrize(("shift", "scale"), [(1.0, 1.0), (0.0, 2.0), (0.7, 0.3)])
def test_distance_of_a_gaussian_is_known(shift, scale, random):
    """Along a direction u, the distance of N(m, s^2) from N(0, 1) is sqrt((m u)^2 + (s - 1)^2)."""
    z = shift + scale * torch.randn(5000, 2, generator=random)
    fit = prior_fit(z)  # the mean over u of (m u)^2 is shift^2, for shift (1, 1) in two dimensions
    assert fit.distance == pytest.approx(math.sqrt(shift**2 + (scale - 1) ** 2), rel=0.1)
    assert fit.floor < 0.08


def test_posterior_means_look_too_narrow_beside_draws(random):
    mean = 0.6 * torch.randn(2000, 4, generator=random)
    draws = mean + 0.8 * torch.randn(2000, 4, generator=random)
    assert prior_fit(draws).distance < 0.1 < prior_fit(mean).distance


def test_information_of_a_coordinate_that_is_the_label_and_of_one_that_is_noise(random):
    labels = torch.arange(10).repeat(200)
    codes = torch.stack([labels.double(), torch.randn(2000, generator=random).double()], dim=1)
    information = label_information(codes, labels)
    assert information[0].item() == pytest.approx(math.log(10))
    assert information[1].item() == pytest.approx(81 / 4000, rel=0.5)  # the bias that the docstring names
