// Networks in the page: weights as whole numbers become float32 once, then each step is a loop that can be read.
// The steps are those of vae_course/explorers/export.py; one example at a time, no library.

(() => {
  "use strict";

  const page = (window.VaeExplorers ??= {});
  page.models ??= {}; // what scripts have registered, by name
  page.register = (model) => {
    page.models[model.name] = model;
  };

  // A function from an input to an output, both Float32Array, for a model that `export` wrote.
  page.network = (model) => {
    let layers; // made when they are first asked for
    return (input) => {
      layers ??= model.steps.map((step) => STEPS[step.kind](step));
      let signal = { values: new Float32Array(input), shape: [input.length] };
      for (const layer of layers) signal = layer(signal);
      return signal.values;
    };
  };

  // The bytes that base64 text stands for.
  const bytes = (text) => {
    const raw = atob(text);
    const array = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) array[i] = raw.charCodeAt(i);
    return array.buffer;
  };
  page.bytes = bytes;

  // Weights in float32, outputs first: whole number times the scale of its output channel.
  function unpack(step) {
    const whole = new Int8Array(bytes(step.weight));
    const scale = new Float32Array(bytes(step.scale));
    const weight = new Float32Array(whole.length);
    const each = whole.length / scale.length;
    for (let i = 0; i < whole.length; i++) weight[i] = whole[i] * scale[Math.floor(i / each)];
    return { weight, bias: new Float32Array(bytes(step.bias)) };
  }

  // Input by input, since behind a ReLU many are zero and cost nothing.
  function linear(step) {
    const [outputs, inputs] = step.size;
    const { weight, bias } = unpack(step);
    const columns = new Float32Array(weight.length);
    for (let o = 0, k = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) columns[i * outputs + o] = weight[k++];
    return ({ values }) => {
      const sums = new Float64Array(bias);
      for (let i = 0; i < inputs; i++) {
        const value = values[i];
        if (value === 0) continue;
        for (let o = 0, k = i * outputs; o < outputs; o++) sums[o] += columns[k++] * value;
      }
      return { values: new Float32Array(sums), shape: [outputs] };
    };
  }

  // out[o, y, x] = bias[o] + sum over c, ky, kx of weight[o, c, ky, kx] in[c, y stride + ky - padding, ...]
  function conv(step) {
    const [outputs, inputs, tall, wide] = step.size;
    const [[strideY, strideX], [padY, padX]] = [step.stride, step.padding];
    const { weight, bias } = unpack(step);
    return ({ values, shape: [, height, width] }) => {
      const h = Math.floor((height + 2 * padY - tall) / strideY) + 1;
      const w = Math.floor((width + 2 * padX - wide) / strideX) + 1;
      const result = new Float32Array(outputs * h * w);
      for (let o = 0, k = 0; o < outputs; o++) {
        const out = result.subarray(o * h * w, (o + 1) * h * w).fill(bias[o]);
        for (let c = 0; c < inputs; c++)
          for (let ky = 0; ky < tall; ky++)
            for (let kx = 0; kx < wide; kx++) {
              const factor = weight[k++];
              const [fromX, toX] = inside(w, width, strideX, kx - padX);
              const [fromY, toY] = inside(h, height, strideY, ky - padY);
              for (let y = fromY; y < toY; y++) {
                const row = (c * height + y * strideY + ky - padY) * width + kx - padX;
                for (let x = fromX; x < toX; x++) out[y * w + x] += factor * values[row + x * strideX];
              }
            }
      }
      return { values: result, shape: [outputs, h, w] };
    };
  }

  // The same loops with in and out exchanged: every input pixel is spread over a window of the output.
  function convTransposed(step) {
    const [outputs, inputs, tall, wide] = step.size;
    const [[strideY, strideX], [padY, padX]] = [step.stride, step.padding];
    const { weight, bias } = unpack(step);
    return ({ values, shape: [, height, width] }) => {
      const h = (height - 1) * strideY - 2 * padY + tall + step.more[0];
      const w = (width - 1) * strideX - 2 * padX + wide + step.more[1];
      const result = new Float32Array(outputs * h * w);
      for (let o = 0, k = 0; o < outputs; o++) {
        const out = result.subarray(o * h * w, (o + 1) * h * w).fill(bias[o]);
        for (let c = 0; c < inputs; c++)
          for (let ky = 0; ky < tall; ky++)
            for (let kx = 0; kx < wide; kx++) {
              const factor = weight[k++];
              const [fromX, toX] = inside(width, w, strideX, kx - padX);
              const [fromY, toY] = inside(height, h, strideY, ky - padY);
              for (let y = fromY; y < toY; y++) {
                const row = (c * height + y) * width;
                const start = (y * strideY + ky - padY) * w + kx - padX;
                for (let x = fromX; x < toX; x++) out[start + x * strideX] += factor * values[row + x];
              }
            }
      }
      return { values: result, shape: [outputs, h, w] };
    };
  }

  // The positions i in [from, to) of `count` for which i * stride + shift lies in [0, size).
  function inside(count, size, stride, shift) {
    return [Math.max(0, Math.ceil(-shift / stride)), Math.min(count, Math.ceil((size - shift) / stride))];
  }

  const reshape = (step) => ({ values }) => ({
    values,
    shape: step.shape[0] === -1 ? [values.length] : step.shape,
  });

  const each = (change) => (step) => ({ values, shape }) => {
    const result = new Float32Array(values.length); // a loop: `map` takes longer than a small layer
    for (let i = 0; i < values.length; i++) result[i] = change(values[i], step);
    return { values: result, shape };
  };

  // Means, then log-variances held softly within their limit.
  const gaussian = (step) => ({ values, shape }) => ({
    values: values.map((value, i) => (i < values.length / 2 ? value : step.limit * Math.tanh(value / step.limit))),
    shape,
  });

  const STEPS = {
    linear,
    conv,
    convTransposed,
    reshape,
    gaussian,
    relu: each((value) => Math.max(0, value)),
    leakyRelu: each((value, step) => (value < 0 ? step.slope * value : value)),
    tanh: each((value) => Math.tanh(value)),
    silu: each((value) => value / (1 + Math.exp(-value))),
    sigmoid: each((value) => 1 / (1 + Math.exp(-value))),
  };
})();
