// Chapter 10: z_1, z_2 ~ N(0, 1) and x = z_2 + c z_1^2 + noise. The posterior of z lies along a parabola. Beside it the
// best Gaussian with independent coordinates, found anew at every change, and a flow that was trained for all x and c.

(() => {
  "use strict";

  const LOG_2PI = Math.log(2 * Math.PI);
  const logNormal = (x, mean, variance) => -0.5 * (LOG_2PI + Math.log(variance) + (x - mean) ** 2 / variance);

  function logJoint({ x, curvature, noise }, z1, z2) {
    return logNormal(z1, 0, 1) + logNormal(z2, 0, 1) + logNormal(x, z2 + curvature * z1 ** 2, noise ** 2);
  }

  // log p(x, z_1), with z_2 integrated in closed form; and z_2 given both is Gaussian.
  const logOfFirst = ({ x, curvature, noise }, z1) => logNormal(z1, 0, 1) + logNormal(x, curvature * z1 ** 2, 1 + noise ** 2);
  const second = ({ x, curvature, noise }, z1) => ({
    mean: (x - curvature * z1 ** 2) / (1 + noise ** 2),
    variance: noise ** 2 / (1 + noise ** 2),
  });

  // log p(x), z_1 by quadrature.
  function evidence(model) {
    let sum = 0;
    for (let z1 = -8; z1 <= 8; z1 += 0.01) sum += Math.exp(logOfFirst(model, z1)) * 0.01;
    return Math.log(sum);
  }

  // The ELBO of a Gaussian whose first coordinate is N(m, s^2) and whose second is the best one for it, in closed form.
  function gaussianBound(model, m, s) {
    const { x, curvature, noise } = model;
    const v = s ** 2;
    const { variance } = second(model, 0);
    const mean = (x - curvature * (m ** 2 + v)) / (1 + noise ** 2);
    const square = (x - mean - curvature * (m ** 2 + v)) ** 2 + variance + curvature ** 2 * (2 * v ** 2 + 4 * m ** 2 * v);
    const divergence = 0.5 * (m ** 2 + v - 1 - Math.log(v) + mean ** 2 + variance - 1 - Math.log(variance));
    return { bound: -0.5 * (square / noise ** 2 + LOG_2PI + 2 * Math.log(noise)) - divergence, mean: [m, mean], deviations: [s, Math.sqrt(variance)] };
  }

  // The best of them: a grid over m >= 0 and log s, made finer around its best point.
  function bestGaussian(model) {
    let [m, logS, reachM, reachS, best] = [1.2, -1, 1.2, 1.5, { bound: -Infinity }];
    for (let round = 0; round < 12; round++) {
      for (let i = -12; i <= 12; i++)
        for (let j = -12; j <= 12; j++) {
          const q = gaussianBound(model, Math.max(0, m + (reachM * i) / 12), Math.exp(logS + (reachS * j) / 12));
          if (q.bound > best.bound) best = q;
        }
      [m, logS, reachM, reachS] = [best.mean[0], Math.log(best.deviations[0]), reachM / 4, reachS / 4];
    }
    return best;
  }

  // Noise through the flow: its draws and its ELBO. Each step leaves z = gate z + (1 - gate) shift.
  function bend(model, encode, steps, noise) {
    const [mean, logvar] = split(encode([model.x, model.curvature]));
    const context = mean.subarray(2);
    let total = 0;
    const deviations = [0, 1].map((j) => Math.exp(logvar[j] / 2));
    const seen = Float64Array.of(0, 0, ...context); // what a step sees: the draw, and the context
    const draws = noise.map((e) => {
      const z = [0, 1].map((j) => mean[j] + deviations[j] * e[j]);
      let logQ = -LOG_2PI - (logvar[0] + logvar[1] + e[0] ** 2 + e[1] ** 2) / 2;
      for (const step of steps) {
        seen.set(z);
        const [m1, m2, s1, s2] = step(seen);
        const gates = [1 / (1 + Math.exp(-s1)), 1 / (1 + Math.exp(-s2))];
        z[0] = gates[0] * z[0] + (1 - gates[0]) * m1;
        z[1] = gates[1] * z[1] + (1 - gates[1]) * m2;
        logQ -= Math.log(gates[0] * gates[1]);
      }
      total += logJoint(model, ...z) - logQ;
      return z;
    });
    return { draws, bound: total / noise.length };
  }

  const split = (values) => [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];

  // Standard normal pairs, one in each of count x count cells of equal probability: less scatter than independent ones.
  function stratified(count) {
    const pairs = [];
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        const radius = Math.sqrt(-2 * Math.log(1 - (i + Math.random()) / count));
        const angle = (2 * Math.PI * (j + Math.random())) / count;
        pairs.push([radius * Math.cos(angle), radius * Math.sin(angle)]);
      }
    return pairs;
  }

  VaeExplorers.define("posterior-shapes", (stage) => {
    const { settings, networks } = stage;
    const { ranges, colours } = settings;
    const [encode, ...steps] = settings.models.map((name) => networks[name]);
    const state = { ...settings.start, noise: stratified(settings.strata) };
    const now = {};
    const number = VaeExplorers.number(2);
    const nats = (value) => `${VaeExplorers.number(3)(value)} nats`;

    const [width, height] = [ranges.z1[1] - ranges.z1[0], ranges.z2[1] - ranges.z2[0]];
    const row = stage.row();
    const plane = (title, label, key) =>
      stage.canvas(stage.panel(row, title, "vae-half"), {
        label,
        width,
        height,
        draw: (context, em) => drawPlane(context, em, ranges, now.model, now[key], colours[key]),
      });
    plane("Best Gaussian, independent", "The true posterior in grey and draws of the best Gaussian", "gaussian");
    plane("Flow", "The true posterior in grey and draws of the flow", "flow");
    stage.canvas(stage.panel(stage.row(), "Gap in nats", "vae-wide"), {
      label: "Bars in nats: the gap of the Gaussian and the gap of the flow",
      width: 640,
      height: 118,
      draw: (context, em) => drawGaps(context, em, now, colours),
    });

    const below = stage.row();
    const controls = stage.panel(below, null, "vae-wide");
    const slide = { state, step: 0.01, format: number };
    stage.slider(controls, { ...slide, label: "curvature c", key: "curvature", range: ranges.curvature });
    stage.slider(controls, { ...slide, label: "observation x", key: "x", range: ranges.x });
    stage.button(controls, "Reset", () => Object.assign(state, settings.start));
    stage.button(controls, "New draws", () => (state.noise = stratified(settings.strata)));
    stage.button(controls, "Straight", () => (state.curvature = 0));

    stage.after(() => {
      now.model = { x: state.x, curvature: state.curvature, noise: settings.noise };
      now.evidence = evidence(now.model);
      now.gaussian = bestGaussian(now.model);
      now.gaussian.draws = state.noise.map((e) => e.map((value, j) => now.gaussian.mean[j] + now.gaussian.deviations[j] * value));
      now.flow = bend(now.model, encode, steps, state.noise);
      for (const q of [now.gaussian, now.flow]) q.gap = now.evidence - q.bound;
      stage.say(`Gap of the Gaussian ${nats(now.gaussian.gap)}, of the flow ${nats(now.flow.gap)}`);
    });
    const readings = stage.panel(below, "Nats");
    const read = (label, value, colour) => stage.reading(readings, { label, value, colour, format: VaeExplorers.number(3) });
    read("gap, Gaussian", () => now.gaussian.gap, colours.gaussian);
    read("gap, flow", () => now.flow.gap, colours.flow);
    read("log p(x)", () => now.evidence);
  });

  function drawPlane(context, em, { z1, z2 }, model, q, colour) {
    VaeExplorers.plane(context, em, { x: z1, y: z2 }, (across, up, line) => {
      posterior(context, z1, model, across, up);
      context.fillStyle = context.strokeStyle = colour;
      for (const [first, second] of q.draws) {
        context.beginPath();
        context.arc(across(first), up(second), 2 * line, 0, 2 * Math.PI);
        context.fill();
      }
      if (!q.deviations) return;
      context.lineWidth = 2.5 * line;
      context.beginPath();
      context.ellipse(across(q.mean[0]), up(q.mean[1]), ...q.deviations.map((deviation) => 2 * deviation), 0, 0, 2 * Math.PI);
      context.stroke();
    });
  }

  // Grey, darker where the density is above a greater share of its maximum. Given z_1 the posterior of z_2 is Gaussian,
  // so that each of these regions is an interval around a mean.
  function posterior(context, [low, high], model, across, up) {
    const steps = 300;
    const wide = (high - low) / steps;
    const columns = Array.from({ length: steps }, (_, i) => low + (i + 0.5) * wide);
    const most = Math.max(...columns.map((z1) => logOfFirst(model, z1)));
    context.fillStyle = "#0002";
    for (const share of [0.02, 0.1, 0.3, 0.6])
      for (const z1 of columns) {
        const { mean, variance } = second(model, z1);
        const room = 2 * variance * (logOfFirst(model, z1) - most - Math.log(share));
        if (room > 0) context.fillRect(across(z1 - wide / 2), up(mean + Math.sqrt(room)), wide, 2 * Math.sqrt(room));
      }
  }

  function drawGaps(context, em, now, colours) {
    const [left, right, bottom, top] = [5.5 * em, 625, 80, 2];
    const x = (value) => left + (Math.min(top, Math.max(0, value)) / top) * (right - left);
    context.font = `${em}px sans-serif`;
    context.textAlign = "right";
    ["gaussian", "flow"].forEach((key, place) => {
      const y = 10 + 34 * place;
      context.fillStyle = colours[key];
      context.fillRect(left, y, Math.max(2, x(now[key].gap) - left), 26);
      context.fillStyle = "#222";
      context.fillText(key === "flow" ? "flow" : "Gaussian", left - 8, y + 13 + em / 3);
    });
    VaeExplorers.axis(context, em, { x, y: bottom, ticks: [0, 0.5, 1, 1.5, 2], end: right });
  }
})();
