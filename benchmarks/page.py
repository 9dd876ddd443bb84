"""The page of the book with the tables of benchmarks, and what they say of a machine."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "book/benchmarks.md"
END = "<!-- end -->"


def with_table(text: str, script: str, table: str) -> str:
    """The page's text with the tables of one script in their place.

    Args:
        text: of the page.
        script: its name, such as "training.py".
        table: in Markdown.
    """
    begin = f"<!-- begin: made by benchmarks/{script} -->"
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{table}\n\n{END}{rest.split(END, 1)[1]}"


def hardware(device: torch.device) -> str:
    """The name of the card, or of the processor."""
    if device.type == "cuda":
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    bits = " with AMX" if any("amx_bf16" in line for line in lines) else ""
    return (names[0] if names else platform.processor()) + bits


def threads(count: int) -> str:
    """ "1 thread", "2 threads"."""
    return f"{count} thread{'s' * (count > 1)}"
