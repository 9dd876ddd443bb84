"""The reference of the library: every public name is on its page, and its docstring says what a caller must know."""

import ast
import importlib
import inspect
import json
import re
import shutil
import textwrap
from functools import cache, cached_property
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils.core import publish_parts
from docutils.io import DocTreeInput
from docutils.utils import new_document
from torch import Tensor

from tools import build_book
from tools.library_reference import library, own_signature
from tools.library_reference import parameters as parameters_shown
from tools.library_reference.docstrings import Text
from tools.library_reference.library import Name
from vae_course.data import DataError

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for package in library.packages() for name in library.names(package)]

# An argument of this name means the same everywhere in the library, or in the notation.
OBVIOUS = {"generator", "seed", "device", "dtype", "model", "x", "z", "latent_dim", "hidden", "rtol", "atol"}
OWN_ERRORS = {name.name for name in NAMES if name.kind == "exception"}
# A shape: dimensions in parentheses, such as (N,), (batch, 784), (..., dim) or (samples).
DIMENSION = r"(?:\.\.\.|\w+(?: ?[*+/x-] ?\w+)*)"
SHAPE = re.compile(rf"\((?:(?:N|batch|samples)\b|\.\.\.|{DIMENSION}(?:, {DIMENSION})+\)|{DIMENSION},\))")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def callables(name: Name) -> list[tuple[str, object, str]]:
    """What of a name can be called: where, the function, and all that is said about it."""
    if name.kind == "function":
        return [(name.full, name.thing, name.doc)]
    if not isinstance(name.thing, type):
        return []
    remarks = " ".join(f"{field}: {remark}" for field, (_, remark) in name.fields().items() if remark)
    said = " ".join([*map(library.own_doc, name.classes()), remarks])
    found = [(name.full, name.thing, said)] if own_signature(name.thing) else []
    for method, value in name.methods().items():
        if not isinstance(value, property | cached_property):
            function = library.function_of(value)
            found.append((f"{name.full}.{method}", function, f"{library.own_doc(function)} {said}"))
    return found


def parameters(function: object) -> dict[str, str]:
    """The arguments without self and cls: name to annotation."""
    signature = inspect.signature(function).parameters.values()
    return {p.name: str(p.annotation) for p in signature if p.name not in ("self", "cls", "_")}


def undocumented(name: Name) -> list[str]:
    return [] if name.doc else [name.full]


def mentions(said: str, argument: str) -> bool:
    """Whether a text names an argument: standard_error may be written "standard error", images "image"."""
    words = [re.escape(word.removesuffix("s")) for word in argument.split("_")]
    return re.search(rf"(?<![^\W_]){'s?[ _-]'.join(words)}s?(?![^\W_])", said, re.IGNORECASE) is not None


def unexplained(name: Name) -> list[str]:
    """Arguments of a function, or of a class when it is made, that nothing said about it mentions."""
    return [
        f"{where}({argument})"
        for where, function, said in callables(name)[:1]
        if where == name.full
        for argument in parameters(function)
        if argument not in OBVIOUS and not mentions(said, argument)
    ]


def shapeless(name: Name) -> list[str]:
    """What takes a tensor and mentions no shape. A method without a docstring is told by its class."""
    found = []
    for where, function, said in callables(name):
        takes = any(re.search(r"\bTensor\b", annotation) for annotation in parameters(function).values())
        told_by_class = where != name.full and not library.own_doc(function)
        if takes and not told_by_class and not any(not YEAR.search(shape) for shape in SHAPE.findall(said)):
            found.append(where)
    return found


def body(function: object) -> ast.AST:
    """The source of a function, or of what makes an instance of a class."""
    if isinstance(function, type):
        function = function.__init__
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError):  # written by dataclass, or in C
        return ast.Module([], [])


