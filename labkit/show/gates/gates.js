// The gate explorer: strips of gates and states over time, the traces of one unit, gradients against distance.
// First the pure functions (tested with `node --test`), then the view. All moves in the browser.

import {
  CLASSES, viridis, diverging, floats, clamp, short, moved, ticks, make, slider, slide, choices, mark, resize, raster, fit, at, Stage,
} from "../kit/before.js";

const GATES = ["input", "forget", "output", "reset", "update"];
const LEAST = 1e-12; // what is smaller is drawn here: the twin of picture.py
const TRACE = { input: 0, forget: 6, output: 2, reset: 0, update: 6, candidate: 8, cell: 3 }; // in CLASSES
const NETWORK = [0, 3, 2, 7, 6, 9]; // in CLASSES: those that can be read as words, too

// ---------------------------------------------------------------------------------------------- pure functions

export const isGate = signal => GATES.includes(signal);

/** A signal's name as a heading. */
export const inWords = signal =>
  isGate(signal) ? `${signal} gate` : ["hidden", "cell"].includes(signal) ? `${signal} state` : signal;

/** The networks with their own numbers, cut out of what was sent in one piece; `limits` is each signal's range. */
export function unpack(metas, numbers) {
  let from = 0;
  return metas.map(({ name, signals, shape }) => {
    const size = shape[0] * shape[1] * shape[2], values = {}, limits = {};
    for (const signal of signals) {
      values[signal] = numbers.subarray(from, from += size);
      limits[signal] = isGate(signal) ? 1 : values[signal].reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    }
    return { name, signals, shape, values, limits };
  });
}

/** The dials with the norms of each network, cut out of what was sent in one piece. */
export function unpackDials(metas, numbers) {
  let from = 0;
  return metas.map(meta => {
    const size = meta.values.length * meta.distances;
    return { ...meta, norms: meta.networks.map(() => numbers.subarray(from, from += size)) };
  });
}

/** One number of a network; a unit that it does not have is its last. */
export function valueOf(network, signal, sequence, step, unit) {
  const [, steps, units] = network.shape;
  return network.values[signal][(sequence * steps + step) * units + Math.min(unit, units - 1)];
}

/** A unit's values over time. */
export const traceOf = (network, signal, sequence, unit) =>
  Float32Array.from({ length: network.shape[1] }, (_, step) => valueOf(network, signal, sequence, step, unit));

/** One sequence as rows of units, each a row of steps: what a strip shows. */
export function stripOf(network, signal, sequence) {
  const [, steps, units] = network.shape, all = network.values[signal], from = sequence * steps * units;
  return Float32Array.from({ length: units * steps }, (_, k) => all[from + (k % steps) * units + Math.floor(k / steps)]);
}

/** The norms of one network at one setting of a dial, as far as there are any. */
export function normsAt(dial, network, setting) {
  const all = dial.norms[network].subarray(setting * dial.distances, (setting + 1) * dial.distances);
  const end = all.findIndex(norm => Number.isNaN(norm));
  return end < 0 ? all : all.subarray(0, end);
}

/** The least and greatest power of ten over all settings, so that the axis stands still while the dial moves. */
export function powers(dial) {
  let low = 0, high = 0;
  for (const norms of dial.norms) for (const norm of norms) {
    if (Number.isNaN(norm)) continue;
    const power = Math.log10(Math.max(norm, LEAST));
    [low, high] = [Math.min(low, power), Math.max(high, power)];
  }
  return [Math.floor(low), Math.ceil(high)];
}

/** Places moved so that any two are at least `gap` apart, in the same order: the twin of plots.py's `apart`. */
export function apart(places, gap, most) {
  const order = [...places.keys()].sort((a, b) => places[a] - places[b]), moved = [...places];
  let last = -Infinity;
  for (const i of order) moved[i] = last = Math.max(places[i], last + gap);
  const shift = Math.max(0, last - most);
  return moved.map(place => place - shift);
}

/** What an axis that is centered on zero has to reach: 1, or more where a line does. */
export const rangeOf = lines => lines.reduce((most, line) => line.reduce((m, x) => Math.max(m, Math.abs(x)), most), 1);

/** How high a row of a strip is: whole pixels, as high as fits well. */
export const rowHeight = units => clamp(Math.floor(72 / units), 1, 12);

