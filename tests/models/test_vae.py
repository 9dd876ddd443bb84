"""The VAE's three distributions, and the autoencoder beside it."""

import torch

from vae_course.models import VAE, Autoencoder, Bernoulli
from vae_course.nets import Decoder, Encoder, GaussianEncoder


def small_vae() -> VAE:
    return VAE(GaussianEncoder(6, [5], 2), Decoder(2, [5], 6), Bernoulli())


def test_shapes_follow_samples_and_batch():
    model, x = small_vae(), torch.zeros(4, 6)
    q = model.q_z(x)
    assert (q.batch_shape, q.event_shape) == ((4,), (2,))
    z = q.rsample((3,))
    assert model.p_z().log_prob(z).shape == (3, 4)
    assert model.p_x(z).log_prob(x).shape == (3, 4)


def test_prior_is_standard_normal_and_follows_the_model():
    prior = small_vae().double().p_z()
    assert prior.mean.dtype == torch.float64
    assert prior.mean.tolist() == [0, 0]
    assert prior.variance.tolist() == [1, 1]


def test_the_state_holds_only_the_networks():
    assert {name.split(".")[0] for name in small_vae().state_dict()} == {"encoder", "decoder"}


def test_autoencoder_decodes_its_code():
    model = Autoencoder(Encoder(6, [5], 2), Decoder(2, [5], 6), Bernoulli())
    x = torch.zeros(4, 6)
    assert model.code(x).shape == (4, 2)
    assert model.p_x(model.code(x)).log_prob(x).shape == (4,)