def silent(name: Name) -> list[str]:
    """Errors of the library that a function raises in its own body, and that nothing said about it mentions."""
    found = []
    for where, function, said in callables(name):
        for node in ast.walk(body(function)):
            raised = getattr(node, "exc", None) if isinstance(node, ast.Raise) else None
            error = getattr(raised, "func", raised)
            if isinstance(error, ast.Name) and error.id in OWN_ERRORS and error.id not in said:
                found.append(f"{where} raises {error.id}")
    return found


RULES = (undocumented, unexplained, shapeless, silent)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_caller_must_know_is_said(rule):
    assert [fault for name in NAMES for fault in rule(name)] == []


# One violation of each rule, and a sound name beside it.


def sound(images: Tensor, path: str) -> Tensor:
    """Read images, float (N, 28, 28), beside the file `path`. Raises DataError where there is none."""
    raise DataError(path)


def no_docstring(images):
    return images


def silent_about_an_argument(images: Tensor, path: str) -> Tensor:
    """Read the images (N, 28, 28)."""


def silent_about_the_shape(images: Tensor) -> Tensor:
    """Read images (Kingma, 2014), as in the paper (see there), densely (packed)."""


def silent_about_an_error(path: str) -> None:
    """Read the file `path`."""
    raise DataError(path)


