// Chapter 2: a Gaussian q(z) = N(mean, exp(logvar)) beside the exact posterior of x = w z + b + sigma noise.
// The three numbers are computed each from its own closed form; that two of them add up to the third is not put in.

(() => {
  "use strict";

  const LOG_2PI = Math.log(2 * Math.PI);
  const logNormal = (x, mean, variance) => -0.5 * (LOG_2PI + Math.log(variance) + (x - mean) ** 2 / variance);
  const kl = (mean, variance, m, v) => 0.5 * (Math.log(v / variance) + (variance + (mean - m) ** 2) / v - 1);

  // The model's exact terms for one x and a Gaussian q, in nats.
  function terms({ w, b, sigma, x }, mean, variance) {
    const noise = sigma ** 2;
    const posterior = { mean: (w * (x - b)) / (w ** 2 + noise), variance: noise / (w ** 2 + noise) };
    const reconstruction = logNormal(x, w * mean + b, noise) - (w ** 2 * variance) / (2 * noise);
    const toPrior = kl(mean, variance, 0, 1);
    return {
      posterior,
      elbo: reconstruction - toPrior,
      gap: kl(mean, variance, posterior.mean, posterior.variance),
      evidence: logNormal(x, b, w ** 2 + noise),
    };
  }

  VaeExplorers.define("elbo-picture", (stage) => {
    const { settings } = stage;
    const { mean: ranges, logvar: widths } = settings.ranges;
    const colours = { elbo: "#332288", gap: "#CC6677", posterior: "#117733" };
    const state = { ...settings.start };
    let now = {};
    const exact = () => terms(settings, state.mean, Math.exp(state.logvar)).posterior;

    const number = VaeExplorers.number(3);
    const width = 640;

    stage.canvas(stage.panel(stage.row(), null, "vae-wide"), {
      label: "Densities over z: the prior, the exact posterior, and q",
      width,
      height: 250,
      draw: (context, em) => densities(context, em, state, now.posterior, colours),
    });
    stage.canvas(stage.panel(stage.row(), null, "vae-wide"), {
      label: "Bars in nats: the ELBO and the gap end where log p(x) ends",
      width,
      height: 118,
      draw: (context, em) => bars(context, em, now, settings, colours),
    });

    const row = stage.row();
    const controls = stage.panel(row, null, "vae-wide");
    const slide = { state, format: number, step: 0.01 };
    stage.slider(controls, { ...slide, label: "mean of q", key: "mean", range: ranges });
    stage.slider(controls, { ...slide, label: "log-variance of q", key: "logvar", range: widths });
    stage.button(controls, "Reset", () => Object.assign(state, settings.start));
    stage.button(controls, "Sample a q", () => {
      const within = ([low, high]) => low + (high - low) * Math.random();
      Object.assign(state, { mean: within([-2, 2]), logvar: within([-4, 1]) });
    });
    stage.button(controls, "Match the mean", () => (state.mean = exact().mean));
    stage.button(controls, "Match the variance", () => (state.logvar = Math.log(exact().variance)));

    const readings = stage.panel(row);
    const read = (label, value, colour) => stage.reading(readings, { label, value, colour, format: number });

    stage.after(() => {
      now = terms(settings, state.mean, Math.exp(state.logvar));
      stage.say(`ELBO ${number(now.elbo)}, gap ${number(now.gap)}, together ${number(now.elbo + now.gap)} nats`);
    });
    read("ELBO", () => now.elbo, colours.elbo);
    read("gap", () => now.gap, colours.gap);
    read("ELBO + gap", () => now.elbo + now.gap);
    read("log p(x)", () => now.evidence);
  });

  function densities(context, em, { mean, logvar }, posterior, colours) {
    const [low, high, left, right, top, bottom] = [-3.5, 3.5, 10, 630, 14, 212];
    const tallest = 1.15 / Math.sqrt(2 * Math.PI * posterior.variance);
    const x = (z) => left + ((z - low) / (high - low)) * (right - left);
    const y = (density) => bottom - (Math.min(density, 2) / tallest) * (bottom - top);
    const curve = (m, v) => {
      context.beginPath();
      for (let i = 0; i <= 700; i++) {
        const z = low + ((high - low) * i) / 700;
        context.lineTo(x(z), y(Math.exp(logNormal(z, m, v))));
      }
    };
    context.save();
    context.beginPath();
    context.rect(0, 0, 640, bottom + 1);
    context.clip();
    context.lineWidth = 2.5;
    curve(posterior.mean, posterior.variance);
    context.strokeStyle = colours.posterior;
    context.stroke();
    context.lineTo(x(high), bottom);
    context.lineTo(x(low), bottom);
    context.fillStyle = `${colours.posterior}33`;
    context.fill();
    curve(0, 1);
    context.strokeStyle = "#888";
    context.setLineDash([6, 5]);
    context.stroke();
    curve(mean, Math.exp(logvar));
    context.strokeStyle = colours.elbo;
    context.setLineDash([]);
    context.lineWidth = 3.5;
    context.stroke();
    context.restore();

    VaeExplorers.axis(context, em, { x, y: bottom, ticks: [-3, -2, -1, 0, 1, 2, 3], title: "z", end: right });
    const names = [
      ["q(z)", colours.elbo],
      ["p(z | x)", colours.posterior],
      ["prior p(z)", "#666"],
    ];
    context.textAlign = "left";
    names.forEach(([name, colour], i) => {
      context.fillStyle = colour;
      context.fillRect(12, (1.2 + 1.4 * i) * em, em, 4);
      context.fillText(name, 20 + em, (1.55 + 1.4 * i) * em);
    });
  }

  function bars(context, em, { elbo, gap, evidence }, settings, colours) {
    const [low, high] = settings.ranges.nats;
    const [left, right, bottom] = [6.6 * em, 625, 80];
    const x = (nats) => left + ((Math.max(low, nats) - low) / (high - low)) * (right - left);
    const bar = (from, to, y, colour) => {
      context.fillStyle = colour;
      context.fillRect(x(from), y, x(to) - x(from), 26);
    };
    bar(low, elbo, 10, colours.elbo);
    bar(elbo, elbo + gap, 10, colours.gap);
    bar(low, evidence, 44, "#999");
    context.fillStyle = "#222";
    context.fillRect(x(evidence) - 1, 4, 2, 76);
    context.font = `${em}px sans-serif`;
    context.textAlign = "right";
    context.fillText("ELBO + gap", left - 8, 23 + em / 3);
    context.fillText("log p(x)", left - 8, 57 + em / 3);
    const ticks = [];
    for (let tick = Math.ceil(low); tick <= high; tick += 2) ticks.push(tick);
    VaeExplorers.axis(context, em, { x, y: bottom, ticks, title: "nats", end: right });
  }
})();
