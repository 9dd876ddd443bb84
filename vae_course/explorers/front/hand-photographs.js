// Chapter 8: an encoder in the page. It reads a photograph of 32 x 32 pixels; the reader may choose another, change the
// light, or cover a part of it with grey.

(() => {
  "use strict";

  const SIDE = 64; // pixels of a photograph as it is shown
  const COVER = 14; // pixels of the grey square

  VaeExplorers.define("hand-photographs", (stage) => {
    const { settings, networks } = stage;
    const { labels, start, fingers, colours, unit, span } = settings;
    const [encode, flat, space] = settings.models.map((name) => networks[name]);
    const photographs = unpack(settings.photographs);
    const plain = () => ({ contrast: 1, light: 0, cover: undefined });
    const state = { chosen: start, ...plain() };
    const now = {};
    const number = VaeExplorers.number(1);

    const pictures = stage.row();
    const canvas = stage.canvas(stage.panel(pictures, "Photograph: drag to cover a part", "vae-half"), {
      label: "The photograph with the 2-D joints that the model reads; drag, or use the arrow keys, to cover a part",
      width: SIDE,
      height: SIDE,
      role: "application",
      draw: (context) => {
        VaeExplorers.drawColours(context, now.picture, 0, 0, SIDE);
        VaeExplorers.drawFingers(context, now.points, fingers, colours, 0.7);
      },
    });
    stage.pad(canvas, {
      width: SIDE,
      height: SIDE,
      step: 2,
      position: () => state.cover ?? [SIDE / 2, SIDE / 2],
      move: (x, y) => (state.cover = [x, y]),
    });
    const view = stage.turntable(stage.panel(pictures, "3-D joints: drag to turn", "vae-half"), {
      label: "The joints in space; drag, or use the arrow keys, to turn them",
      joints: () => now.joints,
      span,
      fingers,
      colours,
    });

    const sliders = stage.panel(stage.row(), "Change the light", "vae-wide");
    const format = VaeExplorers.number(2);
    stage.slider(sliders, { label: "contrast", state, key: "contrast", range: [0.2, 1.8], step: 0.05, format });
    stage.slider(sliders, { label: "brightness", state, key: "light", range: [-0.4, 0.4], step: 0.02, format });
    const buttons = stage.panel(stage.row());
    stage.button(buttons, "Another photograph", () => (state.chosen = (state.chosen + 1) % photographs.length));
    stage.button(buttons, "Uncover", () => (state.cover = undefined));
    stage.button(buttons, "Reset", () => {
      Object.assign(state, { chosen: start, ...plain() });
      Object.assign(view, { turn: 0, tilt: 0 });
    });
    const readings = stage.panel(stage.row());
    stage.panel(stage.row(), "Photographs: Sign Language Digits Dataset (Mavi, 2020), Apache-2.0.", "vae-wide");

    const mean = (z) => z.subarray(0, z.length / 2); // the encoder returns log-variances as well
    stage.after(() => {
      now.picture = changed(photographs[state.chosen], state);
      const z = mean(encode(halved(now.picture)));
      const [j2, j3] = [flat(z), space(z)];
      now.points = Array.from({ length: j2.length / 2 }, (_, j) => [0, 1].map((axis) => ((j2[2 * j + axis] + 1) * SIDE) / 2));
      now.joints = j3.map((value) => unit * value);
      const label = labels[state.chosen];
      const distances = now.points.map((_, j) =>
        Math.hypot(...[0, 1, 2].map((axis) => now.joints[3 * j + axis] - label[3 * j + axis])),
      );
      now.error = distances.reduce((sum, value) => sum + value, 0) / distances.length;
      stage.say(`Photograph ${state.chosen + 1}: ${number(now.error)} mm from the detector's joints`);
    });
    const read = (label, value, shown) => stage.reading(readings, { label, value, format: shown });
    read("photograph", () => state.chosen + 1, (value) => `${value} of ${photographs.length}`);
    read("mean distance to the detector's 3-D joints", () => now.error, (value) => `${number(value)} mm`);
  });

  // Photographs in bytes, red, then green, then blue; values from -.5 to .5.
  function unpack(text) {
    const bytes = new Uint8Array(VaeExplorers.bytes(text));
    const each = 3 * SIDE * SIDE;
    return Array.from({ length: bytes.length / each }, (_, n) =>
      Float32Array.from(bytes.subarray(n * each, (n + 1) * each), (value) => value / 255 - 0.5),
    );
  }

  // Another light, and a square covered with grey.
  function changed(photograph, { contrast, light, cover }) {
    const picture = photograph.map((value) => Math.min(0.5, Math.max(-0.5, contrast * value + light)));
    if (!cover) return picture;
    for (let i = 0; i < picture.length; i++) {
      const place = i % (SIDE * SIDE);
      const [x, y] = [(place % SIDE) + 0.5, Math.floor(place / SIDE) + 0.5];
      if (Math.abs(x - cover[0]) < COVER / 2 && Math.abs(y - cover[1]) < COVER / 2) picture[i] = 0;
    }
    return picture;
  }

  // Means of 2 x 2 pixels, which is what the encoder sees.
  function halved(picture) {
    const half = SIDE / 2;
    return Float32Array.from({ length: picture.length / 4 }, (_, i) => {
      const [channel, place] = [Math.floor(i / (half * half)), i % (half * half)];
      const at = (channel * SIDE + 2 * Math.floor(place / half)) * SIDE + 2 * (place % half);
      return (picture[at] + picture[at + 1] + picture[at + SIDE] + picture[at + SIDE + 1]) / 4;
    });
  }
})();
