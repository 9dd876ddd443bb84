"""What recipes make once and find again: drawn data and trained networks."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from vae_course.files import write_whole

Made = tuple[dict[str, Tensor], dict[str, Any]]
"""Tensors by name, and plain values said about them."""


class StoreError(Exception):
    """A kept piece cannot be used, or none can be kept; the message says what to do."""


@dataclass(frozen=True)
class Store:
    """A folder of finished pieces, each found by its name and by everything that it depends on.

    A piece is one safetensors file, written whole or not at all. The file's name ends in a checksum of what the piece
    depends on: other settings make another piece, and those of a smoke run never serve a reader's.
    """

    folder: Path

    def path(self, name: str, settings: dict[str, Any]) -> Path:
        """Where a piece lies, or would."""
        text = json.dumps(settings, sort_keys=True)
        return self.folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.safetensors"

    def piece(self, name: str, settings: dict[str, Any], make: Callable[[Path], Made]) -> Made:
        """A piece, made now unless it is there.

        Args:
            name: may have slashes, for folders.
            settings: plain values, everything that the piece depends on.
            make: is given the path of a checkpoint of its own, which goes when the piece is there.

        Raises StoreError if the piece is damaged or the folder cannot be written.
        """
        path = self.path(name, settings)
        if path.exists():
            print(f"{name}: taken from {path}; delete it to make it again", file=sys.stderr)
            try:
                with safe_open(path, "pt") as file:
                    said = json.loads(file.metadata()["said"])
                return load_file(path), said
            except (SafetensorError, KeyError, TypeError, ValueError) as error:
                raise StoreError(f"{path} is damaged ({error}); delete it") from error
        checkpoint = path.with_suffix(".checkpoint")
        try:
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{checkpoint.parent} cannot be made ({error.strerror})") from error
        tensors, said = make(checkpoint)
        write_whole({path: save(tensors, {"said": json.dumps(said)})})
        checkpoint.unlink(missing_ok=True)
        return tensors, said
