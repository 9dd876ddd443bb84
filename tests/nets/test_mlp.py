"""Networks return parameters of the right shape and range."""

import pytest
import torch
from torch import nn

from vae_course.nets import Decoder, Encoder, GaussianEncoder, mlp, soft_bound


def test_mlp_has_activations_between_layers_only():
    kinds = [type(layer) for layer in mlp([5, 4, 3])]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear]


@pytest.mark.parametrize("shape", [(7,), (3, 7), (2, 3, 7)])
def test_any_leading_dimensions_are_kept(shape):
    x = torch.randn(*shape, 12)
    assert Encoder(12, [8], 4)(x).shape == (*shape, 4)
    mean, logvar = GaussianEncoder(12, [8], 4)(x)
    assert mean.shape == logvar.shape == (*shape, 4)
    assert Decoder(4, [8], 12)(mean).shape == (*shape, 12)


def test_decoder_output_is_not_confined_to_probabilities():
    decoder = Decoder(2, [], 3)
    out = decoder(100 * torch.randn(1000, 2))
    assert out.min() < -1
    assert out.max() > 1


def test_soft_bound_is_the_identity_near_zero_and_bounded_everywhere():
    x = torch.linspace(-1e4, 1e4, 1001, dtype=torch.float64)
    assert soft_bound(x, 10).abs().max() <= 10
    small = torch.linspace(-0.5, 0.5, 11, dtype=torch.float64, requires_grad=True)
    out = soft_bound(small, 10)
    assert torch.allclose(out, small, atol=1e-3)
    out.sum().backward()
    assert (small.grad > 0.99).all()
