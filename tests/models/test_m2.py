"""M2 and M1+M2: shapes, and what sees the label."""

import torch

from vae_course.models import M1M2, M2, VAE, Bernoulli, Gaussian
from vae_course.nets import Decoder, Encoder, GaussianEncoder


def small_m2(data_dim: int = 6, latent_dim: int = 2, likelihood=None) -> M2:
    torch.manual_seed(0)
    return M2(
        Encoder(data_dim, [8], 3),
        GaussianEncoder(data_dim + 3, [8], latent_dim),
        Decoder(latent_dim + 3, [8], data_dim),
        likelihood or Bernoulli(),
        classes=3,
    )


def test_shapes_follow_labels_samples_and_batch():
    model, x = small_m2(), torch.rand(4, 6)
    y = torch.tensor([0, 1, 2, 0])
    assert model.q_y(x).probs.shape == (4, 3)
    z = model.q_z(x, y).rsample((5,))
    assert z.shape == (5, 4, 2)
    assert model.p_x(y, z).log_prob(x).shape == (5, 4)
    assert torch.allclose(model.p_y().probs, torch.full((3,), 1 / 3))
    assert model.p_z().log_prob(z).shape == (5, 4)


def test_the_label_changes_posterior_and_likelihood():
    model, x, z = small_m2(), torch.rand(1, 6), torch.zeros(1, 2)
    zero, one = torch.tensor([0]), torch.tensor([1])
    assert not torch.allclose(model.q_z(x, zero).mean, model.q_z(x, one).mean)
    assert not torch.allclose(model.p_x(zero, z).mean, model.p_x(one, z).mean)


def test_the_stack_freezes_m1_and_classifies_by_its_mean():
    torch.manual_seed(0)
    m1 = VAE(GaussianEncoder(9, [8], 4), Decoder(4, [8], 9), Bernoulli())
    stack = M1M2(m1, small_m2(data_dim=4, likelihood=Gaussian(1.0)))
    x = torch.rand(5, 9)
    assert not any(parameter.requires_grad for parameter in stack.m1.parameters())
    assert all(parameter.requires_grad for parameter in stack.m2.parameters())
    assert stack.features(x).shape == (5, 4)
    assert not torch.equal(stack.features(x), stack.features(x))  # draws
    assert torch.equal(stack.q_y(x).probs, stack.m2.q_y(m1.q_z(x).mean).probs)
    assert stack.p_x(torch.zeros(5, dtype=torch.long), torch.zeros(5, 2)).mean.shape == (5, 9)
