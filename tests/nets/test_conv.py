"""Convolutional networks behind the interface of the fully connected ones."""

import pytest
import torch

from vae_course.nets import ConvDecoder, ConvEncoder, ConvGaussianEncoder

SHAPE = (3, 8, 16)  # height is not width, so that swapping them cannot pass


def test_shapes_follow_all_leading_dimensions():
    encoder = ConvGaussianEncoder(SHAPE, [4, 8], [16], 5)
    decoder = ConvDecoder(5, [16], [8, 4], SHAPE)
    mean, logvar = encoder(torch.rand(7, 3 * 8 * 16))
    assert mean.shape == logvar.shape == (7, 5)
    assert decoder(torch.randn(2, 7, 5)).shape == (2, 7, 3 * 8 * 16)
    assert ConvEncoder(SHAPE, [4], [16], 5)(torch.rand(2, 7, 384)).shape == (2, 7, 5)


def test_leading_dimensions_do_not_mix():
    torch.manual_seed(0)
    decoder = ConvDecoder(5, [16], [8, 4], SHAPE)
    z = torch.randn(2, 3, 5)
    together = decoder(z)
    for i in range(2):
        for j in range(3):
            assert torch.allclose(together[i, j], decoder(z[i, j]), atol=1e-6)


def test_vectors_are_images_row_by_row():
    """A pixel's change reaches only the feature cells around its row and column."""
    torch.manual_seed(0)
    encoder = ConvEncoder(SHAPE, [4], [], 1)
    image = torch.zeros(1, *SHAPE)
    moved = image.clone()
    moved[0, 1, 1, 12] = 1.0  # row 1, column 12
    features = encoder.conv(moved) - encoder.conv(image)
    seen = []
    encoder.conv.register_forward_hook(lambda module, inputs, output: seen.append(output))
    encoder(moved.flatten(1))
    assert torch.equal(seen[0] - encoder.conv(image), features)
    cells = features.abs().sum((0, 1)).nonzero()
    assert cells[:, 0].max() <= 1
    assert cells[:, 1].min() >= 5


def test_log_variances_are_bounded():
    encoder = ConvGaussianEncoder(SHAPE, [4], [], 2)
    _, logvar = encoder(1e6 * torch.randn(3, 384))
    assert logvar.abs().max() <= 10


def test_sides_that_cannot_be_halved_are_refused():
    with pytest.raises(ValueError, match=r"2\^3 divides, not 28 x 28"):
        ConvEncoder((1, 28, 28), [4, 4, 4], [], 2)
    with pytest.raises(ValueError, match="8 x 12"):
        ConvDecoder(2, [], [4, 4, 4], (1, 8, 12))
