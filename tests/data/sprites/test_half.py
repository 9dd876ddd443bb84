"""Sprites at half size: every second pixel, as a vector."""

import torch

from vae_course.data.sprites import Sprites, draw_half_size, half_size


def test_every_second_pixel_of_every_second_row():
    sprites = Sprites.sample(5, torch.Generator().manual_seed(0))
    small = half_size(sprites.images)
    assert (small.shape, small.dtype) == ((5, 1024), torch.float32)
    for row, column in ((0, 0), (7, 20), (31, 31)):
        assert torch.equal(small[:, 32 * row + column], sprites.images[:, 2 * row, 2 * column].float())
    assert set(small.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(draw_half_size(sprites.classes), small)