/** What one network does at a point, in words. */
export function describePoint(network, labels, sequence, step, unit) {
  const own = Math.min(unit, network.shape[2] - 1);
  const values = network.signals.map(signal => `${inWords(signal)} ${valueOf(network, signal, sequence, step, own).toFixed(2)}`);
  return `${network.name}, unit ${own}: ${values.join(", ")}.`;
}

/** What the gradients do at a setting, in words. */
export function describeDial(dial, setting) {
  const ends = dial.networks.map((name, n) => {
    const norms = normsAt(dial, n, setting);
    return `${name} ${norms.at(-1).toPrecision(2)}`;
  });
  const reach = normsAt(dial, 0, setting).length - 1;
  return `${dial.name} ${short(dial.values[setting])}: gradient ${reach} steps back ${ends.join(", ")}.`;
}

// -------------------------------------------------------------------------------------------------- the view

const LEFT = 34, RIGHT = 68, HEAD = 17, GAP = 5, READ = 13; // pixels of a column
const TRACES = 118, FLOW = 190;

class Gates extends Stage {
  constructor(context) {
    super(context, "gates", "Gate explorer");
    this.columns = [];
    this.strips = new Map();
    this.read();
    this.build();
    this.fillDial();
  }

  begin() {
    const traits = ["network", "beside", "sequence", "step", "unit", "locked", "dial", "setting"];
    this.hear(["signals", "norms", "reads"], () => { this.read(); this.strips.clear(); this.fillDial(); this.refresh(); });
    this.hear(["dial"], () => this.fillDial());
    this.hear(["network", "beside"], () => this.refresh());
    return this.start(traits);
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const numbers = name => this.get(name)?.byteLength ? floats(this.get(name)) : new Float32Array();
    this.networks = unpack(this.get("networks"), numbers("signals"));
    this.dials = unpackDials(this.get("dials"), numbers("norms"));
    this.reads = numbers("reads");
    this.ready = this.networks.every(network => network.values[network.signals[0]].length > 0);
  }

  // ---- what is shown

  get first() { return this.networks.find(network => network.name === this.get("network")) ?? this.networks[0]; }
  get shown() {
    const first = this.first, beside = this.get("beside");
    return [first, ...this.networks.filter(({ name }) => name === beside && name !== first.name)];
  }

  get dialNow() { return this.dials.find(dial => dial.name === this.get("dial")); }
  get steps() { return this.first.shape[1]; }
  get units() { return Math.max(...this.networks.map(network => network.shape[2])); }

  point(step, unit) {
    this.set({ step: clamp(step, 0, this.steps - 1), unit: clamp(unit, 0, this.units - 1) });
  }

  // ---- the page

  build() {
    const bar = make("div", "lk-bar", {}), names = this.networks.map(network => network.name);
    this.body.before(bar);
    this.tabs = choices(bar, "Which network", names, i => this.set({ network: names[i] }));
    if (names.length > 1) {
      const label = make("label", "lk-beside", {}, bar, "beside it ");
      this.select = make("select", "", {}, label);
      for (const name of ["", ...names]) make("option", "", { value: name }, this.select, name || "nothing");
      this.select.addEventListener("change", () => this.set({ beside: this.select.value }));
    }
    const sequences = this.first.shape[0];
    if (sequences > 1) {
      this.slider = slider(bar, "sequence", { min: 0, max: sequences - 1, value: 0 });
      this.slider.addEventListener("input", () => this.set({ sequence: Number(this.slider.value) }));
    }
    this.grid = make("div", "lk-columns", {}, this.body);
    this.under = make("div", "lk-under", {}, this.body);
    if (this.dials.length) this.buildDial();
  }

  buildDial() {
    const bar = make("div", "lk-bar", {}, this.under), names = this.dials.map(dial => dial.name);
    this.which = choices(bar, "Which dial", names, i => this.set({ dial: names[i], setting: 0 }));
    this.which.hidden = names.length < 2;
    this.place = make("span", "lk-place", {}, bar);
    this.flow = make("canvas", "lk-flow", { role: "img" }, this.under);
  }

  /** Another dial has other settings. */
  fillDial() {
    const dial = this.dialNow;
    if (!dial) return;
    this.place.replaceChildren();
    const range = { min: 0, max: dial.values.length - 1, value: Math.min(this.get("setting"), dial.values.length - 1) };
    this.turn = slider(this.place, dial.name, range, n => short(dial.values[n]));
    this.turn.addEventListener("input", () => this.set({ setting: Number(this.turn.value) }));
    this.powers = powers(dial);
  }

