"""Each check of a page can fail: pages with one fault each."""

import pytest

from tests.browser.checks import Visit, isolate

pytestmark = pytest.mark.xdist_group("browser")

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
MATHJAX = '<script src="mathjax/tex-svg.js"></script>'
FAULTS = {
    "console error": ("<script>console.error('ouch')</script>", "console: ouch"),
    "script error": ("<script>missing()</script>", "script: missing is not defined"),
    "missing file": ("<script src='gone.js'></script>", "request failed"),
    "missing image": ("<img src='gone.png' alt='a line'>", "image not drawn: gone.png"),
    "no alt text": (f"<img src='{PIXEL}'>", "image without words"),
    "path as alt text": (f"<img src='{PIXEL}' alt='../_images/a b.png'>", "image without words"),
    "wide page": ("<div style='width: 2000px'>wide</div>", "scrolls sideways: "),
    "no MathJax": ("<span class='math'>\\(x\\)</span>", "1 formulas written, 0 drawn"),
    "bad formula": (f"<span class='math'>\\(x^a^b\\)</span>{MATHJAX}", "formula: Double exponent"),
    "unknown command": (
        f"<span class='math'>\\(\\expectation\\)</span>{MATHJAX}",
        "formula: unknown command",
    ),
}


def visit(browser, folder, body):
    (folder / "page.html").write_text(html := f"<title>t</title><article>{body}</article>", encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    outside = isolate(context, folder.as_uri(), "data:")
    problems = Visit(context.new_page()).open((folder / "page.html").as_uri(), html).problems
    context.close()
    return problems, outside


@pytest.fixture
def folder(tmp_path, book):
    (tmp_path / "mathjax").symlink_to(book / "mathjax")
    return tmp_path


def test_a_sound_page_has_no_problems(browser, folder):
    body = f"<img src='{PIXEL}' alt='a dot'><span class='math'>\\(x^2\\)</span>{MATHJAX}"
    assert visit(browser, folder, body) == ([], [])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(browser, folder, fault):
    body, said = FAULTS[fault]
    problems, _ = visit(browser, folder, body)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    "body",
    [
        "<script src='https://unpkg.com/thebe/lib/index.js'></script>",
        "<img src='https://example.com/a.png' alt='a picture'>",
        "<script>fetch('https://example.com').catch(() => {})</script>",
        "<style>@import 'https://fonts.example.com/a.css';</style>",
    ],
    ids=["script", "image", "fetch", "style"],
)
def test_a_request_outside_is_seen(browser, folder, body):
    _, outside = visit(browser, folder, body)
    assert len(outside) == 1
