"""The gate: every plain value crosses unchanged, and no bytes that a student can forge become anything else."""

import io
import json
import math
import socket
import struct
import threading
import time

import numpy as np
import pytest
import torch

from vae_course.grading.sandbox.wire import JSON_LIMIT, LIMIT, WireError, receive, send
from vae_course.grading.values import NotPlain


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    one.settimeout(5)
    other.settimeout(5)
    with one, other:
        yield one, other


def across(pair, value):
    # A frame may be larger than the socket's buffer.
    thread = threading.Thread(target=send, args=(pair[0], value))
    thread.start()
    received = receive(pair[1], 5)
    thread.join()
    return received


def frame(document, arrays: bytes = b"", head: int | None = None) -> bytes:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    body = struct.pack(">Q", len(text) if head is None else head) + text + arrays
    return struct.pack(">Q", len(body)) + body


def npy(header: str, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + content


def refusal(pair, content: bytes) -> str:
    def feed():
        pair[0].sendall(content)
        pair[0].shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        with pytest.raises(WireError) as caught:
            receive(pair[1], 5)
    finally:
        while pair[1].recv(2**20):  # what is left, so that the thread ends
            pass
        thread.join()
    return str(caught.value)


PLAIN = {
    "nothing": None,
    "truth": [True, False],
    "integers": [0, -1, 10**40],
    "floats": [0.1, -0.0, 1e-320, 1.7976931348623157e308],
    "text": ["", "a", "äß漢🙂", "\x00\n\x7f", '"\\'],
    "list": [],
    "tuple": (),
    "dictionary": {},
    "nested": {"a": [1, (2.0, {"b": None})], "": ((),)},
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_values_come_back_the_same_in_value_and_type(pair, name):
    back = across(pair, PLAIN[name])
    assert back == PLAIN[name]
    assert repr(back) == repr(PLAIN[name])  # tells True from 1, () from [] and -0.0 from 0.0


def test_infinities_and_nan_cross(pair):
    back = across(pair, [math.inf, -math.inf, math.nan])
    assert back[:2] == [math.inf, -math.inf]
    assert type(back[2]) is float
    assert math.isnan(back[2])


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "<i8", ">i4", "<u2", "<f2", "<f4", "<f8", ">f8"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 2)])
def test_arrays_of_every_kind_and_shape_cross(pair, dtype, shape):
    array = np.asarray(np.arange(math.prod(shape)).reshape(shape) % 2).astype(dtype)
    back = across(pair, array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    assert back.shape == shape
    assert np.array_equal(back, array)
    assert back.flags.writeable


def test_views_and_tensors_cross_as_what_they_hold(pair):
    array = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(across(pair, array.T[::2]), array.T[::2])
    assert np.array_equal(across(pair, np.asfortranarray(array)), array)
    assert np.array_equal(across(pair, torch.arange(6).reshape(2, 3).T), np.arange(6).reshape(2, 3).T)
    assert across(pair, torch.tensor(2.5, requires_grad=True)).shape == ()


def test_many_arrays_keep_their_order(pair):
    back = across(pair, {"a": [np.full(2, 1), np.full(0, 2.0)], "b": (np.full((), 3), np.full(4, True))})
    assert [x.tolist() for x in (*back["a"], *back["b"])] == [[1, 1], [], 3, [True] * 4]


def test_frames_follow_each_other(pair):
    for value in (1, "two", [3.0]):
        send(pair[0], value)
    assert [receive(pair[1]) for _ in range(3)] == [1, "two", [3.0]]


def test_a_large_array_crosses(pair):
    array = np.random.default_rng(0).normal(size=2**21)
    assert np.array_equal(across(pair, array), array)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        np.array([None]),
        np.array(["text"]),
        np.array([1j]),
        np.datetime64("now"),
        "half \ud800",
        {"half \udfff": 1},
        {1: 2},
        {("a",): 2},
        b"bytes",
        {1, 2},
        1j,
        type("Text", (str,), {})("x"),
        type("Table", (dict,), {})(),
        np.ma.masked_array([1.0], mask=[True]),
        np.zeros((1, 1)).view(type("Matrix", (np.ndarray,), {})),
        np.zeros(2, dtype=[("a", "f8")]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_not_sent(pair, value):
    with pytest.raises(NotPlain):
        send(pair[0], value)


@pytest.mark.parametrize("value", [np.zeros(LIMIT // 8), "x" * (JSON_LIMIT + 1)], ids=["array", "text"])
def test_more_than_may_cross_is_not_sent(pair, value):
    with pytest.raises(WireError, match="may cross"):
        send(pair[0], value)


F8 = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
ONE = ["array", None]
FORGED = {
    "nothing": b"",
    "half a length": b"\x00\x00\x00",
    "an oversized frame": struct.pack(">Q", LIMIT + 1),
    "the longest length": b"\xff" * 8,
    "a frame cut off": frame(["plain", 1])[:-1],
    "an empty body": struct.pack(">Q", 0),
    "no document": frame(b""),
    "no JSON": frame(b"{'a': 1}"),
    "no UTF-8": frame(b'["plain", "\xff"]'),
    "a JSON document longer than the body": frame(["plain", 1], head=10**6),
    "a JSON document of 2**64 - 1 bytes": frame(["plain", 1], head=2**64 - 1),
    "a JSON document too large": frame(b"[" + b"[]," * (JSON_LIMIT // 3) + b"[]]"),
    "more than was announced": frame(["plain", 1], b"x"),
    "no kind": frame(1),
    "an unknown kind": frame(["object", 1]),
    "a kind that is no text": frame([["plain"], 1]),
    "one thing too many": frame(["plain", 1, 2]),
    "a plain list": frame(["plain", [1]]),
    "a plain dictionary": frame(["plain", {"a": 1}]),
    "a float in words": frame(["float", "__import__('os')"]),
    "a list of letters": frame(["list", "ab"]),
    "a list of nothing": frame(["list", None]),
    "a dictionary of a dictionary": frame(["dict", {"a": ["plain", 1]}]),
    "a key that is a number": frame(["dict", [[1, ["plain", 1]]]]),
    "a key that is a list": frame(["dict", [[["a"], ["plain", 1]]]]),
    "deep nesting": frame(b'["list", [' * 50_000 + b"]]" * 50_000),
    "deep JSON": frame(b"[" * 10**6),
    "an integer of a million digits": frame(b'["plain", ' + b"9" * 10**6 + b"]"),
    "half a character": frame(b'["plain", "\\ud800"]'),
    "half a character as a key": frame(b'["dict", [["\\udfff", ["plain", 1]]]]'),
    "an array that is missing": frame(ONE),
    "an array without its bytes": frame(ONE, npy(F8, b"\x00" * 15)),
    "another version of npy": frame(ONE, npy(F8, b"\x00" * 16, b"\x03\x00")),
    "a pickle": frame(ONE, npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\x80\x04N.")),
    "an object inside a record": frame(
        ONE, npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }", b"\x00" * 8)
    ),
    "text in an array": frame(ONE, npy(F8.replace("<f8", "<U4"), b"\x00" * 32)),
    "complex numbers": frame(ONE, npy(F8.replace("<f8", "<c16"), b"\x00" * 32)),
    "dates": frame(ONE, npy(F8.replace("<f8", "<M8[s]"), b"\x00" * 16)),
    "Fortran's order": frame(ONE, npy(F8.replace("False", "True"), b"\x00" * 16)),
    "a negative shape": frame(ONE, npy(F8.replace("2,", "-2,"), b"\x00" * 16)),
    "two negative lengths": frame(ONE, npy(F8.replace("2,", "-1, -2"), b"\x00" * 16)),
    "a negative length and none": frame(ONE, npy(F8.replace("2,", "-1, 0"))),
    "more than memory": frame(ONE, npy(F8.replace("2,", f"{10**12},"), b"\x00" * 16)),
    "more than an address": frame(ONE, npy(F8.replace("2,", f"{10**30},"), b"\x00" * 16)),
    "lengths that multiply to nothing": frame(ONE, npy(F8.replace("2,", f"{10**30}, 0"))),
    "a hundred dimensions": frame(ONE, npy(F8.replace("2,", "1, " * 100), b"\x00" * 8)),
    "a shape of floats": frame(ONE, npy(F8.replace("2,", "2.0,"), b"\x00" * 16)),
    "a header that is no dictionary": frame(ONE, npy("[1, 2]")),
    "a header that is a call": frame(ONE, npy("__import__('os').abort()")),
    "a header that never closes": frame(ONE, npy("{'descr':((('''")),
    "a header of brackets": frame(ONE, npy("(" * 9000)),
    "a header of other keys": frame(ONE, npy(F8.replace("descr", "other"))),
    "a kind of numbers that is none": frame(ONE, npy(F8.replace("<f8", "<f3"), b"\x00" * 16)),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_frames_are_refused_in_words(pair, name):
    said = refusal(pair, FORGED[name])
    assert 10 < len(said) < 200
    assert "\n" not in said


def test_a_byte_that_is_no_truth_value_becomes_one(pair):
    content = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", bytes([0, 1, 255]))
    pair[0].sendall(frame(ONE, content))
    back = receive(pair[1])
    assert back.tobytes() == bytes([0, 1, 1])


def test_a_large_length_alone_takes_no_memory(pair):
    pair[0].sendall(struct.pack(">Q", LIMIT))
    with pytest.raises(TimeoutError):
        receive(pair[1], 0.1)


def test_a_frame_that_drips_in_ends_in_time(pair):
    done = threading.Event()

    def drip():
        pair[0].sendall(struct.pack(">Q", 10**6))
        while not done.wait(0.05):
            pair[0].sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(pair[1], 0.4)
    done.set()
    thread.join()
    assert 0.3 < time.monotonic() - began < 5


def test_an_array_of_objects_is_refused_before_a_pickle_is_read(pair):
    class Trap:
        def __reduce__(self):
            return exec, ("raise SystemExit('unpickled')",)

    file = io.BytesIO()
    np.save(file, np.array([Trap()], dtype=object), allow_pickle=True)
    assert "broken frame" in refusal(pair, frame(ONE, file.getvalue()))
