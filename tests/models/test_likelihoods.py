"""Likelihoods are densities: they sum or integrate to one, in nats, with every constant."""

import itertools
import math

import pytest
import torch

from vae_course.models import Bernoulli, Gaussian


def test_bernoulli_sums_to_one_over_all_binary_images():
    logits = torch.tensor([0.3, -2.0, 1.5, 0.0, 4.0], dtype=torch.float64)
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=5)), dtype=torch.float64)
    assert Bernoulli()(logits).log_prob(images).exp().sum().item() == pytest.approx(1, abs=1e-12)


def test_bernoulli_is_the_sum_over_pixels_of_the_textbook_formula():
    logits = torch.randn(3, 4, 10, dtype=torch.float64)
    x = torch.bernoulli(torch.full((4, 10), 0.5, dtype=torch.float64))
    rho = torch.sigmoid(logits)
    expected = (x * rho.log() + (1 - x) * (1 - rho).log()).sum(-1)
    assert torch.allclose(Bernoulli()(logits).log_prob(x), expected, rtol=1e-12)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_gaussian_integrates_to_one(sigma, dims):
    mean = torch.linspace(-1, 1, dims, dtype=torch.float64)
    line = torch.linspace(-9, 9, 61, dtype=torch.float64)  # trapezoidal: exponentially exact for a Gaussian
    axes = [mean[i] + sigma * line for i in range(dims)]
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    integral = Gaussian(sigma)(mean).log_prob(grid).exp().sum() * (0.3 * sigma) ** dims
    assert integral.item() == pytest.approx(1, abs=1e-9)


def test_gaussian_keeps_the_constant_once_per_dimension():
    D, sigma = 784, 0.3
    x = torch.zeros(D, dtype=torch.float64)
    expected = -D / 2 * math.log(2 * math.pi * sigma**2)
    assert Gaussian(sigma)(x).log_prob(x).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan])
def test_sigma_must_be_positive(sigma):
    with pytest.raises(ValueError, match="positive"):
        Gaussian(sigma)
