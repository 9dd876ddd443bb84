"""The VAE of sprites that chapters 6 and 7 share."""

import torch

from vae_course.models import sprite_vae


def test_it_takes_half_size_sprites_and_has_the_latent_dimensions_asked_for():
    model, x = sprite_vae(latent_dim=3), torch.zeros(2, 1024)
    assert model.q_z(x).mean.shape == (2, 3)
    assert model.p_x(torch.zeros(4, 2, 3)).log_prob(x).shape == (4, 2)
    assert sprite_vae().p_z().event_shape == (10,)
