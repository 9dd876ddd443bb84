"""The formulas beside the estimators of chapter 3."""

import pytest
import torch

from vae_course.explorers.gradient_estimators import exact_variances


@pytest.mark.parametrize(("mu", "sigma", "K"), [(1.0, 0.5, 1), (-2.0, 0.1, 4), (0.0, 2.0, 16)])
def test_formulas_are_those_of_draws(mu, sigma, K):
    e = torch.randn(400_000 // K, K, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = mu + sigma * e
    draws = {
        "score function": z**2 * e / sigma,
        "with the best baseline": (z**2 - mu**2 - 3 * sigma**2) * e / sigma,
        "pathwise": 2 * z,
    }
    for name, variance in exact_variances(mu, sigma, K).items():
        estimates = draws[name].mean(1)
        assert estimates.var().item() == pytest.approx(variance, rel=0.05)
        assert estimates.mean().item() == pytest.approx(2 * mu, abs=5 * (variance / len(e)) ** 0.5)
