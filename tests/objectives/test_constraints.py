"""The learned multiplier, against the rate-distortion function of a Gaussian source."""

import math

import pytest
import torch

from vae_course.models import VAE, Gaussian
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.objectives import KLConstraint, ReconstructionConstraint, elbo
from vae_course.training import fit

VARIANCES = torch.tensor([4.0, 1.0, 0.25])
SIGMA = 0.5


def source(n: int = 4096) -> torch.Tensor:
    """Independent Gaussian coordinates, whitened so that the sample variances are exactly VARIANCES."""
    torch.manual_seed(0)
    x = torch.randn(n, 3)
    x = x - x.mean(0)
    x = x @ torch.linalg.inv(torch.linalg.cholesky(x.T @ x / n)).T
    return x * VARIANCES.sqrt()


def water_level(delta: float) -> float:
    """theta with sum of max(0, log(variance / theta) / 2) = delta: reverse water-filling (Cover & Thomas, ch. 10)."""
    low, high = 1e-9, VARIANCES.max().item()
    for _ in range(200):
        middle = (low + high) / 2
        rate = (VARIANCES / middle).log().clamp_min(0).sum().item() / 2
        low, high = (middle, high) if rate > delta else (low, middle)
    return middle


def train(objective, seed: int = 0, steps: int = 3000) -> tuple[float, float]:
    """A linear VAE trained on the source; its mean KL and mean reconstruction at the end, in nats."""
    torch.manual_seed(seed)
    model = VAE(GaussianEncoder(3, [], 3), Decoder(3, [], 3), Gaussian(SIGMA))
    x = source()
    fit(model, objective, x, steps=steps, batch_size=512, lr=0.02, seed=seed)
    with torch.no_grad():
        bounds = [elbo(model, x) for _ in range(20)]
    return tuple(
        torch.stack([b.terms[name].mean() for b in bounds]).mean().item() for name in ("kl", "reconstruction")
    )


def reconstruction_at(theta: float) -> float:
    mse = VARIANCES.clamp_max(theta).sum().item()
    return -mse / (2 * SIGMA**2) - 1.5 * math.log(2 * math.pi * SIGMA**2)


@pytest.mark.parametrize("delta", [0.5, 1.5])
def test_the_constraint_is_tight_and_the_multiplier_is_the_slope(delta):
    constraint = KLConstraint(delta)
    kl, reconstruction = train(constraint)
    theta = water_level(delta)
    assert kl == pytest.approx(delta, rel=0.04)
    assert reconstruction == pytest.approx(reconstruction_at(theta), abs=0.15)
    assert constraint.beta.item() == pytest.approx(theta / SIGMA**2, rel=0.1)


def test_a_constraint_with_slack_gets_the_multiplier_zero():
    constraint = KLConstraint(50.0)
    kl, _ = train(constraint, steps=1500)
    assert constraint.beta.item() == 0
    assert kl < 50


def test_the_reconstruction_constraint_is_the_mirror_image():
    theta = water_level(1.5)
    constraint = ReconstructionConstraint(-reconstruction_at(theta), scale=3.0)
    kl, reconstruction = train(constraint)
    assert reconstruction == pytest.approx(reconstruction_at(theta), abs=0.1)
    assert kl == pytest.approx(1.5, abs=0.1)
    assert constraint.weight.item() == pytest.approx(SIGMA**2 / theta, rel=0.12)


def test_measuring_does_not_move_the_multiplier():
    constraint = KLConstraint(0.1)
    model = VAE(GaussianEncoder(3, [], 3), Decoder(3, [], 3), Gaussian(1.0))
    with torch.no_grad():
        constraint(model, torch.randn(8, 3))
    assert constraint.beta.item() == 1
    constraint(model, torch.randn(8, 3))
    assert constraint.beta.item() != 1


def test_the_multiplier_never_turns_negative():
    constraint = KLConstraint(1e6, rate=10.0)
    model = VAE(GaussianEncoder(3, [], 3), Decoder(3, [], 3), Gaussian(1.0))
    for _ in range(20):
        constraint(model, torch.randn(8, 3))
    assert constraint.beta.item() == 0


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_a_constraint_that_cannot_be_met_is_refused(delta):
    with pytest.raises(ValueError, match="delta must be positive"):
        KLConstraint(delta)
