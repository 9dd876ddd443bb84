"""Few labels, as many of each class."""

import pytest
import torch

from vae_course.data import keep_labels

LABELS = torch.arange(300) % 10


def test_as_many_of_each_class_stay_and_they_are_right():
    kept = keep_labels(LABELS, 50)
    known = kept != -1
    assert torch.equal(kept[known], LABELS[known])
    assert kept[known].bincount().tolist() == [5] * 10


def test_the_seed_decides_which():
    assert torch.equal(keep_labels(LABELS, 50, seed=1), keep_labels(LABELS, 50, seed=1))
    assert not torch.equal(keep_labels(LABELS, 50, seed=1), keep_labels(LABELS, 50, seed=2))


def test_all_labels_can_stay():
    assert torch.equal(keep_labels(LABELS, 300), LABELS)


@pytest.mark.parametrize("count", [55, 310])
def test_a_count_that_does_not_spread_evenly_is_refused(count):
    with pytest.raises(ValueError, match="evenly over 10 classes"):
        keep_labels(LABELS, count)
