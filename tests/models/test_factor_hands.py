"""The networks of chapter 9."""

import pytest
import torch

from vae_course.data.hand_factors import FACTORS
from vae_course.models.hands import (
    FACTOR_DIMS,
    FACTOR_SIZES,
    disentangled_hands,
    factor_decoder,
    factor_reader,
    photograph_encoder,
    plain_hands,
)


def test_factors_have_the_sizes_that_they_are_drawn_with():
    assert FACTOR_SIZES == FACTORS


@pytest.mark.parametrize("size", [32, 64])
def test_shapes_with_any_axes_in_front(size):
    model = disentangled_hands(size)
    z = torch.randn(2, 3, sum(FACTOR_DIMS.values()))
    assert model.p_x(z, "rgb").mean.shape == (2, 3, 3 * size * size)
    assert plain_hands(size).p_x(z).mean.shape == (2, 3, 3 * size * size)
    assert {
        n: y.shape[-1] for n, y in factor_reader(size)(torch.zeros(2, 3 * size * size)).items()
    } == FACTOR_SIZES


def test_content_cannot_move_the_hand_and_geometry_cannot_paint_the_wall():
    decoder = factor_decoder()
    *geometry, content = FACTOR_DIMS.values()
    z = torch.randn(1, sum(geometry) + content)
    with torch.no_grad():
        where = decoder.maps(z[:, : sum(geometry)]).view(3, 64, 64)[0].sigmoid()
        picture = decoder(z).view(3, 64, 64)
        wall = decoder.wall(z[:, sum(geometry) :]).view(3, 4, 4)
    assert torch.isfinite(picture).all()
    corner = (picture[:, 0, 0] - wall[:, 0, 0]).abs() / where[0, 0]
    assert (corner < 10).all()  # where there is no hand, the corner of the wall is seen


def test_a_page_can_carry_the_decoder():
    assert sum(p.numel() for p in factor_decoder().parameters()) <= 250_000


def test_photographs_are_encoded_at_half_size():
    encoder = photograph_encoder()
    x = torch.rand(2, 3, 3 * 64 * 64) - 0.5
    doubled = x.view(6, 3, 64, 64)[..., ::2, ::2].repeat_interleave(2, -1).repeat_interleave(2, -2)
    with torch.no_grad():
        mean, logvar = encoder(doubled.reshape(2, 3, -1))
        small, _ = encoder.small(doubled[..., ::2, ::2].reshape(2, 3, -1))
    assert mean.shape == logvar.shape == (2, 3, sum(FACTOR_DIMS.values()))
    torch.testing.assert_close(mean, small)
