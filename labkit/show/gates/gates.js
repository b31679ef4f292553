// The gate explorer: strips of gates and states over time, the traces of one unit, gradients against distance.
// All moves in the browser.

import { Chart } from "../kit/chart.js";
import { CLASSES, diverging, viridis } from "../kit/colors.js";
import { dial, tabs } from "../kit/dials.js";
import { at, choices, make, mark, raster, slide, slider } from "../kit/elements.js";
import { Paper } from "../kit/paper.js";
import { Stage } from "../kit/stage.js";
import { apart, clamp, floats, short, ticks } from "../kit/values.js";
import {
  describeDial, describePoint, inWords, isGate, keeps, LEAST, NETWORK, normsAt, rangeOf, rowHeight, spanOf, stripOf, TRACE, traceOf,
  unpack, unpackDials,
} from "./data.js";

const LEFT = 34, RIGHT = 68, HEAD = 17, GAP = 5, READ = 13; // pixels of a column
const TRACES = 118, FLOW = 250;

class Gates extends Stage {
  constructor(context) {
    super(context, "gates", "Gate explorer");
    Object.assign(this, { columns: [], strips: new Map() });
    const metas = this.get("networks"), names = metas.map(meta => meta.name), [sequences, , ] = metas[0].shape;
    const bar = make("div", "lk-bar", {}, this.body);
    tabs(this, bar, "network", "Which network", names);
    if (names.length > 1) this.buildBeside(bar, names);
    if (sequences > 1) dial(this, bar, "sequence", "sequence", { min: 0, max: sequences - 1 });
    this.grid = make("div", "lk-columns", {}, this.body);
    this.under = make("div", "lk-under", {}, this.body);
    if (this.get("dials").length) this.buildFlow();
    this.expect(["signals", "norms", "reads"], "the numbers", (signals, norms, reads) => {
      this.networks = unpack(metas, floats(signals));
      this.dials = unpackDials(this.get("dials"), floats(norms));
      this.reads = floats(reads);
      this.strips.clear();
    });
  }

  // ---- what is shown

  get shown() {
    const named = name => this.networks.find(network => network.name === name), first = named(this.get("network"));
    return [first, named(this.get("beside"))].filter((network, n) => network && (n === 0 || network !== first));
  }

  get dialNow() { return this.dials.find(dial => dial.name === this.get("dial")); }
  get steps() { return this.networks[0].shape[1]; }
  get units() { return Math.max(...this.networks.map(network => network.shape[2])); }

  point(step, unit) { this.set({ step: clamp(step, 0, this.steps - 1), unit: clamp(unit, 0, this.units - 1) }); }

  readAt(step, feature) {
    const features = this.get("features").length;
    return this.reads[(this.get("sequence") * this.steps + step) * features + feature];
  }

  reached() {
    const [name, network] = this.get("aim"), dial = this.dialNow;
    return dial?.name === name && keeps(dial, dial.networks.indexOf(network), this.get("setting"));
  }

  // ---- the page

  buildBeside(bar, names) {
    const label = make("label", "lk-beside", {}, bar, "beside it "), select = make("select", "", {}, label);
    for (const name of ["", ...names]) make("option", "", { value: name }, select, name || "nothing");
    select.addEventListener("change", () => this.set({ beside: select.value }));
    this.parts.push({ sync: () => { select.value = this.get("beside"); } });
  }

  buildFlow() {
    const bar = make("div", "lk-bar", {}, this.under), names = this.get("dials").map(dial => dial.name);
    const which = choices(bar, "Which dial", names, i => this.set({ dial: names[i], setting: 0 }));
    which.hidden = names.length < 2;
    const turn = slider(make("span", "", {}, bar), " ", { min: 0, max: 0, value: 0 });
    const words = turn.parentElement.firstChild;
    turn.addEventListener("input", () => this.set({ setting: Number(turn.value) }));
    this.parts.push({ sync: () => {
      const dial = this.dialNow;
      mark(which, names.indexOf(dial.name));
      if (words.nodeValue !== dial.name) words.nodeValue = dial.name;
      turn.max = dial.values.length - 1;
      turn.write = n => short(dial.values[n]);
      slide(turn, this.get("setting"));
    } });
    this.flow = new Chart(this, this.under, {}, "lk-flow");
  }

