"""One comparison for visible checks and hidden tests: it says what is wrong, not only that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_course.grading.values import NotPlain, array, plain


def same(
    got: Any,
    want: Any,
    what: str,
    *,
    where: str = "",
    each: str = "",
    causes: Mapping[str, Any] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
) -> None:
    """Raise an AssertionError that explains the difference unless `got` equals `want` within the tolerances.

    A `want` that is a tuple or a dictionary is compared part by part; `got` may hold further keys.
    `what` names the student's result ("gaussian_kl"), `where` the inputs ("mu = 0, sigma = 2") and `each` the meaning
    of the shape ("one value per example"). `causes` maps a known mistake to the wrong value that it gives;
    the message names the mistake whose value is `got`.
    """
    at = f"With {where}: " if where else ""
    causes = causes or {}
    if got is None:
        raise AssertionError(f"{at}{what} returns nothing. Does it end in `return`?")
    if isinstance(want, tuple | dict):
        keys = list(want) if isinstance(want, dict) else range(len(want))
        parts = _parts(got, want, what)
        for key in keys:
            known = {
                cause: wrong[key]
                for cause, wrong in causes.items()
                if isinstance(wrong, tuple) or key in wrong
            }
            same(
                parts[key],
                want[key],
                f"{what}[{key!r}]",
                where=where,
                each=each,
                causes=known,
                rtol=rtol,
                atol=atol,
            )
        return
    target = array(want)
    try:
        value = array(got)
    except NotPlain as error:
        raise AssertionError(f"{at}{what}: {error}.") from None
    known = _cause(value, target, causes, rtol, atol)
    if value.shape != target.shape:
        note = f", {each}" if each else ""
        raise AssertionError(f"{at}{what} has shape {value.shape}; {target.shape} is right{note}.{known}")
    if _close(value, target, rtol, atol):
        return
    wrong = ~np.isclose(value, target, rtol=rtol, atol=atol)
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    entry = "".join(f"[{i}]" for i in index)
    count = f" ({int(wrong.sum())} of {wrong.size} entries differ)" if wrong.size > 1 else ""
    shown = _number(value[index], target[index]), _number(target[index], value[index])
    if not known and not np.isfinite(value[index]):
        known = " Look for a logarithm of 0, or for an exponential that overflows."
    raise AssertionError(f"{at}{what}{entry} is {shown[0]}; {shown[1]} is right{count}.{known}")


def _parts(got: Any, want: tuple | dict, what: str) -> Any:
    """Return `got` in plain values once it has the parts of `want`; raises AssertionError otherwise."""
    try:
        parts = plain(got)
    except NotPlain as error:
        raise AssertionError(f"{what}: {error}.") from None
    if isinstance(want, dict):
        if not isinstance(parts, dict):
            raise AssertionError(f"{what} returns a {type(got).__name__}; a dictionary is right.")
        if lost := [key for key in want if key not in parts]:
            raise AssertionError(f"{what} returns a dictionary without {', '.join(map(repr, lost))}.")
        return parts
    count = len(parts) if isinstance(parts, tuple | list) or getattr(parts, "ndim", 0) > 0 else 1
    if count != len(want):
        raise AssertionError(f"{what} returns {count} value{'s' * (count != 1)}; {len(want)} are right.")
    return parts


def _close(value: np.ndarray, target: np.ndarray, rtol: float, atol: float) -> bool:
    return value.shape == target.shape and bool(np.allclose(value, target, rtol=rtol, atol=atol))


def _cause(value: np.ndarray, target: np.ndarray, causes: Mapping[str, Any], rtol: float, atol: float) -> str:
    for cause, wrong in causes.items():
        mistake = array(wrong)
        if _close(value, mistake, max(rtol, 1e-5), atol) and not _close(mistake, target, rtol, atol):
            return f" The mistake that gives this value: {cause}" + "." * (not cause.endswith("?"))
    return ""


def _number(value: float, other: float) -> str:
    """Print with as many digits as it takes to tell `value` from `other`."""
    for digits in (4, 8):
        if f"{value:.{digits}g}" != f"{other:.{digits}g}":
            return f"{value:.{digits}g}"
    return f"{value:.17g}"