class SilentAboutItself:
    """Multiplies tensors."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def scale(self, images: Tensor) -> Tensor:
        """Multiply images."""


def planted(thing: object) -> Name:
    return Name("planted", thing.__name__, thing)


def test_a_sound_name_breaks_no_rule():
    assert [fault for rule in RULES for fault in rule(planted(sound))] == []


@pytest.mark.parametrize(
    ("rule", "thing", "faults"),
    [
        (undocumented, no_docstring, ["planted.no_docstring"]),
        (unexplained, silent_about_an_argument, ["planted.silent_about_an_argument(path)"]),
        (shapeless, silent_about_the_shape, ["planted.silent_about_the_shape"]),
        (silent, silent_about_an_error, ["planted.silent_about_an_error raises DataError"]),
        (unexplained, SilentAboutItself, ["planted.SilentAboutItself(factor)"]),
        (shapeless, SilentAboutItself, ["planted.SilentAboutItself.scale"]),
    ],
)
def test_a_violation_is_named(monkeypatch, rule, thing, faults):
    monkeypatch.setattr(library, "LIBRARY", __name__)  # the planted names count as the library's
    assert rule(planted(thing)) == faults


# The pages.


@cache
def page(book: Path, room: str) -> BeautifulSoup:
    return BeautifulSoup((book / f"book/reference/{room}.html").read_text(encoding="utf-8"), "html.parser")


def test_every_room_has_its_page():
    rooms = [f"book/reference/{room}" for room in (*library.ROOMS, library.OTHER)]
    assert [page for page in build_book.pages(ROOT) if page.startswith("book/reference/")] == rooms
    assert {library.room(package) for package in library.packages()} <= {*library.ROOMS, library.OTHER}


@pytest.mark.parametrize("name", NAMES, ids=[name.full for name in NAMES])
def test_a_public_name_is_on_its_page(book, name):
    entry = page(book, library.room(name.package)).find("dt", id=name.full)
    assert entry.select_one(".descname").get_text() == name.name
    description = entry.find_next_sibling("dd")
    address = description.select_one("p.source a")["href"]
    assert (ROOT / address.split("/blob/main/")[1]).is_file()
    assert squeezed(name.doc.split("\n\n")[0]).replace("`", "") in squeezed(description.get_text())
    for method in name.methods():
        assert description.find("dt", id=f"{name.full}.{method}") is not None
    for argument in parameters(name.thing) if name.kind == "function" else ():
        assert argument in entry.get_text()
    shown = description.get_text()
    assert [field for field in name.fields() if field not in shown] == []


def test_a_default_is_shown_as_the_source_writes_it():
    def function(a, b=ROOT, *, c, d=2 * 3):
        pass

    assert library.written_defaults(function) == {"b": "ROOT", "d": "2 * 3"}
    assert parameters_shown(function, bound=False) == "(a, b=ROOT, *, c, d=2 * 3)"


@pytest.mark.parametrize("room", [*library.ROOMS, library.OTHER])
def test_a_page_is_the_same_on_every_machine(book, room):
    text = page(book, room).get_text()
    assert str(ROOT) not in text
    assert re.findall(r"\b0x[0-9a-f]{6,}", text) == []


def test_a_public_name_is_found_from_the_first_page_and_by_the_search(book):
    first = BeautifulSoup((book / "book/reference.html").read_text(encoding="utf-8"), "html.parser")
    links = {link["href"].split("#")[-1] for link in first.select("article a.reference.internal")}
    index = (book / "searchindex.js").read_text(encoding="utf-8")
    content = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    found = {f"{prefix}.{entry[-1]}" for prefix, entries in content["objects"].items() for entry in entries}
    assert {name.full for name in NAMES} - links == set()
    assert {name.full for name in NAMES} - found == set()


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_a_name_added_to_a_package_is_public_at_once(monkeypatch):
    package = importlib.import_module("vae_course.data")
    monkeypatch.setattr(package, "__all__", [*package.__all__, "sound"])
    monkeypatch.setattr(package, "sound", sound, raising=False)
    assert library.names("vae_course.data")[-1] == Name("vae_course.data", "sound", sound)


# Docstrings are plain text.


def shown(docstring: str, **fields: str) -> BeautifulSoup:
    """A docstring as HTML, by docutils alone."""
    document = new_document("")
    document += Text({}).docstring(docstring, {name: ("int", remark) for name, remark in fields.items()})
    parts = publish_parts(
        reader_name="doctree", source_class=DocTreeInput, source=document, writer_name="html5"
    )
    return BeautifulSoup(parts["body"], "html.parser")


@pytest.mark.parametrize(
    "text",
    [
        "the *uncompressed* file, a * b * c and **kwargs",
        "p(x | z), KL(q || p), |a| and |b|",
        "sigma_ and W_1_ and __call__, `unclosed",
        'W\' W, "smoke", (..., dim) -- and > (N, 28, 28)',
        "[a](b), {role}`, $x$, <b>, &amp; and \\theta",
    ],
)
def test_only_backticks_mean_something(text):
    assert squeezed(shown(text).get_text()) == text
    assert [tag.name for tag in shown(text).find_all(True)] == ["p"]


def test_single_and_double_backticks_are_code():
    codes = [
        code.get_text()
        for code in shown("Take `x[i]` and ``p | q`` and `**kw`.").select("span.docutils.literal")
    ]
    assert codes == ["x[i]", "p | q", "**kw"]


DOCSTRING = """Do it.

    Longer, with
    a second line:

        as it stands,
          indented

    - one
    - two,
      and more

    Args:
        x: the data, (N, dim):
            it goes on.
        *rest, **more: what is left.

    Returns:
        The same.

    Raises:
        ValueError: x is empty.

    Back at the margin.
    """


def test_the_parts_of_a_docstring_are_told_apart():
    page = shown(DOCSTRING)
    assert page.pre.get_text() == "as it stands,\n  indented"
    assert [squeezed(item.get_text()) for item in page.find_all("li")] == ["one", "two, and more"]
    parts = [part.get_text() for part in page.select("p.part")]
    assert parts == ["Args", "Returns", "Raises"]
    entries = {t.get_text(): squeezed(t.find_next_sibling("dd").get_text()) for t in page.find_all("dt")}
    assert entries == {
        "x": "the data, (N, dim): it goes on.",
        "*rest, **more": "what is left.",
        "ValueError": "x is empty.",
    }
    assert squeezed(page.find_all("p")[-1].get_text()) == "Back at the margin."


def test_fields_that_a_docstring_does_not_explain_are_listed():
    page = shown("A pair.\n\nAttributes:\n    a: the first.", a="not this", b="the second")
    entries = {t.get_text(): squeezed(t.find_next_sibling("dd").get_text()) for t in page.find_all("dt")}
    assert entries == {"a int": "the first.", "b int": "the second"}


# A library of awkward names, as a whole book: nothing of them may break the build.

AWKWARD = """
'''Awkward things: |a| * |b| and `c`_.'''
import functools
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Protocol

