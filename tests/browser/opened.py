"""An explorer on a page of its own, as the browser tests handle it."""

import torch

from tests.browser.checks import isolate

# Resolves when every change has been drawn.
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
RUN = """([name, rows]) => {
  const network = VaeExplorers.network(VaeExplorers.models[name]);
  return rows.map(row => [...network(row)]);
}"""


class Opened:
    """One page with explorers, opened from a file with the network off."""

    def __init__(self, browser, file, **options) -> None:
        options = {"viewport": {"width": 1280, "height": 900}} | options
        self.context = browser.new_context(offline=True, **options)
        self.outside = isolate(self.context, file.as_uri())
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.said: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())
        self.root = self.page.locator(".vae-explorer")

    def _hear(self, message) -> None:
        # These tests read pixels back, which Chromium finds slow.
        if not message.text.startswith("Canvas2D: Multiple readback"):
            self.said.append(message.text)

    def live(self):
        self.page.wait_for_function("document.querySelector('.vae-explorer').dataset.state === 'live'")
        return self

    def settle(self):
        self.page.evaluate(SETTLED)
        return self

    def slide(self, name: str, value: float):
        move = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"
        self.control(name).evaluate(move, value)
        return self.settle()

    def control(self, name: str):
        """The slider of that name which is shown now."""
        named = self.root.locator("label", has=self.page.get_by_text(name, exact=True))
        return named.locator("input[type=range]").locator("visible=true").first

    def press(self, name: str):
        self.root.get_by_role("button", name=name, exact=True).click()
        return self.settle()

    def reading(self, name: str) -> float:
        line = self.root.locator(".vae-reading", has=self.page.get_by_text(name, exact=True))
        return float(line.locator("data").get_attribute("value"))

    def choose(self, name: str):
        self.root.get_by_role("radio", name=name).check()
        return self.settle()

    def pixels(self, label: str, side: int = 28) -> list[float]:
        """The side x side values that an image shows, 1 for ink, read from the canvas."""
        read = """(canvas, side) => {
          const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          const middle = (i, size) => Math.floor(((i + .5) * size) / side), values = [];
          for (let y = 0; y < side; y++) for (let x = 0; x < side; x++)
            values.push(1 - data[4 * (middle(y, height) * width + middle(x, width))] / 255);
          return values;
        }"""
        return self.root.get_by_label(label).evaluate(read, side)

    def run(self, model: str, inputs: torch.Tensor) -> torch.Tensor:
        """What a model of the page makes of inputs (N, inputs)."""
        return torch.tensor(self.page.evaluate(RUN, [model, inputs.tolist()]))

    def press_at(self, label: str, x: float, y: float) -> tuple[float, float]:
        """Where in the window the place (x, y), from 0 to 1, of a canvas is."""
        canvas = self.root.get_by_label(label)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, label: str, *places: tuple[float, float]):
        for i, place in enumerate(places):
            self.page.mouse.move(*self.press_at(label, *place))
            if i == 0:
                self.page.mouse.down()
        self.page.mouse.up()
        return self.settle()
