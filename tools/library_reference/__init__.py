"""The reference of the library, for Sphinx: a page a room, made from the docstrings when the book is built.

`library` knows what is public and `docstrings` makes nodes of text; here are the two directives of the pages,
`library-room` (all of one room) and `library-names` (the names of all rooms).
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import cached_property

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import inspect as sphinx_inspect
from sphinx.util.docutils import SphinxDirective

from . import library
from .docstrings import Text, cross_reference
from .library import Name

LONGEST_VALUE = 200  # characters of a constant that are shown


class Written(str):
    """A default as the source writes it."""

    __repr__ = str.__str__


def parameters(function: object, *, bound: bool, returns: bool = True) -> str:
    """A signature as Sphinx reads it, types without their modules."""
    signature = sphinx_inspect.signature(function, bound_method=bound)
    defaults = library.written_defaults(function)
    signature = signature.replace(
        parameters=[
            p.replace(default=Written(defaults[p.name])) if p.name in defaults else p
            for p in signature.parameters.values()
        ]
    )
    text = sphinx_inspect.stringify_signature(
        signature, show_return_annotation=returns, unqualified_typehints=True
    )
    text = re.sub(r"= <[^<>]*>", "= ...", text)  # the default of a field that is made afresh
    text = re.sub(
        rf"~(?!{library.LIBRARY}\.)[\w.]*\.([A-Z]\w*)", r"\1", text
    )  # ours become links, others only names
    return text.replace("~torch.", "torch.")


def own_signature(kind: type) -> str:
    """What a class is called with; nothing where a class outside of the library says it."""
    for name in ("__init__", "__new__"):
        owner, maker = next(c for c in kind.__mro__ if name in vars(c)), getattr(kind, name)
        ours = owner.__module__.startswith(library.LIBRARY) and maker.__module__ not in ("typing", "enum")
        if ours and inspect.isfunction(maker):
            return parameters(maker, bound=True, returns=False)
    return ""


class LibraryRoom(SphinxDirective):
    """All public names of the packages of one room."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        shown = [package for package in library.packages() if library.room(package) == self.arguments[0]]
        if not shown:
            raise self.error(f"no package of the library belongs to {self.arguments[0]!r}")
        return [self.package(package) for package in shown]

    def package(self, package: str) -> nodes.section:
        names = library.names(package)
        targets = {name.name: name.full for name in names if name.kind != "data"}
        title = nodes.title("", "", nodes.literal("", package))
        section = nodes.section("", title, ids=[package], names=[package], support_smartquotes=False)
        domain = self.env.get_domain("py")
        domain.note_module(package, package, "", "", False)
        domain.note_object(package, "module", package, location=section)
        section += Text(targets).docstring(library.package_doc(package))
        self.env.ref_context["py:module"] = package
        for name in names:
            section += self.entry(name, targets)
        self.env.ref_context.pop("py:module")
        return section

    def entry(self, name: Name, targets: dict[str, str]) -> list[nodes.Node]:
        """The description of one public name."""
        options, signature = {}, name.name
        if name.kind == "function":
            signature += parameters(name.thing, bound=False)
        elif isinstance(name.thing, type):
            signature += own_signature(name.thing)
        elif name.kind == "data":
            value = name.constant.written
            options["value"] = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]} ..."
        kind = "data" if name.kind == "module" else name.kind
        index, described = self.describe(kind, signature, options)
        content = described[-1]
        content += self.source(name)
        arguments = set(re.findall(r"\w+", signature))
        content += Text(targets, arguments).docstring(name.doc, name.fields())
        for method, value in name.methods().items():
            content += self.method(name, method, value, targets)
        return [index, described]

    def method(self, name: Name, method: str, value: object, targets: dict[str, str]) -> list[nodes.Node]:
        """The description of a method or property inside that of its class."""
        options: dict[str, object] = {"no-contents-entry": None}
        signature, kind = method, "method"
        if isinstance(value, property | cached_property):
            kind, function = "property", library.function_of(value)
            _, arrow, returned = parameters(function, bound=True).rpartition(" -> ")
            options |= {"type": returned} if arrow else {}
        else:
            function = library.function_of(value)
            if isinstance(value, classmethod | staticmethod):
                options[type(value).__name__] = None
            signature += parameters(function, bound=not isinstance(value, staticmethod))
        self.env.ref_context["py:class"] = name.name
        index, described = self.describe(kind, signature, options)
        self.env.ref_context.pop("py:class")
        arguments = set(re.findall(r"\w+", signature))
        described[-1].extend(Text(targets, arguments).docstring(library.own_doc(function)))
        return [index, described]

    def describe(self, kind: str, signature: str, options: dict[str, object]) -> list[nodes.Node]:
        """Sphinx's own description of a Python object, still without content."""
        role = f"py:{kind}"
        directive = self.env.get_domain("py").directive(kind)
        index, described = directive(
            role,
            [signature],
            options,
            StringList(),
            self.lineno,
            self.content_offset,
            role,
            self.state,
            self.state_machine,
        ).run()
        public = library.public_names()
        for reference in list(described.findall(addnodes.pending_xref)):
            target = public.get(reference["reftarget"])
            shown = nodes.inline("", "", *reference.children)
            reference.replace_self(cross_reference(target, shown) if target else shown)
        return [index, described]

    def source(self, name: Name) -> nodes.paragraph:
        """The file that defines a name, in the repository."""
        path = library.source(name.module)
        address = self.config.myst_url_schemes["repo"].replace("{{path}}", path)
        return nodes.paragraph("", "", nodes.reference("", path, refuri=address), classes=["source"])


class LibraryNames(SphinxDirective):
    """Every package, what it is for, and its public names."""

    def run(self) -> list[nodes.Node]:
        listed = nodes.definition_list(classes=["library-names"], support_smartquotes=False)
        for package in library.packages():
            names = library.names(package)
            term = nodes.term("", "", cross_reference(package, nodes.literal("", package)))
            line = nodes.paragraph(classes=["names"])
            for name in names:
                line += [cross_reference(name.full, nodes.literal("", name.name)), nodes.Text(" ")]
            summary = Text({}).docstring(library.package_doc(package))[:1]
            listed += nodes.definition_list_item("", term, nodes.definition("", *summary, line))
        return [listed]


def open_contents(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """List the names, not only the packages, in the contents beside a page of the reference."""
    if page.startswith("book/reference/"):
        context["theme_show_toc_level"] = 2


def setup(app: Sphinx) -> dict[str, object]:
    sys.path.insert(0, str(app.srcdir))  # the book shows the library beside it, whatever is installed
    app.add_directive("library-room", LibraryRoom)
    app.add_directive("library-names", LibraryNames)
    app.connect("html-page-context", open_contents)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