  /** A column for each network that is shown: strips, and the traces of the chosen unit. */
  arrange(width) {
    if (!this.ready) return;
    const shown = this.shown, side = shown.length > 1 && width >= 720;
    const wide = side ? Math.floor((width - 18) / 2) : width;
    this.grid.classList.toggle("lk-side", side);
    while (this.columns.length > shown.length) this.columns.pop().box.remove();
    while (this.columns.length < shown.length) this.columns.push(this.column());
    shown.forEach((network, n) => this.fit(this.columns[n], network, wide));
    if (this.flow) resize(this.flow, width, FLOW);
    this.flowWidth = width;
  }

  column() {
    const box = make("div", "lk-column", {}, this.grid);
    const title = make("div", "lk-title", {}, box);
    const canvas = make("canvas", "lk-strips", { role: "img", tabindex: 0 }, box);
    const traces = make("canvas", "lk-traces", { role: "img" }, box);
    const column = { box, title, canvas, traces };
    this.listen(column);
    return column;
  }

  /** Where everything stands in a column of this width. */
  fit(column, network, width) {
    const features = this.get("features").length, row = rowHeight(network.shape[2]);
    const rows = [];
    let top = features ? HEAD + READ * features + GAP : 0;
    for (const signal of network.signals) {
      rows.push({ signal, top: top + HEAD, height: row * network.shape[2] });
      top += HEAD + row * network.shape[2] + GAP;
    }
    Object.assign(column, { network, rows, row, width, inner: width - LEFT - RIGHT, height: top + 2 });
    column.title.textContent = network.name;
    column.context = resize(column.canvas, width, column.height);
    column.tracing = resize(column.traces, width, TRACES);
    column.canvas.setAttribute("aria-label",
      `${network.name}: gates and states over time. Arrows choose step and unit, Enter locks, Escape unlocks.`);
  }

  // ---- mouse and keys

