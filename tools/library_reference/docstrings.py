"""Docstrings to nodes of a page.

Docstrings are plain text. Only backticks, lists, indented examples, addresses and Google's headings mean something;
an asterisk or a bar is an asterisk or a bar. This is why Sphinx's autodoc, which reads reStructuredText, is not used.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

from docutils import nodes
from sphinx import addnodes

HEADING = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Examples?):")
ENTRY = re.compile(r"(\*{0,2}\w[\w.]*(?:, \*{0,2}\w[\w.]*)*): (.*)")
INLINE = re.compile(r"(`{1,2})(?P<code>.+?)\1|(?P<address>https?://[^\s<>()]*[^\s<>().,;:])|(?P<arrow>->)")
ITEM = re.compile(r"(-|\d+\.) +")


@dataclass(frozen=True)
class Section:
    """A part of a docstring: its paragraphs, or the entries under a heading such as Args."""

    heading: str = ""
    lines: list[str] = field(default_factory=list)

    def entries(self) -> list[tuple[str, str]]:
        """The `name: text` entries, in order; a line indented deeper goes on with the entry above it."""
        found: list[tuple[str, str]] = []
        for line in self.lines:
            entry = None if line.startswith(" ") else ENTRY.match(line)
            if entry:
                found.append((entry[1], entry[2]))
            elif found and line:
                found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        return found


def sections(docstring: str) -> list[Section]:
    """The parts of a docstring; text that returns to the margin after an indented part is prose again."""
    parts = [Section()]
    for line in inspect.cleandoc(docstring).splitlines():
        if HEADING.fullmatch(line):
            parts.append(Section(line[:-1]))
            continue
        if parts[-1].heading and line and not line.startswith(" "):
            parts.append(Section())
        parts[-1].lines.append(line)
    return [Section(p.heading, inspect.cleandoc("\n".join(["", *p.lines])).splitlines()) for p in parts]


class Text:
    """Plain text to nodes; the names of the library in backticks lead to their entries."""

    def __init__(self, targets: dict[str, str], mine: set[str] = frozenset()) -> None:
        self.targets = {short: full for short, full in targets.items() if short not in mine}

    def inline(self, text: str) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        end = 0
        for match in INLINE.finditer(text):
            found.append(nodes.Text(text[end : match.start()]))
            end = match.end()
            if match["address"]:
                found.append(nodes.reference("", match["address"], refuri=match["address"]))
                continue
            if match["arrow"]:  # else a line may end within it
                found.append(nodes.inline("", "->", classes=["together"]))
                continue
            code = nodes.literal("", match["code"].strip())
            target = self.targets.get(match["code"].strip())
            found.append(cross_reference(target, code) if target else code)
        return [*found, nodes.Text(text[end:])]

    def paragraph(self, lines: list[str]) -> nodes.paragraph:
        return nodes.paragraph("", "", *self.inline(" ".join(line.strip() for line in lines)))

    def items(self, lines: list[str]) -> nodes.Element:
        """A list, bulleted or numbered; a line without a mark goes on with the item above it."""
        kind = nodes.bullet_list if lines[0].startswith("-") else nodes.enumerated_list
        texts: list[list[str]] = []
        for line in lines:
            if ITEM.match(line):
                texts.append([])
            texts[-1].append(ITEM.sub("", line, count=1))
        return kind("", *(nodes.list_item("", self.paragraph(item)) for item in texts))

    def blocks(self, lines: list[str]) -> list[nodes.Node]:
        """Paragraphs, lists, and what is indented as it stands."""
        found: list[nodes.Node] = []
        for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
            rows = block.splitlines()
            if not block.strip():
                continue
            if block.startswith((" ", ">>>")):
                code = inspect.cleandoc("\n" + block)
                found.append(nodes.literal_block(code, code, language="python" if ">>>" in code else "text"))
                continue
            start = next((i for i, row in enumerate(rows) if ITEM.match(row)), len(rows))
            found += [self.paragraph(rows[:start])] if start else []
            found += [self.items(rows[start:])] if rows[start:] else []
        return found

    def entries(self, entries: list[tuple[str, str, str]]) -> nodes.definition_list:
        """Terms with their types and their explanations."""
        listed = nodes.definition_list()
        for name, annotation, text in entries:
            term = nodes.term("", "", nodes.literal("", name))
            if annotation:
                term += [nodes.Text(" "), nodes.inline("", annotation, classes=["type"])]
            definition = nodes.definition("", *(self.blocks([text]) if text else ()))
            listed += nodes.definition_list_item("", term, definition)
        return listed

    def docstring(self, doc: str, fields: dict[str, tuple[str, str]] | None = None) -> list[nodes.Node]:
        """A docstring; `fields` that it does not explain are listed with their own remarks."""
        parts, fields = sections(doc), fields or {}
        found: list[nodes.Node] = []
        told: set[str] = set()
        for part in parts:
            entries = part.entries() if part.heading in ("Args", "Attributes", "Raises") else []
            told |= {name.lstrip("*") for names, _ in entries for name in names.split(", ")}
            types = {name: annotation for name, (annotation, _) in fields.items()}
            listed = [(name, types.get(name, ""), text) for name, text in entries]
            content = [self.entries(listed)] if listed else self.blocks(part.lines)
            found += [under(part.heading, content)] if part.heading else content
        left = [(name, *about) for name, about in fields.items() if name not in told]
        return [*found, under("Attributes", [self.entries(left)])] if left else found


def under(heading: str, content: list[nodes.Node]) -> nodes.container:
    title = nodes.paragraph("", "", nodes.strong("", heading), classes=["part"])
    return nodes.container("", title, *content, classes=["docstring-part"])


def cross_reference(target: str, shown: nodes.Node) -> addnodes.pending_xref:
    return addnodes.pending_xref("", shown, refdomain="py", reftype="obj", reftarget=target, refwarn=True)
