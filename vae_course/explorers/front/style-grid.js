// Chapter 5: one style z, and the decoder of M2 asked for each of the ten digits in it. The model's own classifier says
// what it would read; near the prior's middle it reads what was meant, far out it does not.

(() => {
  "use strict";

  const SIDE = 28; // pixels of a digit
  const COLUMNS = 5;
  const ROOM = 8; // below each digit, for words

  VaeExplorers.define("style-grid", (stage) => {
    const { settings, networks } = stage;
    const { limit, styles } = settings;
    const [decode, classify] = settings.models.map((name) => networks[name]);
    const hands = unpack(settings.hands);
    const number = VaeExplorers.number(2);
    const state = { hand: 0 };
    const z = [...styles[0]];
    const put = (style) => style.forEach((value, k) => (z[k] = value));
    const digits = [...new Array(10).keys()];
    const now = digits.map(() => ({ image: new Float32Array(SIDE * SIDE), read: 0 }));

    const upper = stage.row();
    const left = stage.panel(upper, "A hand", "vae-small");
    stage.image(left, { label: "The test digit whose style was taken", side: SIDE, values: () => hands[state.hand] });
    const right = stage.panel(upper, "Its style");
    styles[0].forEach((_, k) => {
      const label = `z${VaeExplorers.subscript(k + 1)}`;
      stage.slider(right, { label, state: z, key: k, range: [-limit, limit], step: 0.05, format: number });
    });
    const buttons = stage.panel(stage.row());
    const take = (hand) => {
      state.hand = hand;
      put(styles[hand]);
    };
    stage.button(buttons, "Another hand", () => take((state.hand + 1) % styles.length));
    stage.button(buttons, "Sample the prior", () => put(styles[0].map(VaeExplorers.gaussian)));
    stage.button(buttons, "Reset", () => take(0));

    stage.canvas(stage.panel(stage.row(), "All ten digits in this style", "vae-wide"), {
      label: "The ten digits in this style, 0 to 4 above and 5 to 9 below",
      width: COLUMNS * SIDE,
      height: (10 / COLUMNS) * (SIDE + ROOM),
      draw: (context, em) => drawGrid(context, em, now),
    });
    const readings = stage.panel(stage.row());

    stage.after(() => {
      for (const digit of digits) {
        const image = decode([...z, ...digits.map((other) => Number(other === digit))]);
        const logits = classify(image);
        now[digit] = { image, read: logits.indexOf(Math.max(...logits)) };
      }
      const wrong = now.flatMap(({ read }, digit) => (read === digit ? [] : [`the ${digit} reads as ${read}`]));
      stage.say(`Style ${z.map(number).join(", ")}; ${wrong.join(", ") || "all ten read as meant"}`);
    });
    stage.reading(readings, {
      label: "the model's classifier reads as meant",
      value: () => now.filter(({ read }, digit) => read === digit).length,
      format: (count) => `${count} of 10`,
    });
    stage.reading(readings, {
      label: "distance of the style from the middle of the prior",
      value: () => Math.hypot(...z),
      format: number,
    });
  });

  // Test digits, a byte for each pixel.
  function unpack(text) {
    const bytes = new Uint8Array(VaeExplorers.bytes(text));
    const each = SIDE * SIDE;
    return Array.from({ length: bytes.length / each }, (_, n) =>
      Float32Array.from(bytes.subarray(n * each, (n + 1) * each), (value) => value / 255),
    );
  }

  function drawGrid(context, em, digits) {
    context.font = `${em}px sans-serif`;
    context.textAlign = "center";
    digits.forEach(({ image, read }, digit) => {
      const [x, y] = [(digit % COLUMNS) * SIDE, Math.floor(digit / COLUMNS) * (SIDE + ROOM)];
      VaeExplorers.drawImage(context, image, x, y, SIDE);
      context.fillStyle = read === digit ? "#555" : "#b00020";
      const words = read === digit ? String(digit) : `${digit}, reads ${read}`;
      context.fillText(words, x + SIDE / 2, y + SIDE + 0.9 * em);
    });
  }
})();
