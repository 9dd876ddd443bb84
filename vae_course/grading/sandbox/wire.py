"""Frames of plain values over a socket: JSON for the structure, npy for arrays, and never pickle.

A frame is a length, eight bytes big-endian, and a body of at most `LIMIT` bytes. The body is a JSON document of at
most `JSON_LIMIT` bytes, its own length before it, and the arrays behind it, each as an npy file without objects. What
comes from a student's side is rebuilt here from its bytes alone: Python's own numbers, text, lists, tuples and
dictionaries, and arrays of numbers.
"""

from __future__ import annotations

import io
import json
import math
import socket
import struct
import time
from typing import Any

import numpy as np

from vae_course.grading.values import NotPlain, plain

LIMIT = 64 * 2**20
"""Bytes that one frame may have."""

JSON_LIMIT = 8 * 2**20
"""Bytes that its JSON document may have: as Python's objects they take thirty times as much."""

_LENGTH = struct.Struct(">Q")


class WireError(Exception):
    """The other side sent something that is no frame of plain values, or nothing more."""


def send(connection: socket.socket, value: Any) -> None:
    """Send a value; raises NotPlain if it is not one, and WireError if it is too large."""
    arrays: list[bytes] = []
    head = json.dumps(_shape(plain(value), arrays)).encode()
    if len(head) > JSON_LIMIT:
        raise WireError(
            f"lists and text of {len(head):,} bytes are more than the {JSON_LIMIT:,} that may cross"
        )
    body = b"".join([_LENGTH.pack(len(head)), head, *arrays])
    if len(body) > LIMIT:
        raise WireError(f"{len(body):,} bytes are more than the {LIMIT:,} that may cross")
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket, seconds: float | None = None) -> Any:
    """Receive a value; raises WireError for anything but a frame.

    With `seconds`, raises TimeoutError unless the whole frame, however it drips in, is there by then.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if length > LIMIT:
        raise WireError(f"a frame of {length:,} bytes is announced; {LIMIT:,} may cross")
    body = io.BytesIO(_exactly(connection, length, deadline))
    try:
        (head,) = _LENGTH.unpack(body.read(_LENGTH.size))
        if head > min(JSON_LIMIT, length - _LENGTH.size):
            raise ValueError("a JSON document that is too large, or not whole")
        value = _value(json.loads(body.read(head)), body)
        if body.read(1):
            raise ValueError("more bytes than were announced")
        return value
    except Exception as error:  # parsers meet hostile bytes here, and each has exceptions of its own
        raise WireError(f"a broken frame: {type(error).__name__}") from None


def _exactly(connection: socket.socket, count: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 1e-3))
        part = connection.recv(min(count - len(parts), 2**20))
        if not part:
            raise WireError("the other side has closed the connection")
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
        parts += part
    return bytes(parts)


def _shape(value: Any, arrays: list[bytes]) -> Any:
    """Value -> [kind, content] with every array's bytes put aside, in order."""
    if isinstance(value, np.ndarray):
        file = io.BytesIO()
        np.lib.format.write_array(file, np.ascontiguousarray(value).reshape(value.shape), allow_pickle=False)
        arrays.append(file.getvalue())
        return ["array", None]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [_shape(item, arrays) for item in value]]
    if isinstance(value, dict):
        return ["dict", [[_text(key), _shape(item, arrays)] for key, item in value.items()]]
    if isinstance(value, float) and not math.isfinite(value):
        return ["float", repr(value)]
    return ["plain", _text(value) if isinstance(value, str) else value]


def _value(shape: Any, body: io.BytesIO) -> Any:
    kind, content = shape
    if kind == "plain" and (content is None or type(content) in (bool, int, float)):
        return content
    if kind == "plain" and type(content) is str:
        return _text(content)
    if kind == "float" and content in ("inf", "-inf", "nan"):
        return float(content)
    if kind in ("list", "tuple"):
        items = [_value(item, body) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        if not all(type(key) is str for key, _ in content):
            raise ValueError("a key that is no text")
        return {_text(key): _value(item, body) for key, item in content}
    if kind == "array":
        return _array(body)
    raise ValueError(f"no kind {kind!r}")


def _text(text: str) -> str:
    """The text, unless it cannot be written as UTF-8: a kernel would fail to report an error that holds it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotPlain("text with half a character (a lone surrogate) is no text") from None
    return text


def _array(body: io.BytesIO) -> np.ndarray:
    """Read one npy file, whose shape is checked against the bytes that are there before memory is taken for it."""
    if np.lib.format.read_magic(body) != (1, 0):
        raise ValueError("another version of npy")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(body)
    if dtype.hasobject or dtype.kind not in "biuf" or fortran:
        raise ValueError(f"an array of {dtype}")
    count = math.prod(shape)
    content = body.read(count * dtype.itemsize)
    if any(n < 0 for n in shape) or len(content) != count * dtype.itemsize:
        raise ValueError("an array that is not whole")
    if dtype.kind == "b":  # a byte that is neither 0 nor 1 must not pass for a truth value
        return (np.frombuffer(content, np.uint8) != 0).reshape(shape)
    return np.frombuffer(content, dtype).reshape(shape).copy()
