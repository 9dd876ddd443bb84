"""Keep each chapter's text (MyST Markdown) and its executed twin (`.ipynb`) one thing.

    python tools/twins.py sync    [chapter ...]   carry the text to the twins; outputs stay where code did;
                                                  stamp the install cell on the exercises' sources too
    python tools/twins.py execute [chapter ...]   run what is stale; rewrite only if every cell passed
    python tools/twins.py check   [chapter ...]   name what is stale; exit 1 if anything is

People edit `chapters/NN-name.md`. The twin is what Colab opens and what the book shows. It records what its
outputs came from: a hash of its code, a hash of each library module it imported, the budget.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import atexit
import copy
import hashlib
import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from vae_course.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "vae_course"
RECORD = "vae_course"  # key of our record in a twin's metadata
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
COMMITTED_BUDGETS = ("reader", "full")  # a twin run at the smoke budget is never what the book shows
CELL_TIMEOUT = 3600  # seconds
FRONT = ROOT / PACKAGE / "explorers" / "front"
CARRIED = "<!-- explorer: carried by a notebook -->"  # as vae_course.explorers writes it

INSTALL = """\
# In Colab this installs the course's library; elsewhere it is already here.
import importlib.util

if importlib.util.find_spec("vae_course") is None:
    %pip install -q "git+{repository}"
"""

# Run in the chapter's kernel after its last cell; prints what the twin and the results file record.
EPILOGUE = """\
def _epilogue():
    import importlib.metadata, json, platform, sys

    run, results = globals().get("run"), globals().get("results")
    registry = sys.modules.get("PACKAGE.symbolic.registry")
    versions = {"python": platform.python_version()}
    for package in ("torch", "numpy", "scikit-learn", "mlxtend", "sympy"):
        if {"scikit-learn": "sklearn"}.get(package, package) in sys.modules:
            versions[package] = importlib.metadata.version(package)
    device = None
    if run is not None:
        import torch

        device = f"cpu ({torch.get_num_threads()} threads)"
        if run.device.type == "cuda":
            device = torch.cuda.get_device_name(run.device)
    print(json.dumps({
        "modules": sorted(name for name in sys.modules if name.split(".")[0] == "PACKAGE"),
        "equations": {label: e.worlds.__module__ for label, e in registry.equations().items()} if registry else {},
        "budget": getattr(run, "budget", None),
        "seed": getattr(run, "seed", None),
        "device": device,
        "versions": versions,
        "results": results,
    }, allow_nan=False))

_epilogue()
""".replace("PACKAGE", PACKAGE)


@dataclass(frozen=True)
class Chapter:
    """One chapter of the project at `root`: its text, its twin, its results file."""

    root: Path
    name: str

    @property
    def text(self) -> Path:
        return self.root / "chapters" / f"{self.name}.md"

    @property
    def twin(self) -> Path:
        return self.text.with_suffix(".ipynb")

    @property
    def results(self) -> Path:
        return self.root / "chapters" / "results" / f"{self.name}.json"


@dataclass(frozen=True)
class Finding:
    """Something of a chapter that is not up to date, and what mends it: sync, execute or delete."""

    chapter: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.chapter}: {self.what} ({self.remedy})"


class ChapterError(Exception):
    """A cell raised, hung or killed its kernel. The message names chapter, cell and error."""


def chapters(root: Path, names: Sequence[str] = ()) -> list[Chapter]:
    """The named chapters (stems, or paths of texts or twins), or all. SystemExit for one without a text."""
    known = {path.stem: Chapter(root, path.stem) for path in sorted((root / "chapters").glob("*.md"))}
    wanted = [Path(name).name.removesuffix(".md").removesuffix(".ipynb") for name in names] or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"No chapter {', '.join(unknown)}. There are: {', '.join(known) or 'none'}.")
    return [known[name] for name in wanted]


def exercises(root: Path) -> list[Path]:
    """Sources of the exercise sets. Their first cell is the chapters'; `make exercises` makes the rest from them."""
    return sorted((root / "exercises" / "source").glob("*.md"))


# Text
# ----


def repository(root: Path) -> str:
    """The repository's address, from its one place in pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]["urls"]["Repository"].rstrip("/")


def install_cell(root: Path) -> str:
    """Source of every chapter's first code cell."""
    return INSTALL.format(repository=repository(root)).rstrip("\n")


