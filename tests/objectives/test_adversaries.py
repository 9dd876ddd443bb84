"""Two players in one loss: who gets which gradient, and what the discriminators find."""

import math

import pytest
import torch
from torch import nn

from vae_course.models import GAN, VAE, Bernoulli
from vae_course.nets import Decoder, Encoder, GaussianEncoder
from vae_course.objectives import FactorVAE, adversarial, elbo, shuffle_dimensions


def received(module: nn.Module) -> bool:
    return any(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())


@pytest.fixture
def factor():
    torch.manual_seed(0)
    model = VAE(GaussianEncoder(6, [8], 3), Decoder(3, [8], 6), Bernoulli())
    return model, FactorVAE(Encoder(3, [16], 1), gamma=5.0), torch.bernoulli(torch.full((20, 6), 0.5))


def test_factor_terms_reach_one_player_each(factor):
    model, objective, x = factor
    bound = objective(model, x)
    bound.terms["discriminator"].sum().backward()
    assert received(objective.discriminator)
    assert not received(model)
    objective.zero_grad()
    bound = objective(model, x)
    bound.terms["total_correlation"].sum().backward()
    assert received(model.encoder)
    assert not received(objective.discriminator)


def test_factor_value_is_the_elbo_less_the_weighted_correlation(factor):
    model, objective, x = factor
    bound = objective(model, x)
    expected = elbo(model, x).terms["kl"]
    assert torch.allclose(bound.terms["kl"], expected)
    terms = bound.terms
    assert torch.allclose(
        bound.value,
        terms["reconstruction"] - terms["kl"] - 5 * terms["total_correlation"] - terms["discriminator"],
    )
    assert all(term.shape == (20,) for term in terms.values())


def test_shuffling_keeps_every_marginal_and_breaks_the_dependence():
    torch.manual_seed(0)
    z = torch.randn(4000, 1).repeat(1, 3)
    shuffled = shuffle_dimensions(z)
    assert torch.equal(shuffled.sort(0).values, z.sort(0).values)
    assert torch.corrcoef(shuffled.T).fill_diagonal_(0).abs().max() < 0.1


def test_the_discriminator_finds_the_total_correlation_of_a_gaussian():
    """TC of a bivariate Gaussian with correlation r is -log(1 - r^2) / 2."""
    r = 0.8
    torch.manual_seed(0)

    class Source(nn.Module):
        def q_z(self, x):
            return torch.distributions.MultivariateNormal(
                torch.zeros(len(x), 2), torch.tensor([[1.0, r], [r, 1.0]])
            )

        def p_z(self):
            return torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))

        def p_x(self, z):
            return torch.distributions.Independent(torch.distributions.Normal(z, 1.0), 1)

    objective = FactorVAE(Encoder(2, [64, 64], 1), gamma=1.0)
    optimizer = torch.optim.Adam(objective.parameters(), lr=3e-3)
    for _ in range(600):
        optimizer.zero_grad()
        objective(Source(), torch.zeros(512, 2)).terms["discriminator"].mean().backward()
        optimizer.step()
    estimate = objective(Source(), torch.zeros(20_000, 2)).terms["total_correlation"].mean().item()
    assert estimate == pytest.approx(-0.5 * math.log(1 - r**2), abs=0.06)


@pytest.fixture
def gan():
    torch.manual_seed(0)
    return GAN(Decoder(2, [8], 6), Encoder(6, [8], 1)), torch.rand(16, 6)


def test_gan_terms_reach_one_player_each(gan):
    model, x = gan
    adversarial(model, x).terms["generator"].sum().backward()
    assert received(model.generator)
    assert not received(model.discriminator)
    model.zero_grad()
    adversarial(model, x).terms["discriminator"].sum().backward()
    assert received(model.discriminator)
    assert not received(model.generator)


def test_gan_losses_at_an_undecided_discriminator():
    model = GAN(Decoder(2, [], 6), Encoder(6, [], 1))
    with torch.no_grad():
        for parameter in model.discriminator.parameters():
            parameter.zero_()
    terms = adversarial(model, torch.rand(5, 6)).terms
    assert torch.allclose(terms["generator"], torch.full((5,), math.log(2)))
    assert torch.allclose(terms["discriminator"], torch.full((5,), 2 * math.log(2)))


def test_the_penalty_is_half_the_squared_slope_and_can_be_trained():
    model = GAN(Decoder(2, [], 6), Encoder(6, [], 1))
    bound = adversarial(model, torch.rand(5, 6), penalty=3.0)
    weight = model.discriminator.net[0].weight
    assert torch.allclose(bound.terms["penalty"], (weight.detach() ** 2).sum().expand(5) / 2)
    bound.terms["penalty"].mean().backward()
    assert torch.allclose(weight.grad, weight.detach())
    assert bound.weights["penalty"] == 3.0


def test_generated_data_lie_between_zero_and_one(gan):
    model, _ = gan
    images = model.generate(10 * torch.randn(3, 4, 2))
    assert images.shape == (3, 4, 6)
    assert images.min() >= 0
    assert images.max() <= 1
