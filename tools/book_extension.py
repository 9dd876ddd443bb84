"""The book's own Sphinx extension.

Chapters are plain Markdown, because Colab opens them too. What a book needs beyond that is added here, at build
time: equation numbers that carry the chapter's number, citations that lead to the bibliography, the words on a
folded proof, the repository's address, MathJax from a package, explorers on other pages and the files that they load.
"""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
import tomllib
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

MATHJAX = Path(sysconfig.get_path("purelib")) / "sphinx-mathjax-offline" / "static" / "mathjax"
# One file draws all equations; these are loaded by it when a formula asks for them.
MATHJAX_PARTS = ("tex-svg.js", "input/tex/extensions", "a11y/assistive-mml.js")
EXPLORERS = Path("vae_course/explorers")


def use_repository(app: Sphinx, config: Config) -> None:
    """Point buttons and the link schemes `repo:` and `colab:` at the address that pyproject.toml gives."""
    project = tomllib.loads((Path(app.srcdir) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project["urls"]["Repository"].rstrip("/")
    config.html_theme_options |= {
        "repository_url": address,
        "repository_branch": "main",
        "use_repository_button": True,
        "use_issues_button": True,
    }
    path = address.removeprefix("https://github.com/")
    config.myst_url_schemes = {
        "http": None,
        "https": None,
        "mailto": None,
        "repo": f"{address}/blob/main/{{{{path}}}}",
        "colab": f"https://colab.research.google.com/github/{path}/blob/main/{{{{path}}}}",
    }


def leave_out_thebe(app: Sphinx) -> None:
    """Disconnect sphinx-thebe, which Jupyter Book always loads: it puts an address outside on every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            entry for entry in listeners if not entry.handler.__module__.startswith("sphinx_thebe")
        ]
    app.registry.css_files[:] = [
        (name, _) for name, _ in app.registry.css_files if name != "sphinx-thebe.css"
    ]


def chapter_number(docname: str) -> str | None:
    """The number in a page's file name: "2" for chapters/02-elbo; None for a page without one."""
    number = re.match(r"(\d+)-", PurePosixPath(docname).name)
    return str(int(number[1])) if number else None


def number_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Number a page's labelled equations (2.1), (2.2) ... by the page's chapter, and elsewhere by its first letter."""
    docname = app.env.docname
    prefix = chapter_number(docname) or PurePosixPath(docname).name[0].upper()
    if not docname.startswith("chapters/") and chapter_number(docname):
        prefix = f"E{prefix}"  # an exercise sheet
    equations = app.env.get_domain("math").equations
    labelled = [node for node in doctree.findall(nodes.math_block) if node.get("label")]
    for count, node in enumerate(labelled, start=1):
        node["number"] = f"{prefix}.{count}"
        equations[node["label"]] = (docname, node["number"])


def keep_punctuation(app: Sphinx, doctree: nodes.document) -> None:
    """Hold a formula and the punctuation after it together: browsers would break the line between the two."""
    for formula in list(doctree.findall(nodes.math)):
        parent, place = formula.parent, formula.parent.index(formula)
        after = parent[place + 1] if place + 1 < len(parent) else None
        marks = re.match(r"[,.;:!?)]+", after) if isinstance(after, nodes.Text) else None
        if marks:
            together = nodes.inline("", "", formula.deepcopy(), nodes.Text(marks[0]), classes=["together"])
            parent[place : place + 2] = [together, nodes.Text(after[marks.end() :])]


def name_folds(app: Sphinx, doctree: nodes.document) -> None:
    """Say on each fold what is in it: the proof of a `prove(...)` cell, or the code."""
    for node in doctree.findall(nodes.container):
        if node.get("hide_mode") == "output" and re.match(r"prove\(", node.astext()):
            node["prompt_show"], node["prompt_hide"] = "Show the proof", "Hide the proof"
        elif node.get("hide_mode") == "input":
            node["prompt_show"], node["prompt_hide"] = "Show the code", "Hide the code"


def link_exercises(app: Sphinx, doctree: nodes.document) -> None:
    """Lead a chapter's link to its exercise notebook to the page that shows these exercises."""
    for node in doctree.findall(addnodes.pending_xref):
        sheet = f"book/{node['reftarget']}"
        if node["reftarget"].startswith("exercises/") and sheet in app.env.found_docs:
            node["reftarget"] = sheet


def link_citations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Lead a link to a paper's address to the paper's entry in the bibliography, which has the address in turn."""
    domain = app.env.get_domain("cite")
    entries = domain.bibdata.data.entries
    keys = {entry.fields["url"]: key for key, entry in entries.items() if "url" in entry.fields}
    citations = {citation.key: citation for citation in domain.citations}
    for node in doctree.findall(nodes.reference):
        citation = citations.get(keys.get(node.get("refuri")))
        if citation is not None and citation.bibliography_key.docname != docname:
            page = app.builder.get_relative_uri(docname, citation.bibliography_key.docname)
            node["refuri"] = f"{page}#{citation.citation_id}"
            node["internal"] = True


class ShownExplorer(SphinxDirective):
    """`{explorer} chapters/04-digits latent-plane`: an explorer on another page, from the notebook of the chapter."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        chapter, kind = self.arguments
        path = Path(self.env.srcdir) / f"{chapter}.ipynb"
        if not path.exists():
            raise self.error(f"there is no {path.name} to take an explorer from")
        self.env.note_dependency(str(path))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                if f'class="vae-explorer" data-kind="{kind}"' in html:
                    return [nodes.raw("", html, format="html")]
        raise self.error(f"{path.name} shows no explorer {kind}")


def serve_explorers(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take from an explorer's output what only a notebook must carry, and write its models to files.

    What is left are a picture and settings. The page's first explorer brings the scripts, once for all; each model is
    loaded by them when its explorer comes into view.
    """
    if app.builder.format != "html":
        return
    served: set[str] = set()
    folder = "../" * docname.count("/") + EXPLORERS.name
    for node in list(doctree.findall(nodes.raw)):
        shown, carried, rest = node.astext().partition("<!-- explorer: carried by a notebook -->")
        if not carried:
            continue
        for name, script in re.findall(
            r'<script data-model="([\w-]+)">(.*?)</script>', rest, flags=re.DOTALL
        ):
            target = Path(app.outdir) / EXPLORERS.name / "models" / f"{name}.js"
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and target.read_text(encoding="utf-8") != script:
                raise ExtensionError(
                    f"{docname}: another page carries another model {name}. Execute both again."
                )
            target.write_text(script, encoding="utf-8")
        kind = re.search(r'data-kind="([\w-]+)"', shown)[1]
        parts = [part for part in ("net.js", "stage.js", f"{kind}.js") if part not in served]
        style = "" if served else f'<link rel="stylesheet" href="{folder}/style.css">\n'
        served.update(parts)
        scripts = [f'<script defer src="{folder}/{part}"></script>\n' for part in parts]
        text = shown + style + "".join(scripts)
        node.replace_self(nodes.raw("", text, format="html", classes=node["classes"]))


def copy_explorers(app: Sphinx, exception: Exception | None) -> None:
    """Put the explorers' scripts and style beside the pages of a project that has any."""
    source = Path(app.srcdir) / EXPLORERS / "front"
    if exception is None and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir) / EXPLORERS.name, dirs_exist_ok=True)


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Put the parts of MathJax that the pages use beside them, so that no page asks the network for them."""
    if exception is not None or app.builder.format != "html":
        return
    if not MATHJAX.is_dir():
        raise ExtensionError(f"MathJax is not at {MATHJAX}: pip install sphinx-mathjax-offline")
    for part in MATHJAX_PARTS:
        source, target = MATHJAX / part, Path(app.outdir) / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def setup(app: Sphinx) -> dict[str, object]:
    leave_out_thebe(app)
    app.add_directive("explorer", ShownExplorer)
    app.connect("config-inited", use_repository, priority=400)
    app.connect("doctree-read", number_equations)
    app.connect("doctree-read", keep_punctuation)
    app.connect("doctree-read", name_folds)
    app.connect("doctree-read", link_exercises)
    app.connect("doctree-resolved", link_citations)
    app.connect("doctree-resolved", serve_explorers)
    app.connect("build-finished", copy_explorers)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