def stamped(text: str, install: str) -> str:
    """The text with `install` as its first code cell: in place of an older one, else before the first."""
    fence = re.search(r"^```\{code-cell\}.*?^```[ \t]*$", text, flags=re.MULTILINE | re.DOTALL)
    if fence is None:
        return text
    cell = f"```{{code-cell}} ipython3\n{install}\n```"
    if f'find_spec("{PACKAGE}")' in fence.group():
        # The cell's own options (tags) stand before its source and stay.
        options = re.match(
            r"^(```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n|(?::[^\n]*\n)*\n?))", fence.group(), re.M | re.S
        )
        cell = f"{options.group(1)}{install}\n```"
    else:
        cell += "\n\n" + fence.group()
    return text[: fence.start()] + cell + text[fence.end() :]


def read_text(chapter: Chapter) -> NotebookNode:
    """The notebook that a chapter's text, stamped, describes: no outputs, ids derived from content."""
    source = chapter.text.read_text(encoding="utf-8")
    notebook = jupytext.reads(stamped(source, install_cell(chapter.root)), fmt="md:myst")
    header = notebook.metadata.get("jupytext", {}).get("text_representation", {})
    if not re.search(r"^\s+format_name: myst$", source, flags=re.MULTILINE):
        raise SystemExit(f"{chapter.text}: the header lacks `text_representation: format_name: myst`.")
    header.pop("jupytext_version", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        content = f"{cell.cell_type}\n{cell.source}"
        seen[content] = seen.get(content, 0) + 1
        cell.id = digest(f"{content}\n{seen[content]}")
    return notebook


# Twin
# ----


def merged(text: NotebookNode, twin: NotebookNode | None) -> NotebookNode:
    """`text`, changed in place: with the outputs `twin` stores for the same code cells, and its record."""
    if twin is None:
        return text
    stored = {cell.id: cell for cell in twin.cells if cell.cell_type == "code"}
    for cell in code_cells(text):
        if cell.id in stored:
            cell.outputs = [with_scripts(output) for output in stored[cell.id].outputs]
            cell.execution_count = stored[cell.id].execution_count
    if RECORD in twin.metadata:
        text.metadata[RECORD] = {**twin.metadata[RECORD]}
        if code_digest(text) != code_digest(twin):
            # Outputs were dropped, so not even going back to the old code makes the twin whole.
            text.metadata[RECORD]["code"] = None
    return text


def with_scripts(output: NotebookNode) -> NotebookNode:
    """A copy of an output; if it is an explorer, with the style and the scripts as they are now.

    These are the same for every reader and every run, so a change of them asks for no execution. Models, picture and
    settings stay.
    """
    output = copy.deepcopy(output)
    shown, mark, carried = output.get("data", {}).get("text/html", "").partition(CARRIED)
    if mark:
        kind = re.search(r'data-kind="([\w-]+)"', shown)[1]
        models = re.findall(r'<script data-model="[\w-]+">.*?</script>', carried, flags=re.DOTALL)
        style, *scripts = (
            (FRONT / name).read_text(encoding="utf-8")
            for name in ("style.css", "net.js", "stage.js", f"{kind}.js")
        )
        net, *others = (f"<script>\n{script}</script>" for script in scripts)
        parts = [f"<style>\n{style}</style>", net, *models, *others, ""]
        output.data["text/html"] = "\n".join([shown.rstrip("\n"), mark, *parts])
    return output


def read_twin(chapter: Chapter) -> NotebookNode | None:
    return nbformat.read(chapter.twin, as_version=4) if chapter.twin.exists() else None


def dumps(notebook: NotebookNode) -> str:
    """The bytes of a twin, the same for the same notebook."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT, indent=1).rstrip("\n") + "\n"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def normalise(notebook: NotebookNode) -> None:
    """Remove what changes from run to run and is no result: progress bars, widgets, times."""
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        cell.outputs = [output for output in map(_normalised, _joined(cell.outputs)) if output is not None]
    notebook.metadata.pop("widgets", None)


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs with each stream in one piece: how often the kernel flushed it varies."""
    joined, streams = [], {}
    for output in outputs:
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
        else:
            joined.append(output)
            if output.output_type == "stream":
                streams[output.name] = output
    return joined


def _normalised(output: NotebookNode) -> NotebookNode | None:
    if output.output_type == "stream":
        # A progress bar redraws its line after a carriage return; only lines that never did are output.
        lines = re.findall(r"[^\n]*\n|[^\n]+", output.text)
        output.text = "".join(line for line in lines if "\r" not in line)
        return output if output.text.strip() else None
    if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
        return None
    if output.output_type == "execute_result":
        output.execution_count = None
    return output


# What outputs came from
# ----------------------


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def results_digest(results: str) -> str:
    """Hash of a results file without the seconds it took, which differ each time."""
    return digest(re.sub(r'"seconds": \d+', "", results))


def code_digest(notebook: NotebookNode) -> str:
    """Hash of the notebook's code cells, in order."""
    return digest("\0".join(cell.source for cell in code_cells(notebook)))


def module_digest(source: str) -> str:
    """Hash of a module's syntax tree: blind to comments, docstrings and layout, the same on every Python."""

    def plain(node: object) -> object:
        if isinstance(node, ast.AST):
            # Python versions differ in which empty fields they list.
            fields = [
                (name, plain(value)) for name, value in ast.iter_fields(node) if value not in (None, [])
            ]
            return [type(node).__name__, fields]
        return [plain(item) for item in node] if isinstance(node, list) else repr(node)

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                del node.body[0]
        elif isinstance(node, ast.JoinedStr):
            # Python 3.12 puts an empty string at the end of some format specifications.
            node.values = [value for value in node.values if getattr(value, "value", None) != ""]
    return digest(json.dumps(plain(tree)))


def module_source(root: Path, module: str) -> str | None:
    """The text of a library module as it is in the project now; None for one that is gone."""
    base = root.joinpath(*module.split("."))
    paths = [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()]
    return paths[0].read_text(encoding="utf-8") if paths else None


def module_digests(root: Path, modules: Iterable[str]) -> dict[str, str]:
    """Hash of each library module as it is in the project now; "missing" for one that is gone."""
    sources = {module: module_source(root, module) for module in modules}
    return {module: "missing" if text is None else module_digest(text) for module, text in sources.items()}


def relevant(
    root: Path, modules: Sequence[str], equations: Mapping[str, str], notebook: NotebookNode
) -> list[str]:
    """The modules without those of equations that this chapter neither proves nor builds upon.

    All equations are imported together, and a change of one is no reason to run every chapter again.

    Args:
        root: of the project.
        modules: what the chapter's kernel had imported.
        equations: the module of each registered equation, by label.
        notebook: the chapter.
    """
    shelves = set(equations.values())
    code = "\n".join(cell.source for cell in code_cells(notebook))
    proved = re.findall(r"""prove\(\s*["']([\w-]+)["']""", code)
    waiting, needed = [equations[label] for label in proved if label in equations], set()
    while waiting:
        module = waiting.pop()
        if module not in needed:
            needed.add(module)
            tree = ast.parse(module_source(root, module) or "")
            imports = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            waiting += [name for name in imports if name in shelves]
    return [module for module in modules if module not in shelves - needed]


def findings(root: Path, names: Sequence[str] = (), budget: str | None = None) -> list[Finding]:
    """All that is stale in the named chapters (default all); with `budget`, also twins run at another one."""
    found = [finding for chapter in chapters(root, names) for finding in _chapter_findings(chapter, budget)]
    if not names:
        install = install_cell(root)
        for path in exercises(root):
            source = path.read_text(encoding="utf-8")
            if stamped(source, install) != source:
                what = "the first code cell is not the install cell"
                found.append(Finding(f"exercises/{path.stem}", what, "sync"))
        for twin in sorted((root / "chapters").glob("*.ipynb")):
            if not twin.with_suffix(".md").exists():
                found.append(Finding(twin.stem, "a twin without a text", "delete"))
    return found


def _chapter_findings(chapter: Chapter, budget: str | None) -> list[Finding]:
    text, twin = read_text(chapter), read_twin(chapter)
    found = []

    def add(what: str, remedy: str) -> None:
        found.append(Finding(chapter.name, what, remedy))

    source = chapter.text.read_text(encoding="utf-8")
    if stamped(source, install_cell(chapter.root)) != source:
        add("the first code cell is not the install cell", "sync")
    if twin is None:
        return [*found, Finding(chapter.name, "no twin", "execute")]
    record = twin.metadata.get(RECORD)
    if record is None:
        add("never executed", "execute")
    else:
        if record["code"] != code_digest(text):
            add("its code changed since it was executed", "execute")
        now = module_digests(chapter.root, record["modules"])
        changed = [module for module, value in record["modules"].items() if now[module] != value]
        if changed:
            add(f"the library changed since it was executed: {', '.join(changed)}", "execute")
        if record["budget"] not in COMMITTED_BUDGETS:
            add(f"executed at the {record['budget']} budget", "execute")
        elif budget is not None and record["budget"] != budget:
            add(f"executed at the {record['budget']} budget, not {budget}", "execute")
        stored = (
            results_digest(chapter.results.read_text(encoding="utf-8")) if chapter.results.exists() else None
        )
        if record["results"] != stored:
            add("its results file is not the one that executing wrote", "execute")
    if dumps(merged(text, twin)) != chapter.twin.read_text(encoding="utf-8"):
        add("text and twin differ", "sync")
    return found


# Commands
# --------


def sync(root: Path, names: Sequence[str] = ()) -> list[Path]:
    """Stamp the texts and carry them to the twins; without names, stamp the exercises. Returns what changed."""
    install = install_cell(root)
    stamp = {path: stamped(path.read_text(encoding="utf-8"), install) for path in exercises(root)}
    changed = write_all(stamp if not names else {})
    for chapter in chapters(root, names):
        changed += write_all({chapter.text: stamped(chapter.text.read_text(encoding="utf-8"), install)})
        changed += write_all({chapter.twin: dumps(merged(read_text(chapter), read_twin(chapter)))})
    return changed


def execute(
    root: Path, names: Sequence[str] = (), *, jobs: int = 2, budget: str = "reader", force: bool = False
) -> list[Path]:
    """Run the stale chapters, `jobs` at a time; write all their twins and results, or none of them.

    Returns the files written. Raises ChapterError at the first cell that fails, in whichever chapter.
    """
    stale = {finding.chapter for finding in findings(root, names, budget) if finding.remedy == "execute"}
    due = [chapter for chapter in chapters(root, names) if force or chapter.name in stale]
    files = asyncio.run(_execute_all(due, jobs, budget)) if due else {}
    written = write_all(files)
    for chapter in due:
        if budget in COMMITTED_BUDGETS and chapter.results not in files:
            chapter.results.unlink(missing_ok=True)
    return written + sync(root, names)


async def _execute_all(due: Sequence[Chapter], jobs: int, budget: str) -> dict[Path, str]:
    slots = asyncio.Semaphore(jobs)
    # Kernels that fight for a core are many times slower: each gets its share.
    threads = max(1, (os.cpu_count() or 1) // min(jobs, len(due)))
    total = sum(len(code_cells(read_text(chapter))) for chapter in due)
    with tqdm(total=total, desc="chapters", unit="cell", dynamic_ncols=True) as bar:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_execute_one(chapter, slots, budget, threads, bar)) for chapter in due
                ]
        except* ChapterError as failures:
            raise failures.exceptions[0] from None
    return {path: content for task in tasks for path, content in task.result().items()}


