"""The overlap of two modalities' codes."""

import pytest
import torch

from vae_course.evaluation.overlap import modality_overlap


@pytest.fixture
def hands():
    return torch.randn(200, 6, generator=torch.Generator().manual_seed(0))


def noise(seed: int) -> torch.Tensor:
    return torch.randn(200, 6, generator=torch.Generator().manual_seed(seed))


def test_clouds_apart_do_not_mix_and_know_no_partner(hands):
    found = modality_overlap(hands, hands.flip(1) + 50)
    assert found.mixing == 0
    assert 0.3 < found.rank < 0.7


def test_a_shared_code_mixes_and_finds_its_partner(hands):
    found = modality_overlap(hands + 0.1 * noise(1), hands + 0.1 * noise(2))
    assert 0.9 < found.mixing < 1.2
    assert found.rank == 0


def test_codes_that_mean_nothing_mix_but_find_no_partner():
    found = modality_overlap(noise(1), noise(2))
    assert found.mixing == pytest.approx(1, abs=0.1)
    assert found.rank == pytest.approx(0.5, abs=0.1)


def test_mixing_equals_a_count_by_hand():
    one, other = torch.tensor([[0.0], [1.0], [5.0], [6.0]]), torch.tensor([[0.4], [1.7], [5.3], [20.0]])
    assert modality_overlap(one, other, 2).mixing == pytest.approx(11 / 16 * 7 / 4)


def test_wrong_shapes_and_too_few_codes_are_refused(hands):
    with pytest.raises(ValueError, match="two"):
        modality_overlap(hands, hands[:10])
    with pytest.raises(ValueError, match="more codes than neighbours"):
        modality_overlap(hands[:5], hands[:5])