  /** A column for each network that is shown; the gradients stand beside a single one, and under two. */
  arrange(width) {
    const shown = this.shown, wide = width >= 720, two = shown.length > 1 && wide, beside = wide && !two && this.flow;
    const half = Math.floor((width - 18) / 2), own = two || beside ? half : width;
    this.body.classList.toggle("lk-beside-flow", Boolean(beside));
    this.grid.classList.toggle("lk-side", two);
    while (this.columns.length > shown.length) this.columns.pop().box.remove();
    while (this.columns.length < shown.length) this.columns.push(this.column());
    shown.forEach((network, n) => this.fit(this.columns[n], network, own));
    this.flow?.resize(beside ? half : width, beside ? clamp(this.columns[0].height + TRACES - 20, FLOW, 460) : FLOW);
  }

  column() {
    const box = make("div", "lk-column", {}, this.grid), title = make("div", "lk-title", {}, box);
    const strips = new Paper(this, box, { tabindex: 0 }, "lk-strips"), traces = new Paper(this, box, {}, "lk-traces");
    const column = { box, title, strips, traces };
    this.listen(column);
    return column;
  }

  /** Where everything stands in a column of this width. */
  fit(column, network, width) {
    const features = this.get("features").length, row = rowHeight(network.shape[2]), tall = Math.max(row * network.shape[2], 12), rows = [];
    let top = features ? HEAD + READ * features + GAP : 0;
    for (const signal of network.signals) {
      rows.push({ signal, top: top + HEAD, height: row * network.shape[2] });
      top += HEAD + tall + GAP;
    }
    Object.assign(column, { network, rows, row, inner: width - LEFT - RIGHT, height: top + 2 });
    column.title.textContent = network.name;
    column.strips.resize(width, column.height);
    column.traces.resize(width, TRACES);
    column.strips.say(`${network.name}: gates and states over time. Arrows choose step and unit, Enter locks, Escape unlocks.`);
  }

  // ---- mouse and keys

  listen(column) {
    const { strips: { canvas }, traces } = column;
    const follow = event => {
      if (this.get("locked")) return;
      const [x, y] = at(event, event.currentTarget), step = Math.floor((x - LEFT) / column.inner * this.steps);
      if (x < LEFT || x > LEFT + column.inner) return;
      const hit = event.currentTarget === canvas && column.rows.find(row => y >= row.top && y < row.top + row.height);
      this.point(step, hit ? Math.floor((y - hit.top) / column.row) : this.get("unit"));
    };
    for (const element of [canvas, traces.canvas]) element.addEventListener("pointermove", follow);
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
    for (const column of this.columns) { this.drawStrips(column); this.drawTraces(column); }
    if (this.flow) this.drawFlow(this.dialNow, this.get("setting"));
    const [sequence, step, unit] = ["sequence", "step", "unit"].map(this.get), labels = this.get("labels");
    const read = this.get("features").map((name, f) => `${name} ${this.readAt(step, f).toFixed(2)}`);
    const words = [`Step ${labels[step]}${read.length ? ` (${read.join(", ")})` : ""}.`,
      ...this.shown.map(network => describePoint(network, labels, sequence, step, unit))];
    if (this.flow) words.push(describeDial(this.dialNow, this.get("setting")));
    this.say(words.join(" ") + (this.get("locked") ? " Locked: Escape unlocks." : ""));
  }

  /** The small canvas of one strip, made once. */
  strip(network, signal) {
    const key = `${network.name}/${signal}/${this.get("sequence")}`, limit = network.limits[signal];
    if (!this.strips.has(key)) {
      const color = isGate(signal) ? viridis : x => diverging(x / limit);
      this.strips.set(key, raster(stripOf(network, signal, this.get("sequence")), network.shape[1], network.shape[2], color));
    }
    return this.strips.get(key);
  }

  drawStrips({ strips: paper, network, rows, row, inner }) {
    const { pen } = paper, step = this.get("step"), unit = Math.min(this.get("unit"), network.shape[2] - 1), cell = inner / this.steps;
    const mark = { edge: "accent", thick: 1.5 };
    paper.clear();
    pen.imageSmoothingEnabled = false;
    if (this.get("features").length) this.drawRead(paper, inner, cell);
    for (const { signal, top, height } of rows) {
      const value = traceOf(network, signal, this.get("sequence"), unit)[step], middle = top + height / 2;
      pen.drawImage(this.strip(network, signal), LEFT, top, inner, height);
      paper.text(inWords(signal), LEFT, top - 4, { color: "text", bold: true });
      this.drawScale(paper, LEFT + inner - 92, top - HEAD / 2 - 3, network.limits[signal], isGate(signal));
      paper.text(value.toFixed(2).replace("-", "−"), LEFT + inner + 8, middle, { color: "text", size: 12, base: "middle", bold: true });
      paper.text(`u ${unit}`, LEFT - 5, top + clamp((unit + 0.5) * row, 5, Math.max(5, height - 5)), { align: "right", base: "middle" });
      paper.box(LEFT + step * cell - 0.5, top - 0.5, cell + 1, height + 1, mark);
      paper.box(LEFT - 0.5, top + unit * row - 0.5, inner + 1, row + 1, mark);
    }
  }

