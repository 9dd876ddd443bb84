"""The two ways to draw a sprite, against the original frames and against each other."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_course.data import DATA_ENV
from vae_course.data.sprites import COUNT, Sprites, classes_of, draw_sprites, sample_factors, values_of
from vae_course.data.sprites.polygons import draw_polygon

REAL = Path(os.environ.get(DATA_ENV, "nowhere")) / "dsprites" / "dsprites_real_gif320.npz"
needs_frames = pytest.mark.skipif(
    not REAL.is_file(), reason=f"{DATA_ENV} names no folder with frames of dSprites"
)


@needs_frames
@pytest.mark.parametrize("draw", ["exact", "fast"])
def test_original_frames_are_drawn_pixel_for_pixel(draw):
    frames = np.load(REAL)
    classes = torch.from_numpy(frames["latents_classes"])
    if draw == "exact":
        ours = np.stack([draw_polygon(row) for row in classes.tolist()])
    else:
        ours = draw_sprites(classes).numpy().astype(bool)
    wrong = (ours != frames["imgs"].astype(bool)).sum((1, 2))
    assert np.count_nonzero(wrong) == 0  # of 320


@needs_frames
@pytest.mark.parametrize("mistake", ["mirrored", "transposed", "turned the other way", "shapes swapped"])
def test_original_frames_refuse_another_convention(mistake):
    frames = np.load(REAL)
    classes = torch.from_numpy(frames["latents_classes"])
    if mistake == "turned the other way":
        classes[:, 3] = 39 - classes[:, 3]
    if mistake == "shapes swapped":
        classes[:, 1] = 2 - classes[:, 1]
    images = draw_sprites(classes)
    images = {"mirrored": images.flip(2), "transposed": images.mT}.get(mistake, images)
    same = (images.numpy() == frames["imgs"]).all((1, 2))
    assert same.sum() < 250  # most frames have orientation 0, and some mirror themselves


def test_the_fast_way_is_the_exact_way():
    classes = sample_factors(600, torch.Generator().manual_seed(0))
    exact = np.stack([draw_polygon(row) for row in classes.tolist()])
    assert np.array_equal(draw_sprites(classes).numpy().astype(bool), exact)


def test_corners_of_the_grid_of_positions_are_drawn_whole():
    corners = torch.cartesian_prod(
        torch.tensor([0]),
        torch.arange(3),
        torch.tensor([5]),
        torch.arange(0, 40, 3),
        torch.tensor([0, 31]),
        torch.tensor([0, 31]),
    )
    images = draw_sprites(corners)
    exact = np.stack([draw_polygon(row) for row in corners.tolist()])
    assert np.array_equal(images.numpy().astype(bool), exact)
    border = torch.cat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], dim=1)
    assert border.sum() == 0


def area_and_centre(classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    images = draw_sprites(classes).double()
    area = images.sum((1, 2))
    places = torch.arange(64) + 0.5
    columns = (images.sum(1) * places).sum(1) / area
    rows = (images.sum(2) * places).sum(1) / area
    return area, torch.stack([columns, rows], dim=1)


def test_position_moves_the_middle_right_and_down():
    generator = torch.Generator().manual_seed(1)
    classes = sample_factors(300, generator)
    classes[:, 1] = torch.randint(2, (300,), generator=generator)  # the two whose middle is their centre
    error = area_and_centre(classes)[1] - (16 + 32 * values_of(classes)[:, 4:])
    # An edge between two pixel centres moves the middle by half a pixel at most.
    assert error.abs().max() < 0.5
    assert error.mean(0).abs().max() < 0.03


# The heart's area is the integral of u dv; of the cosines in v only those of a and 3a meet sin^3 a.
HEART = 9.6 * 0.6625 * np.pi * (0.75 * 13 + 0.25 * 3 * 2)


@pytest.mark.parametrize(("shape", "area"), [(0, 19.2**2), (1, np.pi * 12.767 * 7.2175), (2, HEART)])
def test_areas_are_those_of_the_curves_and_grow_with_the_square_of_the_scale(shape, area):
    classes = sample_factors(3000, torch.Generator().manual_seed(2))
    classes[:, 1] = shape
    ratio = area_and_centre(classes)[0] / (area * values_of(classes)[:, 2] ** 2)
    for scale in range(6):
        assert ratio[classes[:, 2] == scale].mean().item() == pytest.approx(1, abs=0.005)


def test_squares_obey_their_half_planes():
    classes = sample_factors(500, torch.Generator().manual_seed(3))
    classes[:, 1] = 0
    _, _, scale, t, right, down = values_of(classes)[:, :, None, None].unbind(1)
    places = torch.arange(64) + 0.5
    dx, dy = places[None, None, :] - 16 - 32 * right, places[None, :, None] - 16 - 32 * down
    u, v = t.cos() * dx - t.sin() * dy, t.sin() * dx + t.cos() * dy
    beyond = torch.maximum(u.abs(), v.abs()) - 9.6 * scale
    clear = beyond.abs() > 2 / 256  # rounding the corners moves an edge by less
    assert torch.equal(draw_sprites(classes).bool()[clear], (beyond < 0)[clear])


def test_the_first_and_the_last_orientation_are_the_same_picture():
    classes = torch.tensor([[0, shape, 5, 0, 10, 20] for shape in range(3)])
    last = classes.clone()
    last[:, 3] = 39
    assert torch.equal(draw_sprites(classes), draw_sprites(last))


def test_a_heart_stands_on_its_tip():
    """At orientation 0 a heart is widest in its upper half and ends in a point below."""
    (image,) = draw_sprites(torch.tensor([[0, 2, 5, 0, 15, 15]]))
    widths = image.sum(1)
    rows = widths.nonzero().squeeze(1)
    assert widths.argmax() < rows.float().mean()
    assert widths[rows[-1]] <= 4


def test_batches_are_uint8_zeros_and_ones():
    images = draw_sprites(classes_of(torch.tensor([0, COUNT - 1])))
    assert images.shape == (2, 64, 64)
    assert images.dtype == torch.uint8
    assert images.unique().tolist() == [0, 1]
    assert draw_sprites(torch.zeros(0, 6, dtype=torch.long)).shape == (0, 64, 64)


def test_data_sets_hold_what_was_asked_for_and_follow_the_seed():
    one, again = (Sprites.sample(50, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one.images, again.images)
    assert torch.equal(one.images, draw_sprites(one.classes))
    subset = Sprites.subset(2000, torch.Generator().manual_seed(3))
    assert len(subset) == 2000
    assert len(subset.classes.unique(dim=0)) == 2000
    assert torch.equal(
        Sprites.at(torch.tensor([5, 3])).images, draw_sprites(classes_of(torch.tensor([5, 3])))
    )
    with pytest.raises(ValueError, match="737,281 different ones"):
        Sprites.subset(COUNT + 1, torch.Generator())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_draws_the_same_pixels():
    classes = sample_factors(20_000, torch.Generator().manual_seed(4))
    assert torch.equal(draw_sprites(classes.cuda()).cpu(), draw_sprites(classes))
