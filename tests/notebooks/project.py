"""A fabricated project with two small chapters and a library of one module."""

from pathlib import Path

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

"""
LIBRARY = '''\
"""A library."""


def double(x):
    """Twice x."""
    return 2 * x  # the point


def table(x, width):
    return f"{x:>{width}}" "|"
'''


def cell(source: str, *tags: str) -> str:
    options = f":tags: [{', '.join(tags)}]\n\n" if tags else ""
    return f"```{{code-cell}} ipython3\n{options}{source}\n```\n"


def write_chapter(root: Path, name: str, *parts: str) -> Path:
    path = root / "chapters" / f"{name}.md"
    path.write_text(HEADER.format(title=name) + "\n".join(parts), encoding="utf-8")
    return path


def make(root: Path) -> Path:
    (root / "pyproject.toml").write_text('[project.urls]\nRepository = "https://example.org/course"\n')
    (root / "chapters").mkdir()
    (root / "vae_course").mkdir()
    (root / "vae_course/__init__.py").write_text("")
    (root / "vae_course/maths.py").write_text(LIBRARY)
    (root / "vae_course/unused.py").write_text("UNUSED = 1\n")
    use = cell("from vae_course.maths import double\n\ndouble(21)")
    write_chapter(root, "01-one", "Prose.\n", use, cell('results = {"answer": double(21)}'))
    write_chapter(root, "02-two", "Other prose.\n", cell("print('two')"))
    return root
