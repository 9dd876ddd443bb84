"""What a cell shows: a picture, and what a page needs to put something live in its place."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from vae_course.explorers.export import Exported
from vae_course.figures.style import plt

FRONT = Path(__file__).parent / "front"
"""The folder of the scripts and the style that pages use."""

# The book's extension cuts an output at this line.
CARRIED = "<!-- explorer: carried by a notebook -->"


@dataclass(frozen=True, repr=False)
class Explorer:
    """Something to move in the page. The last value of a cell, it shows itself in Jupyter, in Colab and in the book.

    Its output begins with a picture, for paper and for readers without scripts. Then come the front end and the
    models, so that a notebook needs nothing else; the book keeps these once, as files, and loads them on sight.

    Attributes:
        kind: the name of its script in `FRONT`, without suffix.
        label: what it is, in a few words, for those who listen to the page.
        settings: what its script needs to know, as JSON can hold it.
        picture: a PNG with the same content, as it is before anything is moved.
        alt: words for the picture.
        models: the networks that run in the page.
    """

    kind: str
    label: str
    settings: dict[str, Any]
    picture: bytes
    alt: str
    models: tuple[Exported, ...] = ()

    def __repr__(self) -> str:
        return f"<explorer {self.kind}: {self.label}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """The output of the cell: the same on every call."""
        carried = [f"<style>\n{front('style.css')}</style>"]
        carried += [_script(front("net.js"))]
        carried += [f'<script data-model="{model.name}">{model.script()}</script>' for model in self.models]
        carried += [_script(front("stage.js")), _script(front(f"{self.kind}.js"))]
        return "\n".join([self.element(), CARRIED, *carried, ""])

    def element(self) -> str:
        """The part that stands in every page: picture and settings."""
        settings = {"models": [model.name for model in self.models], **self.settings}
        # "</script>" inside a string would end the script that holds it.
        data = json.dumps(settings, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
        picture = base64.b64encode(self.picture).decode()
        return (
            f'<div class="vae-explorer" data-kind="{self.kind}" role="group" aria-label="{escape(self.label)}">\n'
            f'<script type="application/json">{data}</script>\n'
            f'<img class="vae-still" alt="{escape(self.alt)}" src="data:image/png;base64,{picture}">\n'
            f"</div>"
        )


def _script(text: str) -> str:
    return f"<script>\n{text}</script>"


@cache
def front(name: str) -> str:
    """The text of a file of the front end."""
    return (FRONT / name).read_text(encoding="utf-8")


def png(figure: Figure) -> bytes:
    """The figure as a PNG without the date and the version of what drew it; the figure is closed."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