  /** What was read, above the strips: one row for each feature. */
  drawRead(paper, inner, cell) {
    const features = this.get("features"), step = this.get("step");
    paper.text(`what is read: ${features.join(", ")}`, LEFT, HEAD - 4, { color: "text", bold: true });
    features.forEach((name, f) => {
      for (let t = 0; t < this.steps; t++) paper.box(LEFT + t * cell, HEAD + f * READ, cell + 0.5, READ - 2, { fill: `rgb(${viridis(this.readAt(t, f))})` });
      paper.text(this.readAt(step, f).toFixed(2), LEFT + inner + 8, HEAD + (f + 0.5) * READ, { color: "text", base: "middle", bold: true });
    });
    paper.box(LEFT + step * cell - 0.5, HEAD - 0.5, cell + 1, READ * features.length - 1, { edge: "accent", thick: 1.5 });
  }

  /** The color scale of a strip, with its ends. */
  drawScale(paper, x, y, limit, gate) {
    const style = { size: 10, base: "middle" };
    paper.text(gate ? "0" : `−${short(limit)}`, x + 20, y + 4, { ...style, align: "right" });
    for (let k = 0; k < 40; k++) paper.box(x + 24 + k, y, 1, 7, { fill: `rgb(${gate ? viridis(k / 39) : diverging(k / 19.5 - 1)})` });
    paper.text(gate ? "1" : short(limit), x + 68, y + 4, style);
  }

  drawTraces({ traces: paper, network, inner }) {
    const [sequence, step, unit] = ["sequence", "step", "unit"].map(this.get), cell = inner / this.steps, labels = this.get("labels");
    const lines = network.signals.map(signal => ({ signal, line: traceOf(network, signal, sequence, unit) }));
    const most = rangeOf(lines.map(({ line }) => line)), top = 20, tall = TRACES - top - 24, every = Math.ceil(labels.length / 12);
    const x = t => LEFT + (t + 0.5) * cell, y = value => top + (1 - (value / most + 1) / 2) * tall;
    paper.clear();
    paper.text(`unit ${Math.min(unit, network.shape[2] - 1)} over time`, LEFT, 12, { color: "text", bold: true });
    for (const value of [-most, 0, most]) {
      paper.line([[LEFT, y(value)], [LEFT + inner, y(value)]], "edge", 1);
      paper.text(short(value).replace("-", "−"), LEFT - 5, y(value), { align: "right", base: "middle" });
    }
    for (let t = 0; t < labels.length; t += every) paper.text(labels[t], x(t), top + tall + 14, { align: "center" });
    paper.text("step", LEFT - 5, top + tall + 14, { align: "right" });
    const places = apart(lines.map(({ line }) => y(line.at(-1))), 12, TRACES - 8);
    lines.forEach(({ signal, line }, n) => {
      const color = this.shade(signal === "hidden" ? this.colors.text : CLASSES[TRACE[signal] ?? 7]);
      paper.line(Array.from(line, (value, t) => [x(t), y(value)]), color, 1.6);
      paper.text(signal, LEFT + inner + 5, places[n], { color, base: "middle", bold: true });
    });
    paper.line([[x(step), top], [x(step), top + tall]], "accent", 1.5);
    paper.say(`Values of unit ${unit} of ${network.name} over time.`);
  }

  drawFlow(dial, setting) {
    const [low, high] = spanOf(dial), distance = this.steps - 1 - this.get("step");
    const lines = dial.networks.map((name, n) => {
      const values = normsAt(dial, n, setting);
      return { words: `${name} ${values.at(-1).toPrecision(1)}`, values, color: this.shade(CLASSES[NETWORK[n % NETWORK.length]]) };
    });
    this.flow.show({ title: "Norm of the gradient, against the distance from the last step", label: "steps back", lines, low, high,
      to: dial.distances - 1, marks: ticks(0, dial.distances - 1, 8), now: distance < dial.distances ? distance : null, log: LEAST, room: 100 });
    this.flow.say(describeDial(dial, setting));
  }
}

export default {
  render: context => new Gates(context).start(["sequence", "step", "unit", "locked", "dial", "setting"], ["network", "beside"]),
};
