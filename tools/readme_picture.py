"""Copy the README's picture from the executed chapter that draws it.

python tools/readme_picture.py
"""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "book" / "images" / "latent-plane.png"
CHAPTER, CALL = "04-digits", "figures.latent_plane("


def drawn(root: Path = ROOT) -> bytes:
    """The PNG that the one cell of the chapter's twin that draws the latent plane has stored."""
    cells = nbformat.read(root / "chapters" / f"{CHAPTER}.ipynb", as_version=4).cells
    (cell,) = (cell for cell in cells if cell.cell_type == "code" and CALL in cell.source)
    (png,) = (output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {}))
    return base64.b64decode(png)


if __name__ == "__main__":
    unfinished = PICTURE.with_suffix(".tmp")
    unfinished.write_bytes(drawn())
    unfinished.replace(PICTURE)
    print(f"wrote {PICTURE.relative_to(ROOT)}")
