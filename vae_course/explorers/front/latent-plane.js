// Chapter 4: the plane of a VAE with two latent dimensions. Move over it, and the decoder draws the digit of that
// point; draw a digit, and the encoder says where in the plane it belongs, and how sure it is.

(() => {
  "use strict";

  const SIDE = 28; // pixels of an MNIST digit
  const BOX = 20; // its ink fits into a box of this many
  const PAD = 280; // units of the drawing pad

  // Strokes, lists of points [x, y], as an MNIST digit: scaled into the box with its proportions kept, a pen of fixed
  // width with grey rims, and shifted so that the centre of its mass is the centre of the image.
  function digitOf(strokes, pen) {
    const points = strokes.flat();
    const span = (axis) => [Math.min(...points.map((p) => p[axis])), Math.max(...points.map((p) => p[axis]))];
    const [[left, right], [top, bottom]] = [span(0), span(1)];
    const scale = (BOX - 2 * pen) / Math.max(right - left, bottom - top, PAD / 10); // a dot stays a dot
    const place = (x, y) => strokes.map((stroke) => stroke.map((p) => [(p[0] - x) * scale + SIDE / 2, (p[1] - y) * scale + SIDE / 2]));
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const [massX, massY] = VaeExplorers.centreOfMass(ink(place(x, y), pen));
    return ink(place(x + (massX - SIDE / 2) / scale, y + (massY - SIDE / 2) / scale), pen);
  }

  // How much of each pixel a round pen of that radius covers, by the distance from its middle to the nearest stroke.
  function ink(strokes, pen) {
    const values = new Float32Array(SIDE * SIDE);
    for (let i = 0; i < values.length; i++) {
      const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
      let nearest = Infinity;
      for (const stroke of strokes)
        for (let k = 0; k < stroke.length; k++)
          nearest = Math.min(nearest, distance(x, y, stroke[Math.max(0, k - 1)], stroke[k]));
      values[i] = Math.min(1, Math.max(0, 0.5 + pen - Math.sqrt(nearest)));
    }
    return values;
  }

  // Squared distance from a point to the line from a to b.
  function distance(x, y, a, b) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const along = Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1)));
    return (x - a[0] - along * dx) ** 2 + (y - a[1] - along * dy) ** 2;
  }

  VaeExplorers.digitOf = digitOf; // for tests

  VaeExplorers.define("latent-plane", (stage) => {
    const { settings, networks } = stage;
    const { limit, classes, pen } = settings;
    const [encode, decode] = settings.models.map((name) => networks[name]);
    const points = trainingPoints(settings);
    const start = () => ({ z1: settings.start[0], z2: settings.start[1], strokes: settings.strokes });
    const state = { ...start(), keys: [PAD / 2, PAD / 2], down: false, using: false };
    const number = VaeExplorers.number(2);
    const blank = new Float32Array(SIDE * SIDE);
    const now = { decoded: blank, seen: blank, rebuilt: blank, q: null };

    // The plane, z_2 upwards, and the picture of the point in it.
    const size = 2 * limit;
    const [across, up] = [(z1) => z1 + limit, (z2) => limit - z2];
    const cloud = drawCloud(points, classes, { limit, across, up });
    const upper = stage.row();
    const plane = stage.canvas(stage.panel(upper, "Latent plane: drag, or use the arrow keys", "vae-wide"), {
      label: "Latent plane with training digits as coloured points; arrow keys move the point that is decoded",
      role: "application",
      width: size,
      height: size,
      draw: (context, em) => drawPlane(context, em, cloud, limit, state, now.q),
    });
    stage.pad(plane, {
      width: size,
      height: size,
      step: 0.1,
      position: () => [across(state.z1), up(state.z2)],
      move: (x, y) => Object.assign(state, { z1: x - limit, z2: limit - y }),
    });
    const image = (panel, label, values) => stage.image(panel, { label, side: SIDE, values });
    const point = stage.panel(upper, "The decoder draws");
    image(point, "The digit that the decoder draws at the point", () => now.decoded);
    const slide = { state, range: [-limit, limit], step: 0.01, format: number };
    stage.slider(point, { ...slide, label: "z₁", key: "z1" });
    stage.slider(point, { ...slide, label: "z₂", key: "z2" });
    stage.button(point, "Sample the prior", () =>
      Object.assign(state, { z1: VaeExplorers.gaussian(), z2: VaeExplorers.gaussian() }),
    );
    stage.button(point, "Reset", () => Object.assign(state, start()));

    // The drawing, what the encoder sees of it, and what the decoder makes of the encoder's mean.
    const lower = stage.row();
    const drawing = stage.panel(lower, "Draw a digit here", "vae-pen");
    const paper = stage.canvas(drawing, {
      label: "Drawing pad; with the keyboard, space lowers or lifts the pen and arrow keys move it",
      role: "application",
      width: PAD,
      height: PAD,
      draw: (context) => drawStrokes(context, state),
    });
    stage.pad(paper, {
      width: PAD,
      height: PAD,
      step: 8,
      position: () => state.keys,
      move: (x, y, phase) => {
        state.keys = [x, y];
        state.using = phase === "key";
        if (phase === "key" && !state.down) return;
        if (phase === "down") state.strokes = [...own(), [[x, y]]];
        else state.strokes = [...state.strokes.slice(0, -1), [...state.strokes.at(-1), [x, y]]];
      },
    });
    paper.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      Object.assign(state, { down: !state.down, using: true });
      if (state.down) state.strokes = [...own(), [state.keys]];
      stage.changed();
    });
    paper.addEventListener("blur", () => Object.assign(state, { down: false, using: false }));
    const own = () => (state.strokes === settings.strokes ? [] : state.strokes); // the example is in the way
    stage.button(drawing, "Clear", () => (state.strokes = []));
    image(stage.panel(lower, "Encoder sees", "vae-small"), "The drawing with 28 by 28 pixels", () => now.seen);
    image(stage.panel(lower, "Rebuilt", "vae-small"), "What the decoder makes of the encoder's mean", () => now.rebuilt);

    const words = stage.row();
    const where = stage.panel(words);
    const read = (label, value, format) => stage.reading(where, { label, value, format });
    const none = (format) => (value) => (Number.isFinite(value) ? format(value) : "nothing drawn");

    let last;
    stage.after(() => {
      now.decoded = decode([state.z1, state.z2]);
      if (state.strokes !== last) {
        last = state.strokes;
        Object.assign(now, { q: null, seen: blank, rebuilt: blank });
        if (last.length) {
          now.seen = digitOf(last, pen);
          const [m1, m2, v1, v2] = encode(now.seen);
          now.q = { mean: [m1, m2], sigma: [Math.exp(v1 / 2), Math.exp(v2 / 2)], ...neighbours(points, m1, m2) };
          now.rebuilt = decode(now.q.mean);
        }
      }
      const drawn = now.q ? `; the drawing lies among digits ${now.q.label}` : "";
      const near = neighbours(points, state.z1, state.z2);
      stage.say(`z is ${number(state.z1)}, ${number(state.z2)}, near training digits ${near.label}${drawn}`);
    });
    for (const i of [0, 1]) {
      read(`the drawing's mean of z${"₁₂"[i]}`, () => now.q?.mean[i], none(number));
      read(`its standard deviation σ${"₁₂"[i]}`, () => now.q?.sigma[i], none(VaeExplorers.number(3)));
    }
    read("most of the ten nearest training digits are", () => now.q?.label, none((label) => `${label} (${now.q.votes} of 10)`));
  });

  // Training digits: mean codes, in thousandths, two bytes each, and one character for each label.
  function trainingPoints({ codes, labels }) {
    const values = new Int16Array(VaeExplorers.bytes(codes));
    return [...labels].map((label, i) => ({ z1: values[2 * i] / 1000, z2: values[2 * i + 1] / 1000, label: Number(label) }));
  }

  // The label that most of the ten nearest training digits have, and how many.
  function neighbours(points, z1, z2) {
    const far = (point) => (point.z1 - z1) ** 2 + (point.z2 - z2) ** 2;
    const votes = new Array(10).fill(0);
    for (const { label } of points.map((p) => [far(p), p]).sort((a, b) => a[0] - b[0]).slice(0, 10).map((pair) => pair[1]))
      votes[label]++;
    const most = Math.max(...votes);
    return { label: votes.indexOf(most), votes: most };
  }

  // Where each class carries its number: at its median, unless two lie closer than `far`; these are pushed apart.
  function labelPlaces(points, classes, far) {
    const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
    const places = Array.from({ length: classes }, (_, label) => {
      const members = points.filter((point) => point.label === label);
      return { label, z1: median(members.map((p) => p.z1)), z2: median(members.map((p) => p.z2)) };
    }).filter(({ z1 }) => z1 !== undefined);
    for (let round = 0; round < 50; round++)
      for (const a of places)
        for (const b of places) {
          const [d1, d2] = [b.z1 - a.z1, b.z2 - a.z2];
          const distance = Math.hypot(d1, d2);
          if (a === b || distance >= far) continue;
          const push = (0.5 * (far - distance)) / (distance || 1);
          a.z1 -= push * d1;
          a.z2 -= push * d2;
          b.z1 += push * d1;
          b.z2 += push * d2;
        }
    return places;
  }
  VaeExplorers.labelPlaces = labelPlaces; // for tests

  // The points never change, so they are drawn once.
  function drawCloud(points, classes, { limit, across, up }) {
    const canvas = document.createElement("canvas");
    const pixels = 1000;
    canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d");
    context.scale(pixels / (2 * limit), pixels / (2 * limit));
    context.globalAlpha = 0.75;
    for (const { z1, z2, label } of points) {
      context.fillStyle = classes[label];
      context.beginPath();
      context.arc(across(z1), up(z2), limit / 110, 0, 2 * Math.PI);
      context.fill();
    }
    // Each class carries its number at its median, so that colour is not needed.
    context.globalAlpha = 1;
    context.font = `bold ${limit / 8}px sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const { label, z1, z2 } of labelPlaces(points, classes.length, limit / 6)) {
      const place = [label, across(z1), up(z2)];
      context.strokeStyle = "#fff";
      context.lineWidth = limit / 30;
      context.strokeText(...place);
      context.fillStyle = classes[label];
      context.fillText(...place);
    }
    return canvas;
  }

  function drawPlane(context, em, cloud, limit, { z1, z2 }, q) {
    const range = [-limit, limit];
    const size = 2 * limit;
    VaeExplorers.plane(context, em, { x: range, y: range }, (across, up, line) => {
      context.drawImage(cloud, 0, 0, size, size);
      if (q) {
        // One standard deviation of q(z | drawing) in each direction, and its mean.
        context.strokeStyle = "#000";
        context.fillStyle = "#0003";
        context.lineWidth = 2 * line;
        context.beginPath();
        context.ellipse(across(q.mean[0]), up(q.mean[1]), ...q.sigma, 0, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
        // It is often smaller than a point: four marks say where to look.
        for (let turn = 0; turn < 4; turn++) {
          const [right, down] = [Math.round(Math.cos((turn * Math.PI) / 2)), Math.round(Math.sin((turn * Math.PI) / 2))];
          context.beginPath();
          for (const far of [12 * line, 26 * line])
            context.lineTo(
              across(q.mean[0]) + right * (q.sigma[0] + far),
              up(q.mean[1]) + down * (q.sigma[1] + far),
            );
          context.stroke();
        }
      }
      VaeExplorers.ring(context, across(z1), up(z2), size / 50, line); // the point that is decoded
    });
  }

  function cross(context, x, y, reach, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - reach, y - reach);
    context.lineTo(x + reach, y + reach);
    context.moveTo(x - reach, y + reach);
    context.lineTo(x + reach, y - reach);
    context.stroke();
  }

  function drawStrokes(context, { strokes, keys, down, using }) {
    context.strokeStyle = "#111";
    context.lineWidth = 22;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x, y);
      context.stroke();
    }
    if (using) cross(context, ...keys, 9, down ? "#c33" : "#36c", 4); // the keyboard's pen
  }
})();