async def _execute_one(
    chapter: Chapter, slots: asyncio.Semaphore, budget: str, threads: int, bar: tqdm
) -> dict[Path, str]:
    """Run one chapter in a fresh kernel and an empty folder. Returns the files to write: twin and results."""
    notebook = read_text(chapter)
    notebook.cells.append(nbformat.v4.new_code_cell(EPILOGUE))
    # The kernel sees this project's library before an installed one.
    path = os.pathsep.join(filter(None, [str(chapter.root), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "VAE_COURSE_BUDGET": budget, "PYTHONPATH": path}
    environment.setdefault("OMP_NUM_THREADS", str(threads))
    async with slots:
        began = perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            client = NotebookClient(
                notebook,
                timeout=CELL_TIMEOUT,
                resources={"metadata": {"path": folder}},
                extra_arguments=["--log-level=ERROR"],
            )
            try:
                async with client.async_setup_kernel(env=environment):
                    await _run_cells(chapter, client, bar)
            finally:
                # nbclient forgets this when it is interrupted, and then complains at exit.
                atexit.unregister(client._cleanup_kernel)
        seconds = perf_counter() - began
    printed = "".join(
        output.text for output in notebook.cells.pop().outputs if output.get("name") == "stdout"
    )
    return _files(chapter, notebook, json.loads(printed), budget, seconds)


async def _run_cells(chapter: Chapter, client: NotebookClient, bar: tqdm) -> None:
    """Execute the code cells of the client's notebook, the epilogue last. Raises ChapterError at the first failure."""
    cells = [(index, cell) for index, cell in enumerate(client.nb.cells) if cell.cell_type == "code"]
    for count, (index, cell) in enumerate(cells, start=1):
        bar.set_postfix_str(f"{chapter.name} {min(count, len(cells) - 1)}/{len(cells) - 1}")
        try:
            await client.async_execute_cell(cell, index)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            # nbclient reports being cancelled as a dead kernel.
            if asyncio.current_task().cancelling():
                raise asyncio.CancelledError from None
            raise ChapterError(_failure(chapter, count, len(cells), cell, error)) from None
        bar.update(count < len(cells))


def _files(
    chapter: Chapter, notebook: NotebookNode, report: dict, budget: str, seconds: float
) -> dict[Path, str]:
    """The twin and the results file of an executed chapter, from the kernel's last `report`."""
    budget = report["budget"] or budget
    files = {}
    if report["results"] is not None and budget in COMMITTED_BUDGETS:
        recipe = {"budget": budget, **{key: report[key] for key in ("seed", "device", "versions")}}
        content = {"recipe": {**recipe, "seconds": round(seconds)}, "results": report["results"]}
        files[chapter.results] = json.dumps(content, indent=2) + "\n"
    normalise(notebook)
    notebook.metadata[RECORD] = {
        "budget": budget,
        "code": code_digest(notebook),
        "modules": module_digests(
            chapter.root, relevant(chapter.root, report["modules"], report["equations"], notebook)
        ),
        "results": results_digest(files[chapter.results]) if files else None,
    }
    files[chapter.twin] = dumps(notebook)
    return files


def _failure(chapter: Chapter, count: int, total: int, cell: NotebookNode, error: Exception) -> str:
    """What failed, for a person: chapter, cell, error, the cell's code and the end of the traceback."""
    where = f"code cell {count} of {total - 1}"
    if count == total:
        where = "after the last cell (`results` must be a dict of plain finite numbers and strings)"
    lines = [f"{chapter.text.relative_to(chapter.root)}, {where}"]
    if isinstance(error, CellExecutionError):
        lines[0] += f": {error.ename}: {error.evalue}"
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback).rstrip().splitlines()[-12:]
    else:
        lines[0] += ": " + ("timed out" if isinstance(error, CellTimeoutError) else "the kernel died")
        traceback = []
    if count < total:
        lines += ["", *("    " + line for line in cell.source.splitlines())]
    return "\n".join([*lines, "", *traceback]).rstrip()


def write_all(files: dict[Path, str]) -> list[Path]:
    """Write the files whose content changed: all contents reach the disk, then each file is replaced."""
    changed = {
        path: text
        for path, text in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    write_whole(changed)
    return list(changed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("sync", "execute", "check"))
    parser.add_argument("chapters", nargs="*", metavar="chapter", help="such as 02-elbo; default all")
    parser.add_argument("--jobs", type=int, default=2, help="chapters executed at the same time (default 2)")
    parser.add_argument("--force", action="store_true", help="execute chapters that are up to date too")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    options = parser.parse_intermixed_args(arguments)
    root = options.root.resolve()
    if options.command == "check":
        found = findings(root, options.chapters)
        print(*found or ["All twins are up to date."], sep="\n")
        if found:
            print("\nMend with: python tools/twins.py sync|execute [chapter ...]")
        return 1 if found else 0
    if options.command == "sync":
        written = sync(root, options.chapters)
    else:
        budget = os.environ.get("VAE_COURSE_BUDGET", "reader")
        try:
            written = execute(root, options.chapters, jobs=options.jobs, budget=budget, force=options.force)
        except ChapterError as failure:
            print(f"{failure}\n\nNo notebook was rewritten.", file=sys.stderr)
            return 1
    print(
        *[f"wrote {path.relative_to(root)}" for path in written] or ["Nothing to do: up to date."], sep="\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
