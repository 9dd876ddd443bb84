"""The finished book: pages, numbers, links, citations, nothing from elsewhere."""

import gzip
import json
import re
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Comment
from pybtex.database import parse_file

from tools import build_book, twins

ROOT = Path(__file__).resolve().parents[2]
PAGES = build_book.pages(ROOT)
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")


@cache
def read(html: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def left_markup(soup: BeautifulSoup) -> list[str]:
    """What looks like MyST or TeX in the words of a page, with some words around it; code and formulas are left out."""

    def is_prose(text: str) -> bool:
        aside = text.find_parent(["pre", "code", "script", "style", "mjx-container", "dt"])
        return not (isinstance(text, Comment) or aside or text.find_parent(class_=["math", "vae-explorer"]))

    shown = " ".join(filter(is_prose, soup.select_one("article").find_all(string=True)))
    signs = re.finditer(r"`|\*\*|\$|\{[a-z]+\}|\\[a-z(\[]|\]\(", shown)
    return [shown[max(0, found.start() - 30) : found.end() + 30] for found in signs]


def prose(page: str) -> str:
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


def test_book_has_its_pages_and_an_entrance(book):
    build_book.check_pages(ROOT, book)
    assert len(PAGES) >= 8
    assert "book/index.html" in (book / "index.html").read_text()


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_asked_of_another_host(book, page):
    soup = read(book, page)
    loaded = [tag[key] for tag in soup.find_all(True) for key in ("src", "data", "poster") if tag.get(key)]
    loaded += [link["href"] for link in soup.find_all("link") if "canonical" not in link.get("rel", [])]
    assert [address for address in loaded if urlsplit(address).netloc] == []
    scripts = " ".join(script.text for script in soup.find_all("script"))
    assert not re.search(r"https?://(?!schema|www\.w3)", scripts), "an inline script names another host"


def test_no_stylesheet_asks_another_host(book):
    styles = "\n".join(path.read_text(encoding="utf-8") for path in book.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", styles) == []


def test_mathjax_is_a_copy_beside_the_pages_and_not_in_static(book):
    assert (book / "mathjax" / "tex-svg.js").stat().st_size > 1_000_000
    assert not list((book / "_static").rglob("tex-*.js"))


def weight(content: bytes) -> int:
    """Bytes as they travel, compressed."""
    return len(gzip.compress(content))


def test_explorers_weigh_at_most_a_megabyte_a_page_and_three_in_all(book):
    models = {path.stem: weight(path.read_bytes()) for path in (book / "explorers/models").glob("*.js")}
    scripts = sum(weight(path.read_bytes()) for path in (book / "explorers").glob("*.*"))
    shown = set()
    for page in PAGES:
        explorers = read(book, page).select(".vae-explorer")
        settings = [json.loads(explorer.select_one("script").string) for explorer in explorers]
        names = {name for each in settings for name in each["models"]}
        itself = sum(weight(str(explorer).encode()) for explorer in explorers)  # with the picture for paper
        assert itself + scripts + sum(models[name] for name in names) < 1e6, page
        shown |= names
    assert shown == set(models)
    assert scripts + sum(models.values()) < 3e6


@pytest.mark.parametrize("page", PAGES)
def test_no_markup_is_left_as_text(book, page):
    assert left_markup(read(book, page)) == []


@pytest.mark.parametrize(
    "left",
    ["```{table} Two columns", "a `name`", "**bold**", "$x$", "{ref}`here`", "[words](page.md)", r"\alpha"],
)
def test_markup_left_as_text_is_seen(left):
    page = "<article><p>Fine.</p><pre>`{table}`</pre><span class='math'>\\(x\\)</span><p>{}</p></article>"
    assert left_markup(BeautifulSoup(page.replace("{}", ""), "html.parser")) == []
    assert left_markup(BeautifulSoup(page.replace("{}", left), "html.parser"))


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_book_lead_somewhere(book, page):
    broken = []
    for link in read(book, page).select("article a[href], nav a[href]"):
        address = urlsplit(link["href"])
        if address.scheme or address.netloc or link["href"] == "#":
            continue
        target = (
            (book / f"{page}.html").parent / unquote(address.path) if address.path else book / f"{page}.html"
        )
        if not target.exists():
            broken.append(link["href"])
        elif address.fragment and target.suffix == ".html":
            name = target.resolve().relative_to(book.resolve()).with_suffix("").as_posix()
            if read(book, name).find(id=unquote(address.fragment)) is None:
                broken.append(link["href"])
    assert broken == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_labelled_equations_are_numbered_by_chapter(book, page):
    number = int(PurePosixPath(page).name.split("-")[0])
    labels = re.findall(r"^\$\$ \(([\w-]+)\)$", prose(page), flags=re.MULTILINE)
    soup = read(book, page)
    shown = [re.match(r"\([^)]*\)", tag.get_text())[0] for tag in soup.select("span.eqno")]
    assert shown == [f"({number}.{count})" for count in range(1, len(labels) + 1)]
    assert [soup.find(id=f"equation-{label}") is not None for label in labels] == [True] * len(labels)


def test_a_reference_to_an_equation_shows_its_number(book):
    equations = {}
    for page in PAGES:
        for box in read(book, page).select("div.math[id^=equation-]"):
            equations[box["id"]] = re.match(r"\([^)]*\)", box.select_one("span.eqno").get_text())[0]
    references = 0
    for page in PAGES:
        for link in read(book, page).select("article a.reference[href*='#equation-']"):
            assert link.get_text() == equations[link["href"].split("#")[1]]
            references += 1
    written = sum(len(re.findall(r"\]\(#[\w-]+\)", prose(page))) for page in CHAPTERS)
    assert references >= written > 0


@pytest.mark.parametrize("page", CHAPTERS)
def test_title_carries_the_number_of_the_file(book, page):
    number = int(PurePosixPath(page).name.split("-")[0])
    title = read(book, page).h1.get_text()
    assert title.startswith(f"{number}. ")
    sidebar = [
        link.get_text().strip() for link in read(book, PAGES[0]).select(".bd-sidebar-primary a.internal")
    ]
    assert title.rstrip("#") in sidebar


@pytest.mark.parametrize("page", CHAPTERS)
def test_colab_opens_the_notebook(book, page):
    repository = twins.repository(ROOT).removeprefix("https://github.com/")
    links = [link["href"] for link in read(book, page).select("a[href*='colab.research.google.com']")]
    assert f"https://colab.research.google.com/github/{repository}/blob/main/{page}.ipynb" in links


def test_repository_address_stands_in_one_place():
    address = twins.repository(ROOT).removeprefix("https://github.com/")
    sources = [ROOT / "_config.yml", ROOT / "README.md", *(ROOT / "tools").glob("*.py")]
    sources += [ROOT / f"{page}.md" for page in PAGES if not page.startswith("chapters/")]
    assert [path.name for path in sources if address in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_proof_folds_under_its_own_words(book, page):
    proofs = re.findall(r"^prove\(", prose(page), flags=re.MULTILINE)
    folds = [fold.get_text() for fold in read(book, page).select("details.hide > summary")]
    assert sum("Show the proof" in fold for fold in folds) == len(proofs) > 0
    assert [fold for fold in folds if not re.search("Show the (proof|code)", fold)] == []


def test_citations_name_papers_of_the_bibliography(book):
    entries = {
        entry.fields["url"]: entry for entry in parse_file(ROOT / "book/references.bib").entries.values()
    }
    for page in [*CHAPTERS, "book/proofs", "book/notation"]:
        for text, address in LINK.findall(prose(page)):
            assert address in entries, f"{page}: {address} is not the url of an entry in references.bib"
            entry = entries[address]
            first = " ".join(entry.persons["author"][0].prelast_names + entry.persons["author"][0].last_names)
            assert text.startswith(plain(first)), f"{page}: [{text}] should begin with {plain(first)}"
            assert entry.fields["year"] in text, f"{page}: [{text}] should say {entry.fields['year']}"
        for link in read(book, page).select("article a[href^=http]"):
            assert link["href"] not in entries, f"{page}: {link['href']} does not lead to the bibliography"


def plain(name: str) -> str:
    """A BibTeX name without its TeX accents, and without the braces of a group's name."""
    return re.sub(r"\{\\'\{?(\w)\}?\}", lambda m: {"i": "í", "e": "é"}[m[1]], name).strip("{}")


def test_pages_are_found_by_the_search(book):
    index = (book / "searchindex.js").read_text(encoding="utf-8")
    content = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    assert {name.removesuffix(".ipynb").removesuffix(".md") for name in content["docnames"]} == set(PAGES)
    assert "posterior" in content["terms"]
