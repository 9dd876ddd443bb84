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
    assert (wrong == 0).sum() >= 318
    assert wrong.max() <= 4


def test_the_fast_way_is_the_exact_way():
    classes = sample_factors(600, torch.Generator().manual_seed(0))
    exact = np.stack([draw_polygon(row) for row in classes.tolist()])
    assert np.array_equal(draw_sprites(classes).numpy().astype(bool), exact)


def test_corners_of_the_grid_of_positions_are_drawn_whole():
    corners = torch.cartesian_prod(
        torch.tensor([0]),
        torch.arange(3),
        torch.tensor([0, 5]),
        torch.tensor([0, 7]),
        torch.tensor([0, 31]),
        torch.tensor([0, 31]),
    )
    exact = np.stack([draw_polygon(row) for row in corners.tolist()])
    assert np.array_equal(draw_sprites(corners).numpy().astype(bool), exact)


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
    assert (
        error.abs().max() < 0.5
    )  # a square edge between two pixel centres moves the middle by half a pixel at most
    assert error.mean(0).abs().max() < 0.03


@pytest.mark.parametrize(("shape", "area"), [(0, 19.2**2), (1, np.pi * 12.77 * 7.215)])
def test_areas_grow_with_the_square_of_the_scale(shape, area):
    for scale in range(6):
        classes = torch.tensor([[0, shape, scale, orientation, 13, 17] for orientation in range(40)])
        measured = area_and_centre(classes)[0].mean().item()
        assert measured == pytest.approx(area * values_of(classes)[0, 2].item() ** 2, rel=0.02)


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
