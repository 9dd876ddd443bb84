"""Jitter moves images a little, and nothing else."""

import torch
from torch.distributions import Bernoulli

from vae_course.data import jitter, load_digits


def blob(row: int, column: int) -> torch.Tensor:
    image = torch.zeros(1, 28, 28, dtype=torch.uint8)
    image[0, row - 1 : row + 2, column - 1 : column + 2] = 200
    return image


def centre(images: torch.Tensor) -> torch.Tensor:
    """Mean (row, column) of the ink, (N, 2)."""
    ink = images.double() / images.double().sum((1, 2), keepdim=True)
    place = torch.arange(28.0).double()
    return torch.stack([ink.sum(2) @ place, ink.sum(1) @ place], dim=1)


def test_no_amount_changes_nothing():
    images = torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8)
    assert torch.equal(jitter(images, amount=0), images)


def test_images_move_by_about_half_a_pixel_in_no_preferred_direction():
    images = blob(14, 14).repeat(4000, 1, 1)
    moved = centre(jitter(images, torch.Generator().manual_seed(0))) - 14
    assert moved.mean(0).abs().max() < 0.05
    assert 0.2 < moved.std(0).min() < moved.std(0).max() < 0.5
    assert moved.abs().max() < 1.2


def test_rows_stay_rows():
    moved = centre(jitter(blob(8, 20).repeat(100, 1, 1), torch.Generator().manual_seed(0)))
    assert (moved - torch.tensor([8.0, 20.0])).abs().max() < 2.5


def test_the_generator_decides_and_every_image_moves_its_own_way():
    images = blob(14, 10).repeat(3, 1, 1)
    first, again, other = (jitter(images, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first[0], first[1])


def test_a_moved_digit_is_as_noisy_once_binarized_as_the_original():
    """Blurred rims would be coin flips: the entropy of the drawn pixels tells."""
    images = load_digits().train.images[:500]

    def entropy(images: torch.Tensor) -> float:
        return Bernoulli(images / 255).entropy().sum((1, 2)).mean().item()

    moved = jitter(images, torch.Generator().manual_seed(0))
    assert abs(entropy(moved) / entropy(images) - 1) < 0.1
