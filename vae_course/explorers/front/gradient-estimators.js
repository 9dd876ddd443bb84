// Chapter 3: the gradient of E[z^2] by mu, z = mu + sigma e, estimated in three ways, each as the mean of K draws and
// many times over. What is drawn and measured comes from draws; the variances beside it come from the formulas.

(() => {
  "use strict";

  // One draw of each estimate, and its variance.
  const ESTIMATORS = {
    "score function": {
      draw: (mu, sigma, e) => ((mu + sigma * e) ** 2 * e) / sigma,
      variance: (mu, sigma) => mu ** 4 / sigma ** 2 + 14 * mu ** 2 + 15 * sigma ** 2,
    },
    "with the best baseline": {
      draw: (mu, sigma, e) => (((mu + sigma * e) ** 2 - mu ** 2 - 3 * sigma ** 2) * e) / sigma,
      variance: (mu, sigma) => 8 * mu ** 2 + 6 * sigma ** 2,
    },
    pathwise: {
      draw: (mu, sigma, e) => 2 * (mu + sigma * e),
      variance: (mu, sigma) => 4 * sigma ** 2,
    },
  };

  VaeExplorers.define("gradient-estimators", (stage) => {
    const { ranges, repeats, colours } = stage.settings;
    const log = (values) => values.map(Math.log10);
    // On the sliders, sigma moves by its logarithm and K by powers of two.
    const start = { mu: stage.settings.start.mu, logSigma: Math.log10(stage.settings.start.sigma), doublings: 0 };
    const state = { ...start };
    const sigma = () => 10 ** state.logSigma;
    const K = () => 2 ** state.doublings;
    const noise = new Float32Array(repeats * ranges.K[1]);
    const drawNoise = () => noise.forEach((_, i) => (noise[i] = VaeExplorers.gaussian()));
    drawNoise();

    const now = Object.keys(ESTIMATORS).map((name) => ({ name, ...ESTIMATORS[name], values: new Float32Array(repeats) }));
    stage.canvas(stage.panel(stage.row(), "Estimates of the gradient; the line is the truth", "vae-wide"), {
      label: "Three histograms of estimates around the true gradient, each above a bar of one standard deviation",
      width: 640,
      height: 382,
      draw: (context, em) => histograms(context, em, now, 2 * state.mu, ranges.gradient, colours),
    });

    const controls = stage.panel(stage.row(), null, "vae-wide");
    const number = VaeExplorers.number(2);
    stage.slider(controls, { state, label: "μ of q", key: "mu", range: ranges.mu, step: 0.05, format: number });
    stage.slider(controls, {
      state,
      label: "σ of q",
      key: "logSigma",
      range: log(ranges.sigma),
      step: 0.01,
      format: (value) => (10 ** value).toFixed(value < -1 ? 3 : 2),
    });
    stage.slider(controls, {
      state,
      label: "draws K",
      key: "doublings",
      range: [0, Math.log2(ranges.K[1])],
      step: 1,
      format: (value) => String(2 ** value),
    });
    stage.button(controls, "Reset", () => Object.assign(state, start));
    stage.button(controls, "New draws", drawNoise);

    const row = stage.row();
    const formulas = stage.panel(row, "Variance, by the formulas");
    const measured = stage.panel(row, `Variance of the ${repeats.toLocaleString("en")} estimates`);
    stage.after(() => {
      for (const one of now) {
        estimate(one, state.mu, sigma(), K(), noise);
        one.exact = one.variance(state.mu, sigma()) / K();
        [one.mean, one.measured] = moments(one.values);
      }
      const words = now.map((one) => `${one.name} ${short(one.exact)}`).join(", ");
      stage.say(`True gradient ${number(2 * state.mu)}; variances: ${words}`);
    });
    for (const one of now) {
      const look = { label: one.name, colour: colours[one.name], format: short };
      stage.reading(formulas, { ...look, value: () => one.exact });
      stage.reading(measured, { ...look, value: () => one.measured });
    }
  });

  // Three digits that count, whether the number is small or large.
  const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });

  // Fill `values` with estimates, each the mean of K draws.
  function estimate({ draw, values }, mu, sigma, K, noise) {
    for (let i = 0; i < values.length; i++) {
      let sum = 0;
      for (let k = i * K; k < (i + 1) * K; k++) sum += draw(mu, sigma, noise[k]);
      values[i] = sum / K;
    }
  }

  function moments(values) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)];
  }

  // One histogram below the other over the same axis, each as high as its panel; what lies outside is counted in words.
  function histograms(context, em, estimators, truth, [low, high], colours) {
    const [left, right, tall, bins] = [16, 624, 112, 160];
    const x = (gradient) => left + ((gradient - low) / (high - low)) * (right - left);
    context.font = `${em}px sans-serif`;
    estimators.forEach(({ name, values, exact }, place) => {
      const bottom = tall * (place + 1) - 14;
      const counts = new Array(bins).fill(0);
      let outside = 0;
      for (const value of values) {
        const bin = Math.floor(((value - low) / (high - low)) * bins);
        if (bin < 0 || bin >= bins) outside++;
        else counts[bin]++;
      }
      const most = Math.max(...counts);
      context.fillStyle = colours[name];
      const wide = (right - left) / bins;
      counts.forEach((count, bin) => {
        const high = ((tall - 34) * count) / most;
        context.fillRect(left + bin * wide, bottom - high, wide, high);
      });
      // One standard deviation to each side, by the formula.
      const [from, to] = [truth - Math.sqrt(exact), truth + Math.sqrt(exact)].map((g) => x(Math.min(high, Math.max(low, g))));
      context.fillRect(from, bottom + 4, to - from, 5);
      context.textAlign = "left";
      context.fillText(name, left, bottom - tall + 20 + em);
      if (outside) {
        context.fillStyle = "#444";
        context.textAlign = "right";
        context.fillText(`${((100 * outside) / values.length).toFixed(1)} % outside`, right, bottom - tall + 20 + em);
      }
    });
    context.fillStyle = "#222";
    context.fillRect(x(truth) - 0.75, 6, 1.5, 3 * tall + 6);
    const ticks = [];
    for (let tick = Math.ceil(low / 4) * 4; tick < high; tick += 4) ticks.push(tick);
    VaeExplorers.axis(context, em, { x, y: 3 * tall + 12, ticks, start: left, end: right });
  }
})();
