// What all explorers share: waking up when scrolled into view, controls with labels, canvases, a word for those who
// listen. An explorer is a function that `VaeExplorers.define` names; it gets a stage, builds controls and canvases
// on it, and tells it what to do when something changed. See elbo-picture.js for a short one.

(() => {
  "use strict";

  const page = (window.VaeExplorers ??= {});
  page.kinds = page.kinds ?? {};
  page.models ??= {};

  // In the book, models lie beside this file; a notebook carries them in its output.
  const here = document.currentScript?.src.replace(/[^/]*$/, "");
  if (here) page.folder = `${here}models/`;

  // Name an explorer, and make each of its kind in the document live once it comes into view.
  page.define = (kind, start) => {
    page.kinds[kind] = start;
    for (const element of document.querySelectorAll(`.vae-explorer[data-kind="${kind}"]:not([data-state])`)) {
      element.dataset.state = "waiting";
      const observer = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          observer.disconnect();
          perform(element).catch((error) => {
            element.dataset.state = "failed"; // the picture stays
            console.error(error);
          });
        },
        { rootMargin: "300px" }, // a little early
      );
      observer.observe(element);
    }
  };

  async function perform(element) {
    const settings = JSON.parse(element.querySelector('script[type="application/json"]').textContent);
    const models = await Promise.all(settings.models.map(load));
    const networks = Object.fromEntries(models.map((model) => [model.name, page.network(model)]));
    element.querySelector(".vae-live")?.remove();
    const live = add(element, "div", { class: "vae-live" });
    const stage = new Stage(element, live, settings, networks);
    await page.kinds[element.dataset.kind](stage);
    stage.drawNow();
    element.dataset.state = "live"; // the style sheet hides the picture
  }

  // A classic script is what a page opened from a folder may load, so models are scripts that register themselves.
  function load(name) {
    if (page.models[name]) return page.models[name];
    return new Promise((resolve, reject) => {
      const script = add(document.head, "script", { src: `${page.folder}${name}.js` });
      script.onload = () => resolve(page.models[name]);
      script.onerror = () => reject(new Error(`no model at ${script.src}`));
    });
  }

  // A new element at the end of another; `text` is its content, everything else an attribute.
  function add(parent, tag, { text, ...attributes } = {}) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return parent.appendChild(element);
  }

  const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

  class Stage {
    constructor(element, live, settings, networks) {
      Object.assign(this, { element, live, settings, networks });
      this.canvases = [];
      this.onChange = () => {};
      this.spoken = add(live, "p", { class: "vae-spoken", "aria-live": "polite" });
      // A canvas has no size before its column has one.
      new ResizeObserver(() => this.changed()).observe(live);
    }

    // Something changed: compute and draw once, in the next frame, however many events came.
    changed() {
      this.frame ??= requestAnimationFrame(() => this.drawNow());
    }

    drawNow() {
      cancelAnimationFrame(this.frame);
      this.frame = undefined;
      const began = performance.now();
      this.onChange();
      for (const canvas of this.canvases) canvas.redraw();
      const seconds = (performance.now() - began) / 1000;
      this.element.dispatchEvent(new CustomEvent("vae-drawn", { detail: { seconds } }));
    }

    // Panels of a row stand side by side where there is room; `kind` is one of style.css: vae-wide, vae-half, vae-pen,
    // vae-small.
    row(parent = this.live) {
      return add(parent, "div", { class: "vae-row" });
    }

    panel(row, title, kind = "") {
      const panel = add(row, "div", { class: `vae-panel ${kind}` });
      if (title) add(panel, "p", { class: "vae-title", text: title });
      return panel;
    }

    // A drawing surface of fixed proportions that fills its panel. `draw(context, em)` works in units of which the
    // canvas is `width` wide and `height` high, y downwards; em is the size of text that can be read, on a phone too.
    canvas(panel, { label, width, height, draw, role = "img" }) {
      const canvas = add(panel, "canvas", { role, "aria-label": label });
      canvas.style.aspectRatio = `${width} / ${height}`;
      const context = canvas.getContext("2d");
      canvas.redraw = () => {
        const scale = (canvas.clientWidth * (window.devicePixelRatio || 1)) / width;
        if (!scale) return;
        const size = [Math.round(width * scale), Math.round(height * scale)];
        if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.fillStyle = "#fff"; // figures have dark ink, so they keep a light ground in the dark too
        context.fillRect(0, 0, width, height);
        draw(context, Math.max(width / 40, (13 * width) / canvas.clientWidth));
      };
      this.canvases.push(canvas);
      return canvas;
    }

    // A range input with its name and its value; `state[key]` holds the exact value, which may lie between steps.
    slider(panel, { label, state, key, range, step, format, colour }) {
      const line = add(panel, "label", { class: label.length > 3 ? "vae-slider" : "vae-slider vae-short" });
      if (colour) add(line, "i", { class: "vae-key", style: `background: ${colour}` });
      add(line, "span", { text: label });
      const [min, max] = range;
      const input = add(line, "input", { type: "range", min, max, step });
      const shown = add(line, "output");
      input.addEventListener("input", () => {
        state[key] = Number(input.value);
        this.changed();
      });
      this.before(() => {
        if (Number(input.value) !== state[key]) input.value = state[key];
        shown.textContent = format(state[key]);
        input.setAttribute("aria-valuetext", format(state[key]));
      });
      return input;
    }

    button(panel, label, act) {
      const button = add(panel, "button", { type: "button", text: label });
      button.addEventListener("click", () => {
        act();
        this.changed();
      });
      return button;
    }

    // One of several, as radio buttons: `options` are [value, words], and `state[key]` holds the value.
    choice(panel, { label, options, state, key }) {
      const group = add(panel, "div", { class: "vae-choice", role: "radiogroup", "aria-label": label });
      const name = `vae-${(page.groups = (page.groups ?? 0) + 1)}`;
      for (const [value, words] of options) {
        const line = add(group, "label");
        const input = add(line, "input", { type: "radio", name });
        add(line, "span", { text: words });
        input.addEventListener("change", () => {
          state[key] = value;
          this.changed();
        });
        this.before(() => (input.checked = state[key] === value));
      }
      return group;
    }

    // A square image of probabilities of ink, `side` pixels wide; `values()` returns what is shown now.
    image(panel, { label, side, values }) {
      const draw = (context) => page.drawImage(context, values(), 0, 0, side);
      return this.canvas(panel, { label, width: side, height: side, draw });
    }

    // A hand's skeleton in space, seen from the camera at first; dragging or arrow keys turn it. `joints()` returns 63
    // numbers, x to the right, y down and z away from the camera; the canvas is `span` of them wide, around their mean.
    turntable(panel, { label, joints, span, fingers, colours }) {
      const view = { turn: 0, tilt: 0 };
      const draw = (context) => {
        const all = joints();
        const mean = [0, 1, 2].map((axis) => all.reduce((sum, v, i) => sum + (i % 3 === axis ? v : 0), 0) / (all.length / 3));
        const hand = page.turned(all.map((value, i) => value - mean[i % 3]), view);
        const points = hand.map(([x, y]) => [span / 2 + x, span / 2 + y]);
        const order = page.nearestLast(hand, fingers);
        const inOrder = (list) => order.map((finger) => list[finger]);
        page.drawFingers(context, points, inOrder(fingers), inOrder(colours), span / 90);
      };
      const canvas = this.canvas(panel, { label, width: span, height: span, draw, role: "application" });
      let last;
      this.pad(canvas, {
        width: span,
        height: span,
        step: span / 20,
        position: () => (last = [span / 2, span / 2]),
        move: (x, y, phase) => {
          if (phase !== "down") {
            view.turn += ((x - last[0]) / span) * Math.PI;
            view.tilt = clamp(view.tilt + ((y - last[1]) / span) * Math.PI, [-Math.PI / 2, Math.PI / 2]);
          }
          last = [x, y];
        },
      });
      return view;
    }

    // A named number, for the eye in `format` and in full in the element's `value`.
    reading(panel, { label, value, format, colour }) {
      const line = add(panel, "p", { class: "vae-reading" });
      if (colour) add(line, "span", { class: "vae-key", style: `background: ${colour}` });
      add(line, "span", { text: label });
      const shown = add(line, "data");
      this.after(() => {
        shown.value = value();
        shown.textContent = format(value());
      });
    }

    // Run before, or after, the explorer's own computation at every change.
    before(action) {
      const rest = this.onChange;
      this.onChange = () => (action(), rest());
    }

    after(action) {
      const rest = this.onChange;
      this.onChange = () => (rest(), action());
    }

    // Let pointer, touch and arrow keys move a point over a canvas. `move(x, y, phase)` gets canvas units; phase is
    // "down" where a stroke begins, "move" within it, and "key". `position()` says where the arrow keys start.
    pad(canvas, { width, height, step, position, move }) {
      canvas.tabIndex = 0;
      canvas.classList.add("vae-pad");
      const place = (event, phase) => {
        const box = canvas.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * width;
        const y = ((event.clientY - box.top) / box.height) * height;
        move(clamp(x, [0, width]), clamp(y, [0, height]), phase);
        this.changed();
      };
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        canvas.focus({ preventScroll: true });
        event.preventDefault();
        place(event, "down");
      });
      canvas.addEventListener("pointermove", (event) => {
        if (canvas.hasPointerCapture(event.pointerId)) place(event, "move");
      });
      const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      canvas.addEventListener("keydown", (event) => {
        const arrow = arrows[event.key];
        if (!arrow) return;
        event.preventDefault();
        const [x, y] = position();
        const far = event.shiftKey ? 5 * step : step;
        move(clamp(x + far * arrow[0], [0, width]), clamp(y + far * arrow[1], [0, height]), "key");
        this.changed();
      });
    }

    // Tell those who listen, once things have been quiet for a moment.
    say(words) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => (this.spoken.textContent = words), 400);
    }
  }

  // A square image of probabilities of ink, drawn as dark on white with hard pixels.
  page.drawImage = (context, values, x, y, size) => {
    const side = Math.sqrt(values.length);
    const pixels = new ImageData(side, side);
    for (let i = 0; i < values.length; i++) {
      const shade = 255 * (1 - values[i]);
      pixels.data.set([shade, shade, shade, 255], 4 * i);
    }
    const own = document.createElement("canvas");
    own.width = own.height = side;
    own.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(own, x, y, size, size);
  };

  // A square picture in colour: red, then green, then blue, each from -.5 to .5.
  page.drawColours = (context, values, x, y, size) => {
    const all = values.length / 3;
    const side = Math.sqrt(all);
    const pixels = new ImageData(side, side);
    for (let i = 0; i < all; i++)
      for (let c = 0; c < 4; c++) pixels.data[4 * i + c] = c < 3 ? Math.round(255 * (values[c * all + i] + 0.5)) : 255;
    const own = document.createElement("canvas");
    own.width = own.height = side;
    own.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(own, x, y, size, size);
  };

  // Joints in space, z away from the eye, after a turn about the vertical axis and then a tilt: [x, y, z] for each.
  // What is near moves to the right with a greater turn and down with a greater tilt, so that it follows a pointer.
  page.turned = (joints, { turn, tilt }) =>
    Array.from({ length: joints.length / 3 }, (_, j) => {
      const [x, y, z] = joints.slice(3 * j, 3 * j + 3);
      const [across, away] = [x * Math.cos(turn) - z * Math.sin(turn), z * Math.cos(turn) + x * Math.sin(turn)];
      return [across, y * Math.cos(tilt) - away * Math.sin(tilt), away * Math.cos(tilt) + y * Math.sin(tilt)];
    });

  // Numbers of the fingers in the order in which they are to be drawn, so that near ones cover far ones.
  page.nearestLast = (hand, fingers) => {
    const away = fingers.map((chain) => chain.reduce((sum, joint) => sum + hand[joint][2], 0) / chain.length);
    return [...fingers.keys()].sort((a, b) => away[b] - away[a]);
  };

  // A hand's fingers as lines through their joints, with a light rim that stands out from any picture.
  page.drawFingers = (context, points, fingers, colours, width) => {
    context.lineJoin = context.lineCap = "round";
    fingers.forEach((chain, finger) => {
      for (const [colour, wide] of [["#fff", 2 * width], [colours[finger], width]]) {
        context.strokeStyle = colour;
        context.lineWidth = wide;
        context.beginPath();
        chain.forEach((joint, k) => context[k ? "lineTo" : "moveTo"](...points[joint]));
        context.stroke();
      }
      context.fillStyle = colours[finger];
      for (const joint of chain) {
        context.beginPath();
        context.arc(...points[joint], 1.2 * width, 0, 2 * Math.PI);
        context.fill();
      }
    });
  };

  // Where the middle of the ink of a square image is, in pixels from the left and from the top, and how much ink.
  page.centreOfMass = (values) => {
    const side = Math.sqrt(values.length);
    let [mass, x, y] = [0, 0, 0];
    for (let i = 0; i < values.length; i++) {
      mass += values[i];
      x += values[i] * ((i % side) + 0.5);
      y += values[i] * (Math.floor(i / side) + 0.5);
    }
    return [x / mass, y / mass, mass];
  };

  // A horizontal axis at height y: ticks where `x` puts them, a line from `start` to `end`, and what it measures.
  page.axis = (context, em, { x, y, ticks, title, start = x(ticks[0]), end, format = String }) => {
    context.font = `${em}px sans-serif`;
    context.fillStyle = "#222";
    context.textAlign = "center";
    for (const tick of ticks) {
      context.fillRect(x(tick) - 0.5, y, 1, 5);
      context.fillText(format(tick).replace("-", "−"), x(tick), y + 5 + em);
    }
    context.fillRect(start, y, end - start, 1);
    context.textAlign = "right";
    if (title) context.fillText(title, end, y - 7);
  };

  // A plane with lines at whole numbers: `x` and `y` are the ranges that the canvas is wide and high, y upwards.
  // `draw(across, up, line)` fills it, with functions from values to canvas units and the width of a thin line; the
  // numbers are written on top.
  page.plane = (context, em, { x, y, names = ["z₁", "z₂"] }, draw) => {
    const [width, height] = [x[1] - x[0], y[1] - y[0]];
    const line = width / 400;
    const [across, up] = [(value) => value - x[0], (value) => y[1] - value];
    const within = ([low, high]) => {
      const ticks = [];
      for (let tick = Math.ceil(low); tick <= high; tick++) ticks.push(tick);
      return ticks;
    };
    const shade = (tick) => (context.fillStyle = tick === 0 ? "#bbb" : "#e6e6e6");
    for (const tick of within(x)) shade(tick), context.fillRect(across(tick) - line / 2, 0, line, height);
    for (const tick of within(y)) shade(tick), context.fillRect(0, up(tick) - line / 2, width, line);
    draw(across, up, line);
    context.font = `${em}px sans-serif`;
    context.fillStyle = "#444";
    // Numbers keep away from the corners, where the names stand.
    const inside = (ticks, place, size) => ticks.filter((tick) => place(tick) > 1.6 * em && place(tick) < size - 1.6 * em);
    const write = (text, ...place) => context.fillText(String(text).replace("-", "−"), ...place);
    context.textAlign = "center";
    for (const tick of inside(within(x), across, width)) write(tick, across(tick), height - 0.35 * em);
    context.textAlign = "left";
    for (const tick of inside(within(y), up, height)) write(tick, 0.3 * em, up(tick) + 0.35 * em);
    write(names[1], 0.3 * em, 1.1 * em);
    context.textAlign = "right";
    write(names[0], width - 0.5 * em, height - 0.35 * em);
  };

  // The mark of a point that can be moved, seen on any ground.
  page.ring = (context, x, y, radius, line) => {
    for (const [colour, width] of [["#fff", 8 * line], ["#000", 4 * line]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
    }
  };

  // From the smallest to the largest value, for each place of vectors of one length.
  page.spans = (vectors) =>
    [...vectors[0]].map((_, i) => {
      const values = vectors.map((vector) => vector[i]);
      return Math.max(...values) - Math.min(...values);
    });

  // One standard normal draw (Box and Muller).
  page.gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

  page.subscript = (number) => [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

  // Signs that align and can be told from a hyphen.
  page.number = (digits) => (value) => (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "−");
})();
