"""Numbering as in the original: the last factor varies fastest."""

import math

import pytest
import torch

from vae_course.data.sprites import (
    COUNT,
    SIZES,
    classes_of,
    draw_sprites,
    index_of,
    sample_factors,
    values_of,
)


def test_there_are_as_many_as_in_the_original():
    assert COUNT == 737_280
    assert SIZES == (1, 3, 6, 40, 32, 32)


def test_indices_count_with_the_last_factor_fastest():
    assert classes_of(torch.tensor([0, 1, 32, 1024, 40_960, 245_760, COUNT - 1])).tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 2, 5, 39, 31, 31],
    ]


def test_index_and_classes_are_inverse_everywhere():
    index = torch.arange(COUNT)
    assert torch.equal(index_of(classes_of(index)), index)


def test_values_are_those_of_the_original():
    low, high = values_of(classes_of(torch.tensor([0, COUNT - 1]))).tolist()
    assert low == [1, 1, 0.5, 0, 0, 0]
    assert high == pytest.approx([1, 3, 1, 2 * math.pi, 1, 1])


def test_factors_are_drawn_uniformly_and_independently():
    classes = sample_factors(60_000, torch.Generator().manual_seed(0))
    for column, size in enumerate(SIZES):
        share = torch.bincount(classes[:, column], minlength=size) / 60_000
        assert (share - 1 / size).abs().max() < 5 * (1 / size / 60_000) ** 0.5
    correlations = classes[:, 1:].double().T.corrcoef().triu(1)
    assert correlations.abs().max() < 5 / 60_000**0.5


@pytest.mark.parametrize("index", [torch.tensor([-1]), torch.tensor([COUNT]), torch.tensor([0.5])])
def test_impossible_indices_are_refused(index):
    with pytest.raises(ValueError, match="from 0 to 737,279"):
        classes_of(index)


def test_impossible_classes_are_named():
    with pytest.raises(ValueError, match="orientation run from 0 to 39"):
        draw_sprites(torch.tensor([[0, 0, 0, 40, 0, 0]]))
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 6\)"):
        index_of(torch.zeros(3, 5, dtype=torch.long))
    with pytest.raises(ValueError, match=r"\(B, 6\)"):
        draw_sprites(torch.zeros(6, dtype=torch.long))
