"""Plain values: the only thing that crosses between a student's code and the tests."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

_KINDS = "biuf"  # booleans, integers and floats; no objects, text or dates inside arrays


class NotPlain(TypeError):
    """A value that is not a number, text, array, or a list, tuple or dictionary of them."""


def plain(value: Any) -> Any:
    """Rebuild `value` from Python numbers, text, NumPy arrays, lists, tuples and dictionaries with text keys.

    Tensors become arrays, NumPy scalars become Python numbers, and subclasses are refused, so that no
    method of a student's object is ever called by a test. Raises `NotPlain` for anything else.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is np.ndarray:
        if value.dtype.kind not in _KINDS:
            raise NotPlain(f"an array of {value.dtype} is not an array of numbers")
        return np.array(value)
    if issubclass(kind, np.generic) and kind.__module__ == "numpy" and value.dtype.kind in _KINDS:
        return value.item()
    torch = sys.modules.get("torch")
    if torch is not None and kind is torch.Tensor:
        return plain(value.detach().cpu().resolve_conj().resolve_neg().numpy())
    if kind in (list, tuple):
        return kind(plain(item) for item in value)
    if kind is dict:
        if any(type(key) is not str for key in value):
            raise NotPlain("a dictionary that is returned has text keys")
        return {key: plain(item) for key, item in value.items()}
    raise NotPlain(f"a {kind.__name__} is not a number, an array, or a list, tuple or dictionary of them")


def array(value: Any) -> np.ndarray:
    """Return a value, a number, an array or nested lists of them, as a float64 array (a new one).

    Raises a TypeError, `NotPlain`, for anything that has no such form.
    """
    value = plain(value)
    try:
        result = np.asarray(value)
    except ValueError:  # nested lists of unequal lengths
        result = np.asarray(None)
    if result.dtype.kind not in _KINDS:
        raise NotPlain(f"{_brief(value)} is not a number or an array of numbers")
    return result.astype(np.float64)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"
