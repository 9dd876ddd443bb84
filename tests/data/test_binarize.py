"""Binarization draws pixels with their intensity as probability."""

import pytest
import torch

from vae_course.data import binarize


def test_pixels_are_drawn_with_their_intensity():
    images = torch.arange(256, dtype=torch.uint8).repeat(20_000, 1)
    x = binarize(images, torch.Generator().manual_seed(0))
    assert x.dtype == torch.float32
    assert set(x.unique().tolist()) == {0.0, 1.0}
    p = torch.arange(256) / 255
    error = (x.mean(0) - p) / torch.sqrt(p * (1 - p) / 20_000).clamp(min=1e-12)
    assert error[[0, 255]].eq(0).all()  # black stays black and white stays white
    assert error.abs().max() < 4.5
    assert error[1:-1].std() == pytest.approx(1, abs=0.2)


def test_images_are_flattened_row_by_row():
    image = torch.zeros(1, 28, 28, dtype=torch.uint8)
    image[0, 3, 5] = 255
    assert binarize(image).shape == (1, 784)
    assert binarize(image)[0, 3 * 28 + 5] == 1


def test_the_generator_decides():
    images = torch.full((4, 28, 28), 128, dtype=torch.uint8)
    first, again, other = (binarize(images, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_scaled_images_are_refused():
    with pytest.raises(TypeError, match="uint8"):
        binarize(torch.rand(2, 28, 28))
