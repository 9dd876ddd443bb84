"""What the library offers to its readers: its public names, and what is said about each where it is defined.

A name is public if it stands in the `__all__` of a package. The pages under book/reference show what is found here,
and tests/book/test_reference.py judges it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

LIBRARY = "vae_course"
ROOMS = ("data", "nets", "models", "objectives", "training", "evaluation", "figures", "explorers")
OTHER = "other"  # the page of every package that stands beside that line


@cache
def parsed(path: str) -> tuple[list[str], ast.Module]:
    text = Path(path).read_text(encoding="utf-8")
    return text.splitlines(), ast.parse(text)


def remark(lines: list[str], body: list[ast.stmt], place: int) -> str:
    """What is said about the assignment body[place]: the string below it, or the comment beside or above it."""
    below = body[place + 1] if place + 1 < len(body) else None
    if isinstance(below, ast.Expr) and isinstance(getattr(below.value, "value", None), str):
        return inspect.cleandoc(below.value.value)
    statement = body[place]
    beside = lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].decode()
    if beside.strip().startswith("#"):
        return beside.strip(" #:")
    above: list[str] = []
    for line in reversed(lines[: statement.lineno - 1]):
        if not line.strip().startswith("#"):
            break
        above.insert(0, line.strip(" #:"))
    return " ".join(above)


def assigned(statement: ast.stmt) -> str:
    """The name that a statement assigns to, or nothing."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


@dataclass(frozen=True)
class Constant:
    """Where a constant is assigned, what is said about it there, and its value as the source writes it."""

    module: ModuleType
    remark: str = ""
    written: str = ""


def constant(module: ModuleType, name: str) -> Constant:
    """A constant of `module`, or of where it is imported from."""
    lines, tree = parsed(module.__file__)
    for place, statement in enumerate(tree.body):
        if assigned(statement) == name and statement.value:
            return Constant(module, remark(lines, tree.body, place), ast.unparse(statement.value))
        for alias in statement.names if isinstance(statement, ast.ImportFrom) else ():
            if (alias.asname or alias.name) == name:
                return constant(importlib.import_module(statement.module), alias.name)
    return Constant(module)


def function_of(value: object) -> object:
    """The function that stands in a class as a method or a property, without its decorators."""
    for inside in ("fget", "func", "__func__"):
        value = getattr(value, inside, value)
    return inspect.unwrap(value)


def own_doc(thing: object) -> str:
    """The docstring written for a thing itself; one inherited, or one that `dataclass` writes, is none."""
    doc = (vars(thing) if isinstance(thing, type) else {"__doc__": thing.__doc__}).get("__doc__") or ""
    by_dataclass = isinstance(thing, type) and doc.startswith(f"{thing.__name__}(")
    return "" if by_dataclass else inspect.cleandoc(doc)


def written_defaults(function: object) -> dict[str, str]:
    """The defaults of a function's arguments as its source writes them: a value may depend on the machine."""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except OSError:  # written by dataclass
        return {}
    arguments = ast.parse(source).body[0].args
    by_place = [*arguments.posonlyargs, *arguments.args]
    last = by_place[len(by_place) - len(arguments.defaults) :]
    names = [argument.arg for argument in (*last, *arguments.kwonlyargs)]
    written = [*arguments.defaults, *arguments.kw_defaults]
    return {name: ast.unparse(default) for name, default in zip(names, written, strict=True) if default}


@dataclass(frozen=True)
class Name:
    """A public name: the package that offers it, and the thing itself."""

    package: str
    name: str
    thing: object

    @property
    def full(self) -> str:
        return f"{self.package}.{self.name}"

    @property
    def kind(self) -> str:
        """What Sphinx calls it: class, exception, function, module or data."""
        if isinstance(self.thing, type):
            return "exception" if issubclass(self.thing, BaseException) else "class"
        if inspect.isfunction(inspect.unwrap(self.thing)):
            return "function"
        return "module" if inspect.ismodule(self.thing) else "data"

    @property
    def module(self) -> ModuleType:
        """Where it is defined."""
        if self.kind == "module":
            return self.thing
        if self.kind == "data":
            return self.constant.module
        return importlib.import_module(self.thing.__module__)

    @property
    def doc(self) -> str:
        return self.constant.remark if self.kind == "data" else own_doc(self.thing)

    @property
    def constant(self) -> Constant:
        return constant(importlib.import_module(self.package), self.name)

    def classes(self) -> list[type]:
        """The class and those of its bases that belong to the library, the bases last."""
        return [c for c in getattr(self.thing, "__mro__", ()) if c.__module__.startswith(LIBRARY)]

    def fields(self) -> dict[str, tuple[str, str]]:
        """The attributes that a class declares: name to annotation and remark."""
        found = {}
        for owner in reversed(self.classes()):
            lines, tree = parsed(inspect.getsourcefile(owner))
            nodes = (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == owner.__name__)
            body = next(nodes).body
            for place, statement in enumerate(body):
                name = assigned(statement)
                if isinstance(statement, ast.AnnAssign | ast.Assign) and not name.startswith("_") and name:
                    annotation = getattr(statement, "annotation", None)
                    found[name] = (
                        ast.unparse(annotation) if annotation else "",
                        remark(lines, body, place),
                    )
        return found

    def methods(self) -> dict[str, object]:
        """Public methods and properties that the library defines, as they stand in the class's dictionary."""
        found: dict[str, object] = {}
        for owner in self.classes():
            for name, value in vars(owner).items():
                if name != "__call__" and name.startswith("_"):
                    continue
                if inspect.isfunction(function_of(value)):
                    found.setdefault(name, value)
        return found


def packages() -> list[str]:
    """Every package of the library that says what is public, along the line of its rooms."""
    library = importlib.import_module(LIBRARY)
    found = [m.name for m in pkgutil.walk_packages(library.__path__, f"{LIBRARY}.") if m.ispkg]
    return sorted(
        (name for name in found if hasattr(importlib.import_module(name), "__all__")),
        key=lambda name: ([*ROOMS, OTHER].index(room(name)), name),
    )


def room(package: str) -> str:
    """The page on which a package is described."""
    part = package.split(".")[1]
    return part if part in ROOMS else OTHER


def names(package: str) -> list[Name]:
    """The public names of a package."""
    module = importlib.import_module(package)
    return [Name(package, name, getattr(module, name)) for name in module.__all__]


def package_doc(package: str) -> str:
    return own_doc(importlib.import_module(package))


def public_names() -> dict[str, str]:
    """From where a class or function is defined to the name under which it is offered."""
    found: dict[str, str] = {}
    for package in packages():
        for name in names(package):
            if name.kind not in ("data", "module"):
                found.setdefault(f"{name.thing.__module__}.{name.thing.__qualname__}", name.full)
    return found


def source(module: ModuleType) -> str:
    """The file of a module, from the root of the repository."""
    root = Path(importlib.import_module(LIBRARY).__file__).parents[1]
    return Path(module.__file__).relative_to(root).as_posix()