  listen(column) {
    const { canvas, traces } = column;
    const follow = event => {
      if (this.get("locked")) return;
      const [x, y] = at(event, event.currentTarget), step = Math.floor((x - LEFT) / column.inner * this.steps);
      if (x < LEFT || x > LEFT + column.inner) return;
      const hit = event.currentTarget === canvas && column.rows.find(row => y >= row.top && y < row.top + row.height);
      this.point(step, hit ? Math.floor((y - hit.top) / column.row) : this.get("unit"));
    };
    for (const element of [canvas, traces]) element.addEventListener("pointermove", follow);
    canvas.addEventListener("click", () => this.set({ locked: !this.get("locked") }));
    canvas.addEventListener("keydown", event => this.press(event));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = this.get("step"), unit = this.get("unit");
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [0, -8],
      PageDown: [0, 8], Home: [-step, 0], End: [this.steps, 0] }[event.key];
    if (moves) this.point(step + moves[0], unit + moves[1]);
    else if (event.key === "Enter" || event.key === " ") this.set({ locked: !this.get("locked") });
    else if (event.key === "Escape") this.set({ locked: false });
    else return;
    event.preventDefault();
  }

  // ---- drawing

  drawNow() {
    if (!this.ready) { this.say("Waiting for the numbers …"); return; }
    const names = this.networks.map(network => network.name);
    mark(this.tabs, Math.max(0, names.indexOf(this.get("network"))));
    if (this.select) this.select.value = this.get("beside");
    if (this.slider) slide(this.slider, this.get("sequence"));
    for (const column of this.columns) { this.drawStrips(column); this.drawTraces(column); }
    if (this.flow) this.drawFlow();
    this.tell();
  }

  tell() {
    const [sequence, step, unit] = ["sequence", "step", "unit"].map(this.get);
    const label = this.get("labels")[step], read = this.get("features").map((name, f) => `${name} ${this.readAt(step, f).toFixed(2)}`);
    const where = `Step ${label}${read.length ? ` (${read.join(", ")})` : ""}. `;
    const points = this.shown.map(network => describePoint(network, this.get("labels"), sequence, step, unit)).join(" ");
    const flow = this.dialNow ? ` ${describeDial(this.dialNow, this.get("setting"))}` : "";
    this.say(where + points + flow + (this.get("locked") ? " Locked: Escape unlocks." : ""));
  }

  readAt(step, feature) {
    const features = this.get("features").length;
    return this.reads[(this.get("sequence") * this.steps + step) * features + feature];
  }

  /** The small canvas of one strip, made once. */
  strip(network, signal) {
    const key = `${network.name}/${signal}/${this.get("sequence")}`;
    if (!this.strips.has(key)) {
      const limit = network.limits[signal], color = isGate(signal) ? viridis : x => diverging(x / limit);
      this.strips.set(key, raster(stripOf(network, signal, this.get("sequence")), network.shape[1], network.shape[2], color));
    }
    return this.strips.get(key);
  }

  drawStrips(column) {
    const { context, network, rows, width, inner, height } = column, { text, soft, accent } = this.colors;
    const step = this.get("step"), unit = Math.min(this.get("unit"), network.shape[2] - 1), cell = inner / this.steps;
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.textBaseline = "middle";
    if (this.get("features").length) this.drawRead(column, cell);
    for (const { signal, top, height: tall } of rows) {
      context.drawImage(this.strip(network, signal), LEFT, top, inner, tall);
      context.font = `600 11px ${this.font}`;
      context.fillStyle = text;
      context.textAlign = "left";
      context.fillText(inWords(signal), LEFT, top - HEAD / 2 + 1);
      this.drawScale(context, LEFT + inner - 92, top - HEAD / 2 - 3, network.limits[signal], isGate(signal));
      context.font = `600 12px ${this.font}`;
      context.fillStyle = text;
      context.fillText(valueOf(network, signal, this.get("sequence"), step, unit).toFixed(2), LEFT + inner + 8, top + tall / 2);
      context.font = `10px ${this.font}`;
      context.fillStyle = soft;
      context.textAlign = "right";
      context.fillText("unit", LEFT - 5, top + 6);
      context.fillText(String(unit), LEFT - 5, top + clamp((unit + 0.5) * column.row, 18, tall - 4));
      context.strokeStyle = accent;
      context.lineWidth = 1.5;
      context.strokeRect(LEFT + step * cell - 0.5, top - 0.5, cell + 1, tall + 1);
      context.strokeRect(LEFT - 0.5, top + unit * column.row - 0.5, inner + 1, column.row + 1);
    }
  }

  /** What was read, above the strips: one row for each feature. */
  drawRead(column, cell) {
    const { context, inner } = column, features = this.get("features"), step = this.get("step");
    context.font = `600 11px ${this.font}`;
    context.fillStyle = this.colors.text;
    context.textAlign = "left";
    context.fillText(`what is read: ${features.join(", ")}`, LEFT, HEAD / 2 + 1);
    features.forEach((name, f) => {
      for (let t = 0; t < this.steps; t++) {
        context.fillStyle = `rgb(${viridis(this.readAt(t, f))})`;
        context.fillRect(LEFT + t * cell, HEAD + f * READ, cell + 0.5, READ - 2);
      }
      context.fillStyle = this.colors.text;
      context.fillText(this.readAt(step, f).toFixed(2), LEFT + inner + 8, HEAD + (f + 0.5) * READ);
    });
    context.strokeStyle = this.colors.accent;
    context.lineWidth = 1.5;
    context.strokeRect(LEFT + step * cell - 0.5, HEAD - 0.5, cell + 1, READ * features.length - 1);
  }

  /** The color scale of a strip, with its ends. */
  drawScale(context, x, y, limit, gate) {
    context.font = `10px ${this.font}`;
    context.fillStyle = this.colors.soft;
    context.textAlign = "right";
    context.fillText(gate ? "0" : `−${short(limit)}`, x + 20, y + 4);
    for (let k = 0; k < 40; k++) {
      context.fillStyle = `rgb(${gate ? viridis(k / 39) : diverging(k / 19.5 - 1)})`;
      context.fillRect(x + 24 + k, y, 1, 7);
    }
    context.textAlign = "left";
    context.fillStyle = this.colors.soft;
    context.fillText(gate ? "1" : short(limit), x + 68, y + 4);
  }

  drawTraces(column) {
    const { tracing: context, network, width, inner } = column, { text, soft, edge } = this.colors;
    const [sequence, step, unit] = ["sequence", "step", "unit"].map(this.get), cell = inner / this.steps;
    const lines = network.signals.map(signal => ({ signal, line: traceOf(network, signal, sequence, unit) }));
    const most = rangeOf(lines.map(({ line }) => line)), top = 20, tall = TRACES - top - 24;
    const x = t => LEFT + (t + 0.5) * cell, y = value => top + (1 - (value / most + 1) / 2) * tall;
    context.clearRect(0, 0, width, TRACES);
    this.label(context, `unit ${Math.min(unit, network.shape[2] - 1)} over time`, LEFT, 9, "left", text, 600);
    for (const value of [-most, 0, most]) {
      context.fillStyle = edge;
      context.fillRect(LEFT, y(value), inner, 1);
      this.label(context, short(value).replace("-", "−"), LEFT - 5, y(value), "right", soft);
    }
    this.timeAxis(context, x, top + tall);
    const places = apart(lines.map(({ line }) => y(line.at(-1))), 12, TRACES - 8);
    lines.forEach(({ signal, line }, n) => {
      const color = this.ink(signal);
      this.stroke(context, line, x, y, color);
      this.label(context, signal, LEFT + inner + 5, places[n], "left", color, 600);
    });
    context.fillStyle = this.colors.accent;
    context.fillRect(x(step) - 0.75, top, 1.5, tall);
    column.traces.setAttribute("aria-label", `Values of unit ${unit} of ${network.name} over time.`);
  }

  timeAxis(context, x, bottom) {
    const labels = this.get("labels"), every = Math.ceil(labels.length / 12);
    for (let t = 0; t < labels.length; t += every) this.label(context, labels[t], x(t), bottom + 10, "center", this.colors.soft);
    this.label(context, "step", LEFT - 5, bottom + 10, "right", this.colors.soft);
  }

  drawFlow() {
    const dial = this.dialNow, context = this.flow.getContext("2d"), { text, soft, edge } = this.colors;
    if (!dial) return;
    slide(this.turn, this.get("setting"));
    mark(this.which, this.dials.indexOf(dial));
    const [low, high] = this.powers, top = 22, tall = FLOW - top - 34, right = 108, left = 56;
    const inner = this.flowWidth - left - right, setting = this.get("setting");
    const x = d => left + d / Math.max(1, dial.distances - 1) * inner;
    const y = norm => top + (high - Math.log10(Math.max(norm, LEAST))) / Math.max(1, high - low) * tall;
    context.clearRect(0, 0, this.flowWidth, FLOW);
    this.label(context, "Norm of the gradient, against the distance from the last step", left, 9, "left", text, 600);
    for (const power of ticks(low, high, 5)) {
      if (power % 1) continue;
      context.fillStyle = edge;
      context.fillRect(left, y(10 ** power), inner, 1);
      this.label(context, power === 0 ? "1" : `1e${power}`, left - 6, y(10 ** power), "right", soft);
    }
    for (const d of ticks(0, dial.distances - 1, 8)) this.label(context, String(d), x(d), top + tall + 12, "center", soft);
    this.label(context, "steps back", left + inner / 2, top + tall + 26, "center", soft);
    const lines = dial.networks.map((name, n) => ({ name, line: normsAt(dial, n, setting), color: this.shade(CLASSES[NETWORK[n % NETWORK.length]]) }));
    const places = apart(lines.map(({ line }) => y(line.at(-1))), 13, top + tall);
    lines.forEach(({ name, line, color }, n) => {
      this.stroke(context, line, x, y, color, 2);
      this.label(context, `${name} ${line.at(-1).toPrecision(1)}`, x(line.length - 1) + 6, places[n], "left", color, 600);
    });
    const distance = this.steps - 1 - this.get("step");
    if (distance < dial.distances) {
      context.fillStyle = this.colors.accent;
      context.fillRect(x(distance) - 0.75, top, 1.5, tall);
    }
    this.flow.setAttribute("aria-label", describeDial(dial, setting));
  }

  // ---- ink

  stroke(context, line, x, y, color, thick = 1.6) {
    context.beginPath();
    line.forEach((value, t) => t ? context.lineTo(x(t), y(value)) : context.moveTo(x(t), y(value)));
    context.strokeStyle = color;
    context.lineWidth = thick;
    context.stroke();
  }

  label(context, words, x, y, align, color, weight = 400) {
    context.font = `${weight} 11px ${this.font}`;
    context.textBaseline = "middle";
    context.textAlign = align;
    context.fillStyle = color;
    context.fillText(words, x, y);
  }

  ink = signal => this.shade(signal === "hidden" ? this.colors.text : CLASSES[TRACE[signal] ?? 7]);

  /** A class color that is readable on the theme: lighter where the page is dark. */
  shade(color) {
    if (!this.isDark || !/^#\w{6}$/.test(color)) return color;
    const parts = color.match(/\w\w/g).map(hex => Math.round(255 - (255 - parseInt(hex, 16)) * 0.62));
    return `rgb(${parts})`;
  }
}

export default { render: context => new Gates(context).begin() };
