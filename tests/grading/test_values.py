"""What crosses between a student's code and the tests, and how it is compared."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vae_course.grading import array, fresh, plain, same, seeds, set_seed
from vae_course.grading.values import NotPlain


class AlwaysEqual(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Sneaky(np.ndarray):
    pass


def test_plain_values_cross() -> None:
    value = {
        "a": torch.ones(2, requires_grad=True),
        "b": (1, 2.5, None, "x"),
        "c": [np.float32(2), np.bool_(True)],
    }
    crossed = plain(value)
    assert type(crossed["a"]) is np.ndarray
    assert crossed["b"] == (1, 2.5, None, "x")
    assert [type(item) for item in crossed["c"]] == [float, bool]
    assert crossed["a"] is not value["a"]


@pytest.mark.parametrize(
    "value",
    [
        AlwaysEqual(1), object(), lambda: 1, np.array([object()]), np.array(["a"]), np.zeros(2).view(Sneaky),
        {1: 2}, [AlwaysEqual(1)], {"a": object()}, 1j, {1, 2}, torch.nn.Parameter(torch.ones(1)), np.float64,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_anything_else_does_not(value) -> None:
    with pytest.raises(NotPlain):
        plain(value)


def test_arrays_are_copied() -> None:
    original = np.zeros(2)
    copied = plain(original)
    original[0] = 1
    assert copied[0] == 0


@pytest.mark.parametrize("value", [None, "3", ["3"], [[1.0], [1.0, 2.0]], {"a": 1.0}, [None]], ids=repr)
def test_what_is_not_a_number_is_no_array(value) -> None:
    with pytest.raises(NotPlain, match="is not a number or an array of numbers"):
        array(value)


def test_equal_values_pass() -> None:
    same(torch.tensor([1.0, 2.0]), [1, 2], "f")
    same((1.0, [2.0]), (1.0, np.array([2.0])), "f")
    same([1.0, 2.0], (1.0, 2.0), "f")
    same({"a": 1, "more": "x"}, {"a": 1.0}, "f")
    same(np.array([True, False]), [1, 0], "f")
    same(float("inf"), np.inf, "f")


@pytest.mark.parametrize(
    ("got", "want", "message"),
    [
        (None, 1.0, "With x = 2: f returns nothing. Does it end in `return`?"),
        ("1", 1.0, "With x = 2: f: '1' is not a number"),
        (AlwaysEqual(3), 1.0, "With x = 2: f: a AlwaysEqual is not a number"),
        ([1.0, 2.0], 1.0, "With x = 2: f has shape (2,); () is right, one value."),
        (3.0, 1.0, "With x = 2: f is 3; 1 is right."),
        (2.0, 1.0, "With x = 2: f is 2; 1 is right. The mistake that gives this value: a factor of 2."),
        ([1.0, 5.0], [1.0, 4.0], "With x = 2: f[1] is 5; 4 is right (1 of 2 entries differ)."),
        (1.00001, 1.0, "f is 1.00001; 1 is right"),
        (1 + 1e-12, 1 - 1e-3, "f is 1; 0.999 is right"),
        (np.nan, 1.0, "Look for a logarithm of 0"),
        ((1.0,), (1.0, 2.0), "f returns 1 value; 2 are right."),
        (1.0, (1.0, 2.0), "f returns 1 value; 2 are right."),
        ((1.0, 3.0), (1.0, 2.0), "f[1] is 3; 2 is right"),
        (1.0, {"a": 1.0}, "f returns a float; a dictionary is right."),
        ({"b": 1.0}, {"a": 1.0}, "f returns a dictionary without 'a'."),
        ({"a": None}, {"a": 1.0}, "f['a'] returns nothing"),
    ],
)
def test_the_difference_is_explained(got, want, message) -> None:
    causes = {"a factor of 2": 2.0} if np.ndim(want) == 0 and not isinstance(want, dict) else {}
    with pytest.raises(AssertionError) as error:
        same(got, want, "f", where="x = 2", each="one value", causes=causes)
    assert message in str(error.value)


def test_causes_are_matched_part_by_part() -> None:
    with pytest.raises(AssertionError, match="this value: the order"):
        same((1.0, 9.0), (1.0, 2.0), "f", causes={"the order": (np.nan, 9.0)})
    with pytest.raises(AssertionError, match="this value: the order"):
        same({"a": 1.0, "b": 9.0}, {"a": 1.0, "b": 2.0}, "f", causes={"the order": {"b": 9.0}})


def test_fresh_inputs_depend_on_seed_and_name_alone() -> None:
    set_seed(3)
    first, other = fresh("q1").normal(size=4), fresh("q2").normal(size=4)
    assert np.array_equal(fresh("q1").normal(size=4), first)
    assert not np.array_equal(first, other)
    set_seed(4)
    assert not np.array_equal(fresh("q1").normal(size=4), first)


@pytest.mark.parametrize("seed", [-1, 1.0, "1", None, True])
def test_seed_is_an_integer(seed) -> None:
    with pytest.raises(ValueError, match="the grading seed is an integer >= 0"):
        set_seed(seed)


def test_without_a_seed_inputs_are_secret(monkeypatch) -> None:
    drawn = []
    for _ in range(2):
        monkeypatch.setattr(seeds, "_seed", None)
        drawn.append(fresh("q1").normal())
        assert fresh("q1").normal() == drawn[-1]
    assert drawn[0] != drawn[1]