#: A folder of this machine.
FOLDER = Path(__file__)
SIZES = {"a": [1, 2]}  # sizes *of* things
Pair = tuple[int, int]
"Two numbers, a | b."

class Colour(Enum):
    '''A colour.'''
    RED = 1  # like blood

class Point(NamedTuple):
    '''A point.'''
    x: float
    y: float = 0.0

class Drawable(Protocol):
    '''What can be drawn.'''
    def draw(self) -> "Point":
        '''Draw it.'''

@dataclass(frozen=True)
class Box:
    '''A box.'''
    corner: Point
    names: list[str] = field(default_factory=list)
    folder: Path = Path("a")
    #: how big
    size: int = 3

    @classmethod
    def unit(cls) -> "Box":
        '''A box of size 1.'''
    @staticmethod
    def none(*args: int, sep: str = "<|>", **kwargs) -> None:
        '''Nothing of *args and **kwargs.'''
    @functools.cached_property
    def area(self) -> float:
        '''The area.'''
    @functools.lru_cache
    def count(self, /, n=FOLDER) -> int:
        '''How many, see `Point`.'''

class Broken(ValueError):
    '''Broken.'''

@functools.cache
def made(points: "list[Point]", unknown: "Nowhere" = None) -> dict[str, "Box"]:
    '''Made of `points` :ref:`nothing` {ref}`nothing` [x](#y) ```.

        literal *text*

    1. first
    2. second
    '''

__all__ = ["FOLDER", "SIZES", "Box", "Broken", "Colour", "Drawable", "Pair", "Point", "made"]
"""


def test_an_awkward_library_builds(tmp_path):
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("images", "static"):
        shutil.copytree(ROOT / "book" / name, tmp_path / "book" / name)
    shutil.copy(ROOT / "book/references.bib", tmp_path / "book")
    (tmp_path / "book/index.md").write_text("# Names\n\n```{library-names}\n```\n")
    (tmp_path / "book/reference").mkdir()
    (tmp_path / "book/reference/other.md").write_text("# All\n\n```{library-room} other\n```\n")
    toc = "format: jb-book\nroot: book/index\nchapters:\n  - file: book/reference/other\n"
    (tmp_path / "_toc.yml").write_text(toc)
    package = tmp_path / "vae_course" / "awkward"
    package.mkdir(parents=True)
    (tmp_path / "vae_course/__init__.py").touch()
    (package / "__init__.py").write_text(AWKWARD)

    page = (build_book.build(tmp_path) / "book/reference/other.html").read_text(encoding="utf-8")

    entries = {t["id"]: t for t in BeautifulSoup(page, "html.parser").select("dt.sig")}
    said = {
        name.removeprefix("vae_course.awkward."): squeezed(entry.get_text()).rstrip("#")
        for name, entry in entries.items()
    }
    assert said["FOLDER"] == "FOLDER = Path(__file__)"
    assert said["SIZES"] == "SIZES = {'a': [1, 2]}"
    assert said["Pair"] == "Pair = tuple[int, int]"
    assert said["Point"] == "class Point(x: float, y: float = 0.0)"
    assert said["Colour"] == "class Colour"
    assert said["Drawable"] == "class Drawable"
    assert said["Broken"] == "exception Broken"
    assert said["Drawable.draw"] == "draw() → Point"
    assert said["Box.unit"] == "classmethod unit() → Box"
    assert said["Box.none"] == "static none(*args: int, sep: str = '<|>', **kwargs) → None"
    assert said["Box.area"] == "property area: float"
    assert said["Box.count"] == "count(n=FOLDER) → int"
    assert str(tmp_path) not in page
    for text in ("|a| * |b|", "sizes *of* things", "Nothing of *args and **kwargs.", "literal *text*"):
        assert text in page
