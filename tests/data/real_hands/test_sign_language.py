"""The sign-language digits: the split by person on fabricated labels, all else on the real files."""

import hashlib
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_course.data import DATA_ENV, DataError
from vae_course.data.real_hands import load_sign_language, sign_language
from vae_course.data.real_hands.sign_language import find_subjects, split_subjects

REAL = Path(os.environ.get(DATA_ENV, ""))
NAMES = (sign_language.IMAGES[0], sign_language.LANDMARKS[0])
needs_hands = pytest.mark.skipif(
    DATA_ENV not in os.environ or not all((REAL / "hands" / name).is_file() for name in NAMES),
    reason=f"{DATA_ENV} names no folder with hands/{NAMES[0]} and {NAMES[1]} in it",
)


@pytest.fixture(scope="module")
def hands():
    return load_sign_language()


@pytest.mark.parametrize(
    ("labels", "sizes"),
    [
        (2 * list(range(10)), [10, 10]),
        ([*range(9), 8, 9, *range(10)], [11, 10]),  # one digit twice
        ([*range(8), *range(10)], [8, 10]),  # the last digits are missing
        ([5, 0, 1, 2, 3, 4, 6, 7, 8, 9, *range(10)], [10, 10]),  # out of order
        ([0, 1, 2, 3, 4, 5, 7, 6, 8, 9, *range(10)], [10, 10]),
        ([0, 2, 1, 2, 4, 5, 6, 7, 8, 9, *range(10)], [10, 10]),  # a 3 that was labelled 2
    ],
)
def test_a_person_ends_where_the_digits_start_again(labels, sizes):
    assert np.bincount(find_subjects(np.array(labels))).tolist() == sizes


def test_no_split_touches_another():
    subjects = np.repeat(np.arange(207), 10)
    splits = split_subjects(subjects)
    assert {"train", "val", "test", ""} == set(splits)
    changes = np.flatnonzero(splits[:-1] != splits[1:])
    assert all("" in (splits[i], splits[i + 1]) for i in changes)
    # Wherever one is left for another, at least one whole subject lies between, so that an end may be off.
    kept = np.flatnonzero(splits != "")
    jumps = [(a, b) for a, b in pairwise(kept) if splits[a] != splits[b]]
    assert len(jumps) == 6
    assert all(b - a == 11 for a, b in jumps)


def test_an_off_by_some_numbering_of_subjects_still_separates_the_splits():
    """Let every boundary be wrong by up to nine images: no true person may be in two splits."""
    true = np.repeat(np.arange(208), 10)
    for shift in range(10):
        splits = split_subjects(np.repeat(np.arange(207), 10))
        of_person = [set(splits[true[shift : shift + 2070] == person]) - {""} for person in range(208)]
        assert max(len(parts) for parts in of_person) == 1


def test_without_a_folder_the_message_says_what_to_do(monkeypatch):
    monkeypatch.delenv(DATA_ENV, raising=False)
    with pytest.raises(DataError, match=f"set {DATA_ENV}"):
        load_sign_language()


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(DataError, match=f"{NAMES[0]} is missing"):
        load_sign_language(tmp_path)
    (tmp_path / "hands").mkdir()
    (tmp_path / "hands" / NAMES[0]).write_bytes(b"PK")
    with pytest.raises(DataError, match=f"{NAMES[0]} has another content"):
        load_sign_language(tmp_path)


def test_a_size_of_nothing_is_refused():
    with pytest.raises(ValueError, match="size"):
        load_sign_language(size=0)


@needs_hands
def test_a_truncated_copy_is_refused(tmp_path):
    (tmp_path / "hands").mkdir()
    (tmp_path / "hands" / NAMES[0]).symlink_to(REAL / "hands" / NAMES[0])
    content = (REAL / "hands" / NAMES[1]).read_bytes()
    (tmp_path / "hands" / NAMES[1]).write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=f"{NAMES[1]} has another content"):
        load_sign_language(tmp_path)


