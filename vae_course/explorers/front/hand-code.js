// Chapter 8: one code z, and four decoders that read it. Each slider moves z the way codes go when one property of a hand
// changes and the others stay. The 2-D joints are drawn over the depth image, so that one sees whether the two agree.

(() => {
  "use strict";

  const SIDE = 64; // pixels of a picture
  const HAND = 0.2; // above which a pixel of a depth image belongs to the hand
  const TIPS = [4, 8, 12, 16, 20];

  VaeExplorers.define("hand-code", (stage) => {
    const { settings, networks } = stage;
    const { hands, names, directions, fingers, colours, unit, span } = settings;
    const [flat, space, cutout, depth] = settings.models.map((name) => networks[name]);
    const state = { from: hands[0], place: 0, along: directions.map(() => 0) };
    const now = {};
    const number = VaeExplorers.number(1);
    const begin = (from) => {
      state.from = from;
      state.along.fill(0);
    };

    const pictures = stage.row();
    const canvas = (title, label, draw) =>
      stage.canvas(stage.panel(pictures, title, "vae-half"), { label, width: SIDE, height: SIDE, draw });
    canvas("Cut-out", "The hand in colour on grey, decoded from the code", (context) =>
      VaeExplorers.drawColours(context, now.cutout, 0, 0, SIDE),
    );
    canvas("Depth, and 2-D joints", "The depth image, and over it the joints in the image", (context) => {
      VaeExplorers.drawImage(context, now.depth.map((value) => 1 - value), 0, 0, SIDE);
      VaeExplorers.drawFingers(context, now.points, fingers, colours, 0.7);
    });
    const view = stage.turntable(stage.panel(pictures, "3-D joints: drag to turn", "vae-half"), {
      label: "The joints in space; drag, or use the arrow keys, to turn them",
      joints: () => now.joints,
      span,
      fingers,
      colours,
    });

    const controls = stage.row();
    const sliders = stage.panel(controls, "Move the code", "vae-wide");
    names.forEach((label, k) =>
      stage.slider(sliders, {
        label,
        state: state.along,
        key: k,
        range: [-3, 3],
        step: 0.05,
        format: (value) => `${VaeExplorers.number(2)(value)} σ`,
      }),
    );
    const buttons = stage.panel(stage.row());
    stage.button(buttons, "Another hand", () => begin(hands[(state.place = (state.place + 1) % hands.length)]));
    stage.button(buttons, "Sample the prior", () => begin(hands[0].map(VaeExplorers.gaussian)));
    stage.button(buttons, "Reset", () => {
      begin(hands[(state.place = 0)]);
      Object.assign(view, { turn: 0, tilt: 0 });
    });
    const readings = stage.panel(stage.row());

    let decoded;
    stage.after(() => {
      const z = state.from.map((value, i) => directions.reduce((sum, d, k) => sum + state.along[k] * d[i], value));
      if (z.join() === decoded) return; // only the skeleton has turned
      decoded = z.join();
      const [j2, j3] = [flat(z), space(z)];
      const known = [...z, ...j2, ...j3];
      now.cutout = cutout(known);
      now.depth = depth(known);
      now.points = fingers.flat().reduce((all, j) => {
        all[j] = [0, 1].map((axis) => ((j2[2 * j + axis] + 1) * SIDE) / 2);
        return all;
      }, []);
      now.joints = j3.map((value) => unit * value);
      const inside = ([x, y]) => now.depth[SIDE * Math.floor(y) + Math.floor(x)] > HAND;
      now.within = now.points.filter(([x, y]) => x >= 0 && y >= 0 && x < SIDE && y < SIDE && inside([x, y])).length;
      now.reach = TIPS.reduce((sum, j) => sum + Math.hypot(...now.joints.slice(3 * j, 3 * j + 3)), 0) / TIPS.length;
      now.length = Math.hypot(...z);
      stage.say(`${now.within} of ${now.points.length} joints on the hand; fingertips ${number(now.reach)} mm from the palm`);
    });
    const read = (label, value, format) => stage.reading(readings, { label, value, format });
    read("2-D joints that fall on the depth image's hand", () => now.within, (count) => `${count} of ${now.points.length}`);
    read("fingertips to the middle of the palm, on average", () => now.reach, (value) => `${number(value)} mm`);
    read("length of the code; of draws from the prior about 5.7", () => now.length, number);
  });
})();
