// Chapter 9: the middle hand takes each factor from A, from B, or from anywhere between. One factor moved alone changes
// what belongs to it, and leaves the rest of the picture.

(() => {
  "use strict";

  const SIDE = 64; // pixels of a picture

  VaeExplorers.define("factor-swap", (stage) => {
    const { settings, networks } = stage;
    const { hands, parts } = settings;
    const decode = networks[settings.models[0]];
    const state = { pair: 0, ...Object.fromEntries(parts.map(([name]) => [name, 0])) };
    const now = {};
    const all = (share) => parts.forEach(([name]) => (state[name] = share));
    const ends = () => [hands[2 * state.pair], hands[2 * state.pair + 1]];
    const number = VaeExplorers.number(1);

    const pictures = stage.row();
    const show = (title, label, key) =>
      stage.canvas(stage.panel(pictures, title, "vae-third"), {
        label,
        width: SIDE,
        height: SIDE,
        draw: (context) => VaeExplorers.drawColours(context, now[key], 0, 0, SIDE),
      });
    show("A", "Hand A", "a");
    show("Between", "The hand with the chosen factors", "between");
    show("B", "Hand B", "b");
    const sliders = stage.panel(stage.row(), "Take from A (0 %) or from B (100 %)", "vae-wide");
    const format = (share) => `${Math.round(100 * share)} %`;
    for (const [label] of parts) stage.slider(sliders, { label, state, key: label, range: [0, 1], step: 0.01, format });
    const buttons = stage.panel(stage.row());
    stage.button(buttons, "Exchange all", () => parts.forEach(([name]) => (state[name] = 1 - state[name])));
    stage.button(buttons, "Sample another pair", () => {
      state.pair = (state.pair + 1) % (hands.length / 2);
      all(0);
    });
    stage.button(buttons, "Reset", () => {
      state.pair = 0;
      all(0);
    });
    const readings = stage.panel(stage.row());

    let drawn;
    stage.after(() => {
      const [a, b] = ends();
      if (drawn !== state.pair) Object.assign(now, { a: decode(a), b: decode(b) });
      drawn = state.pair;
      let [from, z] = [0, []];
      for (const [name, size] of parts) {
        for (let i = from; i < from + size; i++) z.push(a[i] + state[name] * (b[i] - a[i]));
        from += size;
      }
      now.between = decode(z);
      stage.say(parts.map(([name]) => `${name} ${format(state[name])} of B`).join(", "));
    });
    const apart = (other) => () =>
      (255 * now.between.reduce((sum, value, i) => sum + Math.abs(value - now[other][i]), 0)) / now.between.length;
    for (const [other, title] of [["a", "A"], ["b", "B"]])
      stage.reading(readings, {
        label: `mean difference to ${title}, grey levels of 255`,
        value: apart(other),
        format: number,
      });
  });
})();
