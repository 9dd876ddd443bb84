// Chapter 6: one sprite in the codes of three models that differ in beta or in the seed. A slider moves one coordinate;
// the map beside the sprite shows where each slider would take its middle. Along a side, or across both?

(() => {
  "use strict";

  const SIDE = 32; // pixels of a sprite
  const STEPS = [-2, -1, 0, 1, 2]; // where a path is computed
  const STRIP = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]; // what the strip shows

  VaeExplorers.define("latent-traversals", (stage) => {
    const { settings, networks } = stage;
    const { models, names, dimensions, codes, colours, limit } = settings;
    const decoders = models.map((model) => networks[model]);
    const codesOf = (sprite) => codes.map((ofModel) => [...ofModel[sprite]]);
    const start = () => ({ model: 0, sprite: 0, z: codesOf(0), moved: dimensions.map((used) => used[0]) });
    const state = start();
    const number = VaeExplorers.number(2);
    const tenths = VaeExplorers.number(1);
    const now = { image: new Float32Array(SIDE * SIDE), strip: [], ways: {}, frame: 0, changes: [0, 0, 0] };

    const decode = () => decoders[state.model];
    const code = () => state.z[state.model];
    const moved = () => state.moved[state.model];
    const name = (k) => `z${VaeExplorers.subscript(k + 1)}`;
    // The code with coordinate k at other values: images.
    const along = (k, values) => values.map((value) => decode()(code().map((own, i) => (i === k ? value : own))));

    const controls = stage.row();
    stage.choice(stage.panel(controls), {
      label: "Model",
      options: names.map((words, model) => [model, words]),
      state,
      key: "model",
    });

    const upper = stage.row();
    stage.image(stage.panel(upper, "The decoder draws"), {
      label: "The sprite that the decoder draws",
      side: SIDE,
      values: () => now.image,
    });
    stage.canvas(stage.panel(upper, "Ways of the sliders"), {
      label: "Map of the frame: for each slider the path of the middle of the sprite",
      width: SIDE,
      height: SIDE,
      draw: (context, em) => drawPaths(context, em, now, { moved: moved(), dimensions: dimensions[state.model], colours, name }),
    });
    const sliders = models.map((_, model) => {
      const panel = stage.panel(upper, null, "vae-wide");
      dimensions[model].forEach((k, place) => {
        const slide = { state: state.z[model], key: k, range: [-limit, limit], step: 0.05, format: number };
        const input = stage.slider(panel, { ...slide, label: name(k), colour: colours[place] });
        const attend = () => {
          state.moved[model] = k;
          stage.changed();
        };
        input.addEventListener("input", attend);
        input.addEventListener("focus", attend);
      });
      stage.before(() => (panel.hidden = model !== state.model));
      return panel;
    });
    // The sliders hold on to the lists of numbers, so these are filled and not replaced.
    const put = (vectors) => vectors.forEach((vector, model) => vector.forEach((value, k) => (state.z[model][k] = value)));
    const buttons = stage.panel(stage.row());
    stage.button(buttons, "Another sprite", () => {
      state.sprite = (state.sprite + 1) % codes[0].length;
      put(codesOf(state.sprite));
    });
    stage.button(buttons, "Sample the prior", () => put(state.z.map((z) => z.map(VaeExplorers.gaussian))));
    stage.button(buttons, "Reset", () => {
      const { model, sprite, z, moved } = start();
      put(z);
      Object.assign(state, { model, sprite, moved });
    });

    const below = stage.panel(stage.row(), " ", "vae-wide");
    const title = below.querySelector(".vae-title");
    stage.canvas(below, {
      label: "The slider that was moved last, from −2 to 2, the others as they are: nine sprites",
      width: SIDE * STRIP.length,
      height: SIDE,
      draw: (context) => now.strip.forEach((image, i) => VaeExplorers.drawImage(context, image, i * SIDE, 0, SIDE)),
    });
    const readings = stage.panel(stage.row());

    stage.after(() => {
      now.image = decode()(code());
      now.middle = VaeExplorers.centreOfMass(now.image);
      // The way of a slider stays as it is while only that slider moves. Of the others two are computed in a frame.
      const others = (k) => [state.model, ...code().filter((_, i) => i !== k)].join();
      const stale = (k) => now.ways[k]?.others !== others(k);
      if (state.model !== now.model) Object.assign(now, { model: state.model, ways: {} });
      if (now.shown !== moved() || stale(moved())) {
        now.shown = moved();
        now.strip = along(moved(), STRIP);
        const points = now.strip.map(VaeExplorers.centreOfMass);
        now.ways[moved()] = { others: others(moved()), frame: now.frame, points };
        now.changes = VaeExplorers.spans(points);
      }
      now.frame++;
      const age = (k) => now.ways[k]?.frame ?? -1;
      const late = dimensions[state.model].filter(stale).sort((a, b) => age(a) - age(b));
      for (const k of late.splice(0, 2))
        now.ways[k] = { others: others(k), frame: now.frame, points: along(k, STEPS).map(VaeExplorers.centreOfMass) };
      if (late.length) stage.changed();
      const which = name(moved());
      title.textContent = `${which} from −2 to 2, the others as they are`;
      const [x, y, ink] = now.changes.map(tenths);
      stage.say(`${names[state.model]}: from −2 to 2, ${which} moves the sprite by ${x} along x and ${y} along y, and changes its ink by ${ink} pixels`);
    });
    const change = (i) => ({ value: () => now.changes[i], format: (value) => `${tenths(value)} px` });
    stage.reading(readings, { label: "on this way it moves along x by", ...change(0) });
    stage.reading(readings, { label: "it moves along y by", ...change(1) });
    stage.reading(readings, { label: "its ink changes by", ...change(2) });
  });

  // One line for each slider, thick for the one moved last, with its name at the end where the coordinate is 2.
  function drawPaths(context, em, { image, ways, middle }, { moved, dimensions, colours, name }) {
    context.globalAlpha = 0.25;
    VaeExplorers.drawImage(context, image, 0, 0, SIDE);
    context.globalAlpha = 1;
    context.lineCap = context.lineJoin = "round";
    context.font = `bold ${em}px sans-serif`;
    context.textAlign = "center";
    dimensions.forEach((k, place) => {
      if (!ways[k]) return;
      const { points } = ways[k];
      context.strokeStyle = context.fillStyle = colours[place];
      context.lineWidth = k === moved ? 1 : 0.4;
      context.beginPath();
      for (const [x, y] of points) context.lineTo(x, y);
      context.stroke();
      const [[fromX, fromY], [x, y]] = points.slice(-2);
      context.beginPath();
      context.arc(x, y, k === moved ? 0.9 : 0.6, 0, 2 * Math.PI);
      context.fill();
      const far = Math.hypot(x - fromX, y - fromY) || 1;
      const within = (value) => Math.min(SIDE - em, Math.max(em, value));
      context.fillText(name(k), within(x + (1.1 * em * (x - fromX)) / far), within(y + (1.1 * em * (y - fromY)) / far) + em / 3);
    });
    context.fillStyle = "#000";
    context.fillRect(middle[0] - 0.35, middle[1] - 0.35, 0.7, 0.7);
  }
})();
