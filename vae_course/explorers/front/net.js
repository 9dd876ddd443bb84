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
    let network; // made when it is first asked for
    return (input) => (network ??= chain(model.steps))(vector(input)).values;
  };

  const vector = (values) => ({ values: new Float32Array(values), shape: [values.length] });

  // Steps one after the other, as a function from signal to signal.
  function chain(steps) {
    const layers = steps.map((step) => STEPS[step.kind](step));
    return (signal) => layers.reduce((value, layer) => layer(value), signal);
  }

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

  // The weight (outputs, rest) with the outputs of one input side by side.
  function byInput(weight, outputs) {
    const inputs = weight.length / outputs;
    const columns = new Float32Array(weight.length);
    for (let o = 0, k = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) columns[i * outputs + o] = weight[k++];
    return columns;
  }

  // sums += columns times values: the loop in which the time goes. Behind a ReLU many values are zero, and cost nothing.
  function addProduct(sums, columns, values) {
    const outputs = sums.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === 0) continue;
      for (let o = 0, k = i * outputs; o < outputs; o++) sums[o] += columns[k++] * value;
    }
  }

  function linear(step) {
    const { weight, bias } = unpack(step);
    const columns = byInput(weight, bias.length);
    return ({ values }) => {
      const sums = new Float64Array(bias);
      addProduct(sums, columns, values);
      return { values: new Float32Array(sums), shape: [bias.length] };
    };
  }

  // out[o, y, x] = bias[o] + sum over c, ky, kx of weight[o, c, ky, kx] in[c, y stride + ky - padding, ...]:
  // for each output pixel a product of the weight and the window that it sees.
  function conv(step) {
    const [outputs, inputs, tall, wide] = step.size;
    const [[strideY, strideX], [padY, padX]] = [step.stride, step.padding];
    const { weight, bias } = unpack(step);
    const columns = byInput(weight, outputs);
    const [seen, sums] = [new Float32Array(inputs * tall * wide), new Float64Array(outputs)];
    return ({ values, shape: [, height, width] }) => {
      const h = Math.floor((height + 2 * padY - tall) / strideY) + 1;
      const w = Math.floor((width + 2 * padX - wide) / strideX) + 1;
      const result = new Float32Array(outputs * h * w);
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          for (let c = 0, k = 0; c < inputs; c++)
            for (let ky = 0, row = y * strideY - padY; ky < tall; ky++, row++)
              for (let kx = 0, column = x * strideX - padX; kx < wide; kx++, column++) {
                const there = row >= 0 && row < height && column >= 0 && column < width;
                seen[k++] = there ? values[(c * height + row) * width + column] : 0;
              }
          sums.set(bias);
          addProduct(sums, columns, seen);
          for (let o = 0; o < outputs; o++) result[(o * h + y) * w + x] = sums[o];
        }
      return { values: result, shape: [outputs, h, w] };
    };
  }

  // The same with in and out exchanged: each input pixel, times the weight, is a window that is added to the output.
  function convTransposed(step) {
    const [outputs, inputs, tall, wide] = step.size;
    const [[strideY, strideX], [padY, padX]] = [step.stride, step.padding];
    const { weight, bias } = unpack(step);
    const each = tall * wide;
    const columns = new Float32Array(weight.length); // inputs first
    for (let o = 0, k = 0; o < outputs; o++)
      for (let c = 0; c < inputs; c++) for (let i = 0; i < each; i++) columns[(c * outputs + o) * each + i] = weight[k++];
    const [pixel, sums] = [new Float32Array(inputs), new Float64Array(outputs * each)];
    return ({ values, shape: [, height, width] }) => {
      const h = (height - 1) * strideY - 2 * padY + tall + step.more[0];
      const w = (width - 1) * strideX - 2 * padX + wide + step.more[1];
      const result = new Float32Array(outputs * h * w);
      for (let o = 0; o < outputs; o++) result.fill(bias[o], o * h * w, (o + 1) * h * w);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          for (let c = 0; c < inputs; c++) pixel[c] = values[(c * height + y) * width + x];
          sums.fill(0);
          addProduct(sums, columns, pixel);
          for (let o = 0, k = 0; o < outputs; o++)
            for (let ky = 0, row = y * strideY - padY; ky < tall; ky++, row++)
              for (let kx = 0, column = x * strideX - padX; kx < wide; kx++, column++, k++)
                if (row >= 0 && row < h && column >= 0 && column < w) result[(o * h + row) * w + column] += sums[k];
        }
      return { values: result, shape: [outputs, h, w] };
    };
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

  // Write images of `small` x `small` pixels, one after the other, enlarged to `size` x `size`; corners stay corners.
  function enlarge(values, small, size, out, start) {
    const scale = (small - 1) / (size - 1);
    for (let image = 0; image * small * small < values.length; image++)
      for (let y = 0, k = start + image * size * size; y < size; y++) {
        const top = Math.min(small - 2, Math.floor(y * scale));
        const down = y * scale - top;
        for (let x = 0; x < size; x++, k++) {
          const left = Math.min(small - 2, Math.floor(x * scale));
          const right = x * scale - left;
          const at = (image * small + top) * small + left;
          const above = values[at] + right * (values[at + 1] - values[at]);
          const below = values[at + small] + right * (values[at + small + 1] - values[at + small]);
          out[k] = above + down * (below - above);
        }
      }
  }

  const logistic = (value) => 1 / (1 + Math.exp(-value));

  // A hand of two colours before a wall: chapter 9's decoder.
  function layered(step) {
    const [geometry, size] = [step.dims[0], step.size];
    const [maps, colours, wall] = [chain(step.maps), chain(step.colours), chain(step.wall)];
    const all = size * size;
    return ({ values }) => {
      const content = vector(values.subarray(geometry));
      const layers = maps(vector(values.subarray(0, geometry))).values; // where the hand is, and two shares
      const [colour, card] = [colours(content).values, wall(content).values];
      const result = new Float32Array(3 * all);
      enlarge(card, Math.round(Math.sqrt(card.length / 3)), size, result, 0);
      for (let i = 0; i < all; i++) {
        const where = logistic(layers[i]);
        for (let c = 0; c < 3; c++) {
          const hand = layers[all + i] * colour[c] + layers[2 * all + i] * colour[3 + c];
          result[c * all + i] += where * (hand - result[c * all + i]);
        }
      }
      return { values: result, shape: [3, size, size] };
    };
  }

  const UNITS = 32; // widths of a bone's map in the side of the picture, as vae_course.models.skeleton has it

  // Where each bone passes, and in the last map how near the front one is; `joints` go from -1 to 1.
  function boneMaps({ bones, points, preference }, joints, nearness) {
    const [all, width] = [points * points, points / UNITS];
    const [weights, sums] = [new Float32Array(all), new Float32Array(all)];
    const out = new Float32Array((bones.length + 1) * all);
    bones.forEach(([start, end], bone) => {
      const place = (joint, axis) => ((joints[2 * joint + axis] + 1) * points) / 2 - 0.5;
      const [ax, ay] = [place(start, 0), place(start, 1)];
      const [alongX, alongY] = [place(end, 0) - ax, place(end, 1) - ay];
      const squared = Math.max(alongX * alongX + alongY * alongY, 0.01);
      const [near, far] = [nearness[start], nearness[end]];
      const counts = Math.exp((preference * (near + far)) / 2);
      // Six widths away from a bone its map is below 2e-8.
      const reach = 6 * width;
      const from = (a, along) => Math.max(0, Math.floor(Math.min(a, a + along) - reach));
      const to = (a, along) => Math.min(points, Math.ceil(Math.max(a, a + along) + reach) + 1);
      for (let y = from(ay, alongY); y < to(ay, alongY); y++)
        for (let x = from(ax, alongX); x < to(ax, alongX); x++) {
          const [u, v] = [x - ax, y - ay];
          const projection = u * alongX + v * alongY;
          const t = Math.min(1, Math.max(0, projection / squared));
          const distance = u * u + v * v - t * (2 * projection - t * squared); // squared
          const passes = Math.exp(-distance / (2 * width * width));
          const i = y * points + x;
          out[bone * all + i] = passes;
          weights[i] += passes * counts;
          sums[i] += passes * counts * (near + t * (far - near));
        }
    });
    for (let i = 0; i < all; i++) out[bones.length * all + i] = sums[i] / (weights[i] + 1e-3);
    return out;
  }

  // Two pictures of one hand ask for the same maps, one after the other.
  let latest;
  function mapsOf(step, joints, nearness) {
    const asked = [step.points, ...joints, ...nearness].join();
    if (latest?.asked !== asked) latest = { asked, maps: boneMaps(step, joints, nearness) };
    return latest.maps;
  }

  // A picture of a hand from z and its joints in the image and in space: chapter 8's decoder.
  function skeleton(step) {
    const { latent, points, bones, coarseShape } = step;
    const [coarse, layers] = [chain(step.coarse), chain(step.layers)];
    const colours = step.colours.length ? chain(step.colours) : undefined;
    const channels = bones.length + 1 + coarseShape[0];
    const maps = new Float32Array(channels * points * points);
    const count = bones.length + 1; // of joints
    return ({ values }) => {
      const z = vector(values.subarray(0, latent));
      const joints = values.subarray(latent, latent + 2 * count);
      const nearness = Float32Array.from({ length: count }, (_, j) => -values[latent + 2 * count + 3 * j + 2]);
      maps.set(mapsOf(step, joints, nearness));
      enlarge(coarse(z).values, coarseShape[1], points, maps, (bones.length + 1) * points * points);
      const { values: drawn, shape } = layers({ values: maps, shape: [channels, points, points] });
      const all = shape[1] * shape[2];
      const colour = colours?.(z).values;
      const result = new Float32Array((colour ? 3 : 1) * all);
      for (let i = 0; i < all; i++) {
        const outline = logistic(drawn[i]);
        if (!colour) result[i] = outline * drawn[all + i];
        else
          for (let c = 0; c < 3; c++)
            result[c * all + i] = outline * (drawn[all + i] * colour[c] + drawn[2 * all + i] * colour[3 + c]);
      }
      return { values: result, shape: [result.length / all, shape[1], shape[2]] };
    };
  }

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
    sigmoid: each(logistic),
    layered,
    skeleton,
  };
})();
