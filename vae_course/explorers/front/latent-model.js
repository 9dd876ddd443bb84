// Chapter 1: p(x) = E[p(x, z) / q(z)] with codes z from a proposal q, in a linear model of digits where p(x) is known.
// The plane shows one set of K codes, each as large as its share of the estimate; the histogram repeats it many times.

(() => {
  "use strict";

  const SIDE = 28;
  const LOG_2PI = Math.log(2 * Math.PI);
  const COORDINATES = [0, 1];
  const sum = (term) => term(0) + term(1); // over the two coordinates

  // The model for digit number `i`, with r = x - b: log p(x, z), log p(x) and the posterior, all in closed form.
  function exact({ dimensions, noise, gram, squares, projections }, i) {
    const [variance, square, projection] = [noise ** 2, squares[i], projections[i]]; // r'r and W'r
    const M = gram.map((value) => value + variance);
    const constant = -0.5 * dimensions * (LOG_2PI + Math.log(variance));
    return {
      // Without loops, because it is asked for tens of thousands of codes a frame.
      logJoint: (z1, z2) =>
        constant -
        (square + z1 * (gram[0] * z1 - 2 * projection[0]) + z2 * (gram[1] * z2 - 2 * projection[1])) / (2 * variance) -
        (z1 * z1 + z2 * z2) / 2 -
        LOG_2PI,
      evidence:
        -0.5 * ((square - sum((j) => projection[j] ** 2 / M[j])) / variance) -
        0.5 * (sum((j) => Math.log(M[j])) + (dimensions - 2) * Math.log(variance) + dimensions * LOG_2PI),
      mean: COORDINATES.map((j) => projection[j] / M[j]),
      deviations: COORDINATES.map((j) => Math.sqrt(variance / M[j])),
    };
  }

  // kappa - 1: the variance of a weight, relative to p(x) squared.
  function relativeVariance(model, q) {
    const rest = COORDINATES.map((j) => 2 * q.deviations[j] ** 2 - model.deviations[j] ** 2);
    if (Math.min(...rest) <= 0) return Infinity;
    const logKappa = (j) =>
      2 * Math.log(q.deviations[j]) -
      Math.log(model.deviations[j]) -
      Math.log(rest[j]) / 2 +
      (model.mean[j] - q.mean[j]) ** 2 / rest[j];
    return Math.expm1(sum(logKappa));
  }

  VaeExplorers.define("latent-model", (stage) => {
    const { settings, networks } = stage;
    const { limit, ranges, repeats, colours } = settings;
    const decode = networks[settings.models[0]];
    const pixels = new Uint8Array(VaeExplorers.bytes(settings.digits));
    const digits = settings.squares.map((_, i) => Float32Array.from(pixels.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2), (v) => v / 255));
    const state = { ...settings.start, digit: 0 };
    const now = {};

    // The same noise serves every proposal, so that a picture changes as smoothly as the proposal.
    const most = 2 ** ranges.doublings[1];
    const noise = new Float32Array(2 * repeats * most);
    const drawNoise = () => noise.forEach((_, i) => (noise[i] = VaeExplorers.gaussian()));
    drawNoise();

    const upper = stage.row();
    const size = 2 * limit;
    const [across, up] = [(z1) => z1 + limit, (z2) => limit - z2];
    const plane = stage.canvas(stage.panel(upper, "Codes: drag the proposal, or use the arrow keys", "vae-wide"), {
      label: "Plane of codes with the posterior, the proposal and its draws; arrow keys move the proposal",
      role: "application",
      width: size,
      height: size,
      draw: (context, em) => drawPlane(context, em, limit, colours, now),
    });
    stage.pad(plane, {
      width: size,
      height: size,
      step: 0.1,
      position: () => [across(state.z1), up(state.z2)],
      move: (x, y) => Object.assign(state, { z1: x - limit, z2: limit - y }),
    });
    const pictures = stage.row(stage.panel(upper));
    const image = (title, label, values) =>
      stage.image(stage.panel(pictures, title), { label, side: SIDE, values });
    image("A digit x", "The digit x", () => digits[state.digit]);
    image("Decoded at the ring", "The image that the decoder makes of the proposal's mean", () => now.decoded);

    const lower = stage.row();
    stage.canvas(stage.panel(lower, `${repeats} estimates of p(x), divided by p(x)`, "vae-wide"), {
      label: "Histogram of estimates relative to the exact value, on a logarithmic axis",
      width: 640,
      height: 170,
      draw: (context, em) => drawHistogram(context, em, now.estimates, ranges.decades, colours),
    });

    const row = stage.row();
    const controls = stage.panel(row, null, "vae-wide");
    const times = (width) => `${VaeExplorers.number(2)(now.scale ** (1 + width))} × posterior`;
    const number = VaeExplorers.number(2);
    stage.slider(controls, {
      state,
      label: "width",
      key: "width",
      range: ranges.width,
      step: 0.01,
      format: (width) => times(width),
    });
    stage.slider(controls, {
      state,
      label: "codes K",
      key: "doublings",
      range: ranges.doublings,
      step: 1,
      format: (value) => String(2 ** value),
    });
    const propose = (mean, width) => Object.assign(state, { z1: mean[0], z2: mean[1], width });
    stage.button(controls, "Prior", () => propose([0, 0], 0));
    stage.button(controls, "Posterior", () => propose(now.model.mean, -1));
    stage.button(controls, "New draws", drawNoise);
    stage.button(controls, "Next digit", () => (state.digit = (state.digit + 1) % digits.length));
    stage.button(controls, "Reset", () => Object.assign(state, settings.start, { digit: 0 }));

    const readings = stage.panel(row);
    const nats = (value) => `${VaeExplorers.number(2)(value)} nats`;
    const read = (label, value, format) => stage.reading(readings, { label, value, format });
    stage.before(() => {
      now.model = exact(settings, state.digit);
      now.scale = Math.sqrt(1 / (now.model.deviations[0] * now.model.deviations[1])); // prior over posterior
    });
    stage.after(() => {
      const K = 2 ** state.doublings;
      now.q = {
        mean: [state.z1, state.z2],
        deviations: now.model.deviations.map((deviation) => deviation ** -state.width),
      };
      now.decoded = decode(now.q.mean).map((value) => Math.min(1, Math.max(0, value)));
      Object.assign(now, weigh(now.model, now.q, noise, repeats, K));
      now.error = Math.sqrt(relativeVariance(now.model, now.q) / K);
      stage.say(`${number(now.effective)} of ${K} codes count; the estimate is off by ${number(now.estimates[0])} nats`);
    });
    read("exact log p(x)", () => now.model.evidence, nats);
    read("log estimate", () => now.model.evidence + now.estimates[0], nats);
    read("codes that count", () => now.effective, (value) => `${VaeExplorers.number(1)(value)} of ${2 ** state.doublings}`);
    read("relative error", () => now.error, (value) => (Number.isFinite(value) ? number(value) : "infinite"));
  });

  // K codes and their weights, `repeats` times: log of each mean weight relative to p(x); for the first set also its
  // codes, the shares of their weights, and the effective sample size.
  function weigh(model, q, noise, repeats, K) {
    const [[m1, m2], [s1, s2]] = [q.mean, q.deviations];
    const logNormal = -LOG_2PI - Math.log(s1 * s2);
    const estimates = new Float64Array(repeats);
    const log = new Float64Array(K); // log of the weights of one set, relative to p(x)
    for (let i = repeats - 1; i >= 0; i--) {
      let most = -Infinity;
      for (let k = 0; k < K; k++) {
        const [e1, e2] = [noise[2 * (i * K + k)], noise[2 * (i * K + k) + 1]];
        const logQ = logNormal - (e1 * e1 + e2 * e2) / 2;
        log[k] = model.logJoint(m1 + s1 * e1, m2 + s2 * e2) - logQ - model.evidence;
        if (log[k] > most) most = log[k];
      }
      let total = 0;
      for (let k = 0; k < K; k++) total += Math.exp(log[k] - most);
      estimates[i] = most + Math.log(total / K);
    }
    // The first set was the last to be computed, and its weights are still there.
    const shares = Array.from(log, (value) => Math.exp(value - estimates[0]) / K);
    const codes = shares.map((_, k) => [m1 + s1 * noise[2 * k], m2 + s2 * noise[2 * k + 1]]);
    return { estimates, shares, codes, effective: 1 / shares.reduce((squares, share) => squares + share ** 2, 0) };
  }

  function drawPlane(context, em, limit, colours, { model, q, codes, shares }) {
    const range = [-limit, limit];
    const size = 2 * limit;
    VaeExplorers.plane(context, em, { x: range, y: range }, (across, up, line) => {
      context.fillStyle = colours.codes;
      context.globalAlpha = 0.65;
      codes.forEach(([z1, z2], k) => {
        context.beginPath();
        // Area is share; what has none is still a dot.
        context.arc(across(z1), up(z2), Math.max(1.6 * line, (size / 14) * Math.sqrt(shares[k])), 0, 2 * Math.PI);
        context.fill();
      });
      context.globalAlpha = 1;
      context.font = `${em}px sans-serif`;
      context.textAlign = "left";
      const gaussian = ({ mean, deviations }, colour, name, place) => {
        context.strokeStyle = context.fillStyle = colour;
        context.lineWidth = 2.5 * line;
        context.beginPath();
        context.ellipse(across(mean[0]), up(mean[1]), ...deviations, 0, 0, 2 * Math.PI);
        context.stroke();
        context.fillRect(2.2 * em, (0.8 + 1.3 * place) * em, em, 0.25 * em);
        context.fillText(name, 3.6 * em, (1.2 + 1.3 * place) * em);
      };
      gaussian(model, colours.posterior, "posterior p(z | x)", 0);
      gaussian(q, colours.proposal, "proposal", 1);
      VaeExplorers.ring(context, across(q.mean[0]), up(q.mean[1]), size / 140, line / 2);
    });
  }

  function drawHistogram(context, em, estimates, [low, high], colours) {
    const [left, right, top, bottom, bins] = [30, 610, 8, 128, 80];
    const x = (decade) => left + ((decade - low) / (high - low)) * (right - left);
    const counts = new Array(bins).fill(0);
    for (const estimate of estimates) {
      const place = Math.floor(((estimate / Math.LN10 - low) / (high - low)) * bins);
      counts[Math.min(bins - 1, Math.max(0, place || 0))]++; // what lies beyond stands at the edge
    }
    const most = Math.max(...counts);
    context.fillStyle = colours.codes;
    counts.forEach((count, bin) => {
      const tall = (count / most) * (bottom - top);
      context.fillRect(left + (bin * (right - left)) / bins, bottom - tall, (right - left) / bins, tall);
    });
    context.fillStyle = "#222";
    context.fillRect(x(0) - 1, top - 4, 2, bottom - top + 4);
    context.font = `${em}px sans-serif`;
    context.textAlign = "right";
    context.fillText("exact", x(0) - 6, top + em);
    const ticks = [];
    for (let tick = low; tick <= high; tick += 2) ticks.push(tick);
    const format = (tick) => (tick === 0 ? "1" : `${tick === low ? "≤ " : ""}10${superscript(tick)}`);
    VaeExplorers.axis(context, em, { x, y: bottom, ticks, format, start: left, end: right });
  }

  const superscript = (whole) => String(whole).replace(/./g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
})();
