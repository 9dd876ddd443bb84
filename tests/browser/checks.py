"""What is wrong with a page, as a browser without a network sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

# Gathered in the page once MathJax has finished. Sizes in CSS pixels.
PROBLEMS = """
async () => {
  const problems = [];
  // Counted in the source, since MathJax replaces the formulas.
  const source = new DOMParser().parseFromString(await originalHTML(), "text/html");
  const written = source.querySelectorAll("span.math, div.math").length;
  if (written) await window.MathJax?.startup?.promise;
  const drawn = document.querySelectorAll("mjx-container").length;
  if (drawn !== written) problems.push(`${written} formulas written, ${drawn} drawn`);
  for (const error of document.querySelectorAll("mjx-container [data-mjx-error]"))
    problems.push(`formula: ${error.getAttribute("data-mjx-error")}`);
  for (const unknown of document.querySelectorAll("mjx-container [fill=red]"))
    problems.push(`formula: unknown command ${unknown.textContent}`);
  for (const image of document.querySelectorAll("article img")) {
    const name = image.getAttribute("src").slice(0, 80);
    if (!(image.complete && image.naturalWidth > 0)) problems.push(`image not drawn: ${name}`);
    const words = (image.alt || "").trim();
    if (!/\\s/.test(words) || /[\\/\\\\]|\\.(png|svg)$/.test(words)) problems.push(`image without words: ${name}`);
  }
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room)
    problems.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${room}`);
  return problems;

  async function originalHTML() {
    return window.__source;
  }
}
"""


@dataclass
class Visit:
    """One page opened with the network off: what it asked for and what it complained of."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, url: str, source: str) -> Visit:
        """Load `url`, whose HTML is `source`, and gather its problems."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("requestfailed", lambda request: self.problems.append(f"request failed: {request.url}"))
        self.page.on("response", self._response)
        self.page.goto(url, wait_until="load")
        self.page.evaluate("source => { window.__source = source }", source)
        self.problems += self.page.evaluate(PROBLEMS)
        return self

    def _console(self, message) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.problems.append(f"request failed: {response.url} ({response.status})")


def isolate(context: BrowserContext, *allowed: str) -> list[str]:
    """Let the context reach only addresses that begin with one of `allowed`; the list fills with all others."""
    outside: list[str] = []

    def decide(route) -> None:
        if route.request.url.startswith(allowed):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    return outside
