"""How fast the explorers are: seconds until the first picture, and milliseconds of each frame while a point moves.

    python benchmarks/explorers.py [HTML FOLDER OF THE BOOK]

Each page of the built book is opened from its folder, without a network, in the Chromium that the tests use.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools import chromium  # noqa: E402

# Scroll to the explorer and measure until it is live; then move its first slider once a frame, 120 times.
MEASURE = """
async (kind) => {
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
  for (let i = 0; i < 120; i++) {
    input.value = Number(input.min) + (i / 120) * (input.max - input.min);
    input.dispatchEvent(new Event("input"));
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  return { first, work, frames };
}
"""


def main() -> None:
    html = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.FLAGS))
        for path in sorted((html / "chapters").glob("*.html")):
            page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
            page.goto(path.resolve().as_uri())
            for explorer in page.locator(".vae-explorer").all():
                kind = explorer.get_attribute("data-kind")
                found = page.evaluate(MEASURE, kind)
                work, frames = (statistics.median(found[name]) for name in ("work", "frames"))
                print(
                    f"{kind}: first picture {found['first']:.0f} ms after it came into view; median frame "
                    f"{frames:.1f} ms, of which {work:.1f} ms compute and draw (worst {max(found['work']):.1f})"
                )
        browser.close()


if __name__ == "__main__":
    main()
