"""How fast the explorers are: milliseconds until the first picture, and of each frame while a point moves.

python -m benchmarks.explorers          measures (a minute), writes results/explorers.json and the table of the book
python -m benchmarks.explorers table    writes the table from the stored results

Each page of the built book (`make book`) is opened from its folder, without a network, in the Chromium that the tests
use.
"""

import json
import statistics
import sys
from typing import Any

import torch
from playwright.sync_api import Browser, sync_playwright

from benchmarks.page import PAGE, ROOT, hardware, with_table
from tools import chromium

RESULTS = ROOT / "benchmarks/results/explorers.json"
HTML = ROOT / "_build/html"
FRAMES = 120

# Scroll to the explorer and measure until it is live; then move its first slider once a frame.
MEASURE = """
async ([kind, frameCount]) => {
  const element = document.querySelector(`.vae-explorer[data-kind=${kind}]`);
  const frame = () => new Promise(requestAnimationFrame);
  const began = performance.now();
  element.scrollIntoView({ behavior: "instant" });
  while (element.dataset.state !== "live") await frame();
  const first = performance.now() - began;
  const work = [], frames = [];
  element.addEventListener("vae-drawn", (event) => work.push(1000 * event.detail.seconds));
  const input = [...element.querySelectorAll("input[type=range]")].find((range) => range.offsetParent);
  let last = await frame();
  for (let i = 0; i < frameCount; i++) {
    input.value = Number(input.min) + (i / frameCount) * (input.max - input.min);
    input.dispatchEvent(new Event("input"));
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  return { first, work, frames };
}
"""


def measure(browser: Browser) -> list[dict[str, Any]]:
    """A row for each explorer of the book, in milliseconds."""
    rows = []
    for path in sorted((HTML / "chapters").glob("*.html")):
        page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        for explorer in page.locator(".vae-explorer").all():
            kind = explorer.get_attribute("data-kind")
            found = page.evaluate(MEASURE, [kind, FRAMES])
            rows.append({
                "chapter": int(path.name[:2]),
                "explorer": kind,
                "first picture": round(found["first"]),
                "work": round(statistics.median(found["work"]), 1),
                "longest work": round(max(found["work"]), 1),
                "frame": round(statistics.median(found["frames"]), 1),
            })  # fmt: skip
        page.context.close()
    return rows


def table(results: dict[str, Any]) -> str:
    """The results as a table for the book."""
    lines = [
        f"```{{table}} Milliseconds in Chromium {results['chromium']}, without a graphics card. {results['device']};"
        f" one slider moved in each of {results['frames']} frames.",
        "| chapter | explorer | until the first picture | computing and drawing a frame, median | longest | from frame"
        " to frame, median |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['chapter']} | {row['explorer'].replace('-', ' ')} | {row['first picture']} | {row['work']} |"
        f" {row['longest work']} | {row['frame']} |"
        for row in results["explorers"]
    ]
    return "\n".join([*lines, "```"])


def main() -> None:
    if sys.argv[1:] != ["table"]:
        if not HTML.exists():
            sys.exit("There is no built book to measure; run: make book")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.FLAGS))
            facts = {"device": hardware(torch.device("cpu")), "chromium": browser.version.partition(".")[0]}
            results = facts | {"frames": FRAMES, "explorers": measure(browser)}
            browser.close()
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    results = json.loads(RESULTS.read_text())
    PAGE.write_text(with_table(PAGE.read_text(), "explorers.py", table(results)))
    print(table(results))


if __name__ == "__main__":
    main()
