"""How a training runs on the machine at hand: what was measured to be faster, and is undone afterwards."""

import ctypes
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of malloc.h
LARGEST = 32 * 2**20
"""The largest block, in bytes, that glibc can be told to take from its heap."""


def keep_memory() -> bool:
    """Tell glibc not to return large blocks to the system when they are freed; False where there is no glibc.

    By default they are mapped anew at each step, and the page faults cost more than a quarter of a convolutional
    step. There is no way to ask for the former limits: the new ones stay, and `malloc_trim` gives back what is free.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(M_MMAP_THRESHOLD, LARGEST) and libc.mallopt(M_TRIM_THRESHOLD, 2**30))


@contextmanager
def fastest(learners: nn.ModuleDict, device: torch.device, precision: str) -> Iterator[str]:
    """Inside the block the learners run as they are fastest; yields the path in words.

    Convolutions keep their channels together, and memory stays with the process from step to step. Arithmetic is in
    float32; "bf16" asks for 16 bits in the networks of the model.
    """
    words = [device.type, precision]
    convolutions = [part for part in learners.modules() if isinstance(part, CONVOLUTIONS)]
    networks = _networks(learners["model"]) if precision == "bf16" else []
    if convolutions:
        words.append("channels_last")
    if device.type == "cpu" and keep_memory():
        words.append("memory kept")
    try:
        for part in convolutions:
            part.to(memory_format=torch.channels_last)
        for network in networks:
            network.forward = _in_bf16(network, device.type)
        yield ", ".join(words)
    finally:
        for part in convolutions:
            part.to(memory_format=torch.contiguous_format)
        for network in networks:
            del network.forward  # the class's own is seen again
        if "memory kept" in words:
            ctypes.CDLL(None).malloc_trim(0)


def _networks(module: nn.Module) -> list[nn.Module]:
    """The outermost parts of a model that are called: its encoders and decoders."""
    parts: list[nn.Module] = []
    for part in module.children():
        parts += _networks(part) if isinstance(part, nn.ModuleDict | nn.ModuleList) else [part]
    return parts


def _in_bf16(network: nn.Module, device_type: str) -> Callable[..., Any]:
    """The network's forward pass in 16 bits while it trains; what it returns is float32.

    So likelihoods, divergences and their sums are computed as ever: 8 bits of mantissa cannot hold a sum of 784 terms.
    """
    forward = network.forward

    @wraps(forward)
    def lowered(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device_type, torch.bfloat16, enabled=network.training):
            return _in_float32(forward(*args, **kwargs))

    return lowered


def _in_float32(output: Any) -> Any:
    if isinstance(output, tuple):
        return tuple(map(_in_float32, output))
    return output.float() if isinstance(output, Tensor) and output.dtype == torch.bfloat16 else output