@needs_hands
def test_shapes_types_and_sizes(hands):
    assert [len(part) for part in (hands.train, hands.val, hands.test)] == [1401, 195, 398]
    for part in (hands.train, hands.val, hands.test):
        n = len(part)
        assert part.images.shape == (n, 3, 64, 64)
        assert part.images.dtype == torch.uint8
        assert part.joints_2d.shape == (n, 21, 2)
        assert part.joints_3d.shape == (n, 21, 3)
        assert not part.joints_3d[:, 0].any()
        assert not part.side.any()
        assert (part.labels.bincount() >= 0.09 * n).all()  # every digit is there, in about its share


@needs_hands
def test_no_person_and_no_image_is_in_two_splits(hands):
    parts = (hands.train, hands.val, hands.test)
    subjects = [set(part.subjects.tolist()) for part in parts]
    images = [{hashlib.sha256(image.numpy()).digest() for image in part.images} for part in parts]
    for kind in (subjects, images):
        assert sum(map(len, kind)) == len(set.union(*kind))
    assert sum(map(len, subjects)) == 201  # of 207, without one at each of 6 changes
    assert torch.cat([part.subjects for part in parts]).bincount().max() <= 11


@needs_hands
def test_neighbours_in_a_subject_look_more_alike_than_neighbours_across_its_end(hands):
    """What makes the numbering credible: the strip below the wrist, sleeve or skin, changes with the person."""
    strip = hands.train.images[:, :, 56:, 19:45].float().mean((2, 3))
    difference = (strip[1:] - strip[:-1]).norm(dim=1)
    same = hands.train.subjects[1:] == hands.train.subjects[:-1]
    assert difference[~same].median() > 2 * difference[same].median()


@needs_hands
def test_2d_joints_lie_on_the_hand_and_scale_with_the_image(hands):
    """At the joints of the palm the image shows skin, redder than the wall at its rim."""
    images, joints = hands.val.images.float(), hands.val.joints_2d
    palm = joints[:, [0, 5, 9, 13, 17]].mean(1).long()
    redness = images[:, 0] - images[:, 2]
    on_hand = redness[torch.arange(len(images)), palm[:, 1], palm[:, 0]]
    assert (on_hand > redness[:, :4].mean((1, 2)) + 10).double().mean() > 0.95
    double = load_sign_language(size=128)
    torch.testing.assert_close(double.val.joints_2d, 2 * joints)
    assert double.val.images.shape[-1] == 128


@needs_hands
def test_x_points_right_and_y_down(hands):
    """Without perspective, the picture of a hand is its 3-D joints, scaled."""
    flat = hands.train.joints_2d - hands.train.joints_2d[:, :1]
    for axis in (0, 1):
        pair = torch.stack([flat[..., axis].flatten(), hands.train.joints_3d[..., axis].flatten()])
        assert torch.corrcoef(pair)[0, 1] > 0.9


@needs_hands
def test_z_points_forward(hands):
    """A right hand's fingers bend to the side out of which index x little points, with z forward, not backward."""
    joints = hands.train.joints_3d[hands.train.labels >= 2]
    for sign, share in ((1.0, 0.96), (-1.0, 0.1)):
        seen = joints * torch.tensor([1, 1, sign])
        palmar = torch.linalg.cross(seen[:, 5], seen[:, 17])
        knuckles, middles, tips = (seen[:, [base + i for base in (5, 9, 13, 17)]] for i in (0, 1, 3))
        back = (middles - (knuckles + tips) / 2).mean(1)  # a bent finger's PIP sticks out at the back
        right = ((palmar * back).sum(-1) < 0).double().mean()
        assert right > share if sign > 0 else right < share


@needs_hands
def test_in_the_sign_0_the_hidden_thumb_lies_behind_the_little_finger(hands):
    zeros = hands.train.joints_3d[hands.train.labels == 0]
    assert (zeros[:, 4, 2] > zeros[:, 20, 2]).double().mean() > 0.9


@needs_hands
def test_lengths_are_those_of_hands_in_mm(hands):
    palm = hands.train.joints_3d[:, 9].norm(dim=1)
    assert 80 < palm.median() < 115
