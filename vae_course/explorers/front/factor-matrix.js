// Chapter 7: how much each coordinate knows about each factor, and beside the table both directions by hand. A factor
// moves, and the encoder's means follow; a coordinate moves, and the decoder draws.

(() => {
  "use strict";

  const SIDE = 32; // pixels of a sprite
  const LATENT = 10;
  const STEPS = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
  // The table: a cell's size, where it begins, and where the codes beside it lie.
  const CELL = 64;
  const [LEFT, TOP, WIDTH] = [56, 100, 640];
  const [FROM, TO] = [440, 630];

  VaeExplorers.define("factor-matrix", (stage) => {
    const { settings, networks } = stage;
    const { models, names, factors, values, base, used, shares, limit } = settings;
    const decoders = models.map((model) => networks[model]);
    const walks = settings.sprites.map(unpackSprites);
    const codes = settings.codes.map((ofModel) => ofModel.map(unpackCodes));
    const rows = used[0].length;
    const height = TOP + rows * CELL + 50;
    const best = (model, factor) => {
      const column = shares[model].map((share) => share[factor]);
      return column.indexOf(Math.max(...column));
    };
    const start = () => ({ model: 0, factor: settings.start, row: best(0, settings.start) });
    // The sliders hold on to these two lists, so they are filled and not replaced.
    const state = { ...start(), place: [...base], z: new Array(LATENT).fill(0) };
    const toBase = () => base.forEach((value, factor) => (state.place[factor] = value));
    const now = { image: new Float32Array(SIDE * SIDE), ways: [], changes: [0, 0, 0] };
    const number = VaeExplorers.number(2);
    const tenths = VaeExplorers.number(1);

    const name = (row) => `z${VaeExplorers.subscript(used[state.model][row] + 1)}`;
    const coordinate = () => used[state.model][state.row];
    const follows = () => now.ways[state.row].high - now.ways[state.row].low;
    const along = () => codes[state.model][state.factor]; // the codes while the factor runs
    const select = (row, factor) => {
      if (factor !== state.factor) toBase(); // only one factor leaves the base
      Object.assign(state, { row, factor });
    };

    stage.choice(stage.panel(stage.row()), {
      label: "Model",
      options: names.map((words, model) => [model, words]),
      state,
      key: "model",
    });
    const panel = stage.panel(stage.row(), "Choose a cell: a coordinate and a factor", "vae-wide");
    const table = stage.canvas(panel, {
      label: "Information of each coordinate about each factor, and beside it the codes; arrow keys choose a cell",
      role: "application",
      width: WIDTH,
      height,
      draw: (context, em) => drawTable(context, em, { state, ways: now.ways, shares, factors, limit, name }),
    });
    stage.pad(table, {
      width: WIDTH,
      height,
      step: CELL,
      position: () => [LEFT + (state.factor + 0.5) * CELL, TOP + (state.row + 0.5) * CELL],
      move: (x, y) => {
        const within = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value)));
        const factor = x > LEFT + factors.length * CELL ? state.factor : within((x - LEFT) / CELL, factors.length);
        select(within((y - TOP) / CELL, rows), factor);
      },
    });

    const both = stage.row();
    const left = stage.panel(both, "Move the factor, and look at the codes");
    stage.image(left, { label: "The true sprite", side: SIDE, values: () => walks[state.factor][state.place[state.factor]] });
    factors.forEach((label, factor) => {
      const line = stage.slider(left, {
        label,
        state: state.place,
        key: factor,
        range: [0, values[factor].length - 1],
        step: 1,
        format: (place) => values[factor][place],
      }).parentElement;
      stage.before(() => (line.hidden = factor !== state.factor));
    });
    const right = stage.panel(both, "Move the coordinate, and look at the sprite");
    stage.image(right, { label: "The sprite that the decoder draws", side: SIDE, values: () => now.image });
    for (let k = 0; k < LATENT; k++) {
      const label = `z${VaeExplorers.subscript(k + 1)}`;
      const line = stage.slider(right, { label, state: state.z, key: k, range: [-limit, limit], step: 0.05, format: number })
        .parentElement;
      stage.before(() => (line.hidden = k !== coordinate()));
    }
    const buttons = stage.panel(stage.row());
    stage.button(buttons, "Darkest cell of this factor", () => select(best(state.model, state.factor), state.factor));
    stage.button(buttons, "Reset", () => {
      Object.assign(state, start());
      toBase();
      last = undefined;
    });
    const readings = stage.panel(stage.row());

    // Another sprite has another code, which the coordinate's slider starts from.
    let last;
    stage.before(() => {
      const sprite = [state.model, state.factor, state.place[state.factor]].join();
      if (sprite !== last) along()[state.place[state.factor]].forEach((value, k) => (state.z[k] = value));
      last = sprite;
    });

    let shown;
    stage.after(() => {
      now.ways = used[state.model].map((k) => {
        const means = along().map((code) => code[k]);
        return { low: Math.min(...means), high: Math.max(...means), value: means[state.place[state.factor]] };
      });
      const decode = decoders[state.model];
      now.image = decode(state.z);
      const others = [state.model, coordinate(), ...state.z.filter((_, k) => k !== coordinate())].join();
      if (others !== shown) {
        shown = others;
        const moved = STEPS.map((value) => decode(state.z.map((own, k) => (k === coordinate() ? value : own))));
        now.changes = VaeExplorers.spans(moved.map(VaeExplorers.centreOfMass));
      }
      const [x, y, ink] = now.changes.map(tenths);
      const known = number(shares[state.model][state.row][state.factor]);
      stage.say(
        `${names[state.model]}: ${name(state.row)} has a share ${known} of ${factors[state.factor]}, which moves it by ` +
          `${number(follows())}; it moves the sprite by ${x} along x, ${y} along y, and ${ink} pixels of ink`,
      );
    });
    const read = (label, value, format) => stage.reading(readings, { label, value, format });
    const pixels = (value) => `${tenths(value)} px`;
    read("the factor, from end to end, moves the coordinate by", follows, number);
    read("the coordinate, from −2 to 2, moves the sprite along x by", () => now.changes[0], pixels);
    read("and along y by", () => now.changes[1], pixels);
    read("and changes its ink by", () => now.changes[2], pixels);
  });

  // Sprites as bits, 1 for ink, one row of bytes after the other.
  function unpackSprites(text) {
    const bytes = new Uint8Array(VaeExplorers.bytes(text));
    const each = SIDE * SIDE;
    return Array.from({ length: (8 * bytes.length) / each }, (_, n) =>
      Float32Array.from({ length: each }, (_, i) => (bytes[(n * each + i) >> 3] >> (7 - (i & 7))) & 1),
    );
  }

  // Codes in thousandths.
  function unpackCodes(text) {
    const whole = new Int16Array(VaeExplorers.bytes(text));
    return Array.from({ length: whole.length / LATENT }, (_, n) => [...whole.slice(n * LATENT, (n + 1) * LATENT)].map((v) => v / 1000));
  }

  // The table on the left; on the right, for each coordinate, the way of its code while the factor runs, and where it is.
  function drawTable(context, em, { state, ways, shares, factors, limit, name }) {
    const bottom = TOP + ways.length * CELL;
    const x = (value) => FROM + ((value + limit) / (2 * limit)) * (TO - FROM);
    context.font = `${em}px sans-serif`;
    context.fillStyle = "#222";
    context.textAlign = "left";
    factors.forEach((factor, column) => {
      context.save();
      context.translate(LEFT + (column + 0.45) * CELL, TOP - 8);
      context.rotate(-Math.PI / 5);
      context.fillText(factor, 0, 0);
      context.restore();
    });
    context.textAlign = "right";
    context.fillText(`code, as ${factors[state.factor]} runs`, TO, TOP - 8);
    ways.forEach(({ low, high, value }, row) => {
      const middle = TOP + (row + 0.5) * CELL;
      context.fillStyle = "#222";
      context.textAlign = "right";
      context.fillText(name(row), LEFT - 8, middle + em / 3);
      context.textAlign = "center";
      shares[state.model][row].forEach((share, column) => {
        context.fillStyle = `rgb(84 39 143 / ${Math.min(1, share / 0.6)})`;
        context.fillRect(LEFT + column * CELL, TOP + row * CELL, CELL, CELL);
        context.fillStyle = share > 0.3 ? "#fff" : "#222";
        context.fillText(share.toFixed(2).replace("0.", "."), LEFT + (column + 0.5) * CELL, middle + em / 3);
      });
      context.fillStyle = "#ddd";
      context.fillRect(FROM, middle - 1, TO - FROM, 2);
      context.fillStyle = row === state.row ? "#54278faa" : "#54278f55";
      context.fillRect(x(low), middle - 9, x(high) - x(low), 18);
      context.fillStyle = "#000";
      context.beginPath();
      context.arc(x(value), middle, 7, 0, 2 * Math.PI);
      context.fill();
    });
    context.strokeStyle = "#000";
    context.lineWidth = 3;
    context.strokeRect(LEFT + state.factor * CELL, TOP + state.row * CELL, CELL, CELL);
    VaeExplorers.axis(context, em, { x, y: bottom + 4, ticks: [-2, 0, 2], start: FROM, end: TO });
  }
})();
