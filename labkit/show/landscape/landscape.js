// The landscape explorer: the surface is sent once, and the optimizer runs here, at every move of a dial.

import { Frames } from "../kit/before.js";
import { viridis } from "../kit/colors.js";
import { at, choices, make, mark, raster, resize, slide, slider } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, short, ticks } from "../kit/values.js";
import {
  contour, descend, diverges, heightAt, holds, inWords, LEVELS, OPTIMIZERS, scaleOf, STEPS, unpack,
} from "./data.js";

const FINE = 121; // points of the map along each side

class Landscape extends Stage {
  constructor(context) {
    super(context, "landscape", "Landscape explorer");
    this.read();
    const names = this.all.map(surface => surface.name);
    const top = make("div", "lk-bar", {}, this.body);
    this.tabs = choices(this.group(top, "surface"), "Surface", names, i => this.choose(i));
    this.kinds = choices(this.group(top, "optimizer"), "Optimizer", OPTIMIZERS, i => this.set({ optimizer: OPTIMIZERS[i] }));
    this.about = make("p", "lk-about", {}, this.body);
    this.dials = make("div", "lk-dials", {}, this.body);
    this.rate = this.dial("learning rate", { min: -4, max: 1, step: 0.05 }, v => ({ rate: 10 ** v }), v => short(10 ** v));
    this.momentum = this.dial("momentum (β₁ of Adam)", { min: 0, max: 0.99, step: 0.01 }, v => ({ momentum: v }), v => v.toFixed(2));
    this.decay = this.dial("weight decay", { min: 0, max: 1, step: 0.01 }, v => ({ decay: v }), v => v.toFixed(2));
    this.views = make("div", "lk-views", {}, this.body);
    const does = "The surface from above. Arrow keys move the start, with Shift in small steps";
    this.map = make("canvas", "lk-map", { tabindex: 0, role: "img", "aria-label": does }, this.views);
    this.graph = make("canvas", "lk-graph", { role: "img", "aria-label": "The loss at every step" }, this.views);
    const bottom = make("div", "lk-bar", {}, this.body);
    this.player = new Frames(bottom, { steps: STEPS + 1, step: this.get("step"), label: "step", pause: 60,
      onstep: step => this.set({ step }) });
    this.toggle = make("label", "lk-switch", {}, bottom);
    this.box = make("input", "", { type: "checkbox" }, this.toggle);
    this.toggle.append("show the real run");
    this.box.addEventListener("change", () => this.set({ show_path: this.box.checked }));
    this.listen();
  }

  group(parent, title) {
    const group = make("div", "lk-group", {}, parent);
    make("span", "", {}, group, title);
    return group;
  }

  dial(label, range, traits, write) {
    const input = slider(this.dials, label, { ...range, value: range.min }, write);
    input.addEventListener("input", () => this.set(traits(Number(input.value))));
    return input;
  }

  /** The surfaces; Colab may send their numbers later than the rest. */
  read() {
    const sent = this.get("values");
    this.ready = Boolean(sent?.byteLength);
    this.all = unpack(this.get("surfaces"), this.ready ? floats(sent) : new Float32Array());
  }

  get shown() { return this.all.find(surface => surface.name === this.get("surface")) || this.all[0]; }

  /** Another surface: from where it is best begun, with a rate that suits it. */
  choose(index) {
    const { name, start: [x, y], rate } = this.all[index];
    this.player.stop();
    this.set({ surface: name, x, y, rate, step: STEPS });
  }

  listen() {
    const begin = event => {
      const [[left, right], [bottom, top]] = this.shown.inside, [px, py] = at(event, this.map);
      const x = left + (right - left) * clamp(px / this.size, 0, 1), y = top - (top - bottom) * clamp(py / this.size, 0, 1);
      this.set({ x, y });
    };
    this.map.addEventListener("pointerdown", event => {
      this.map.setPointerCapture?.(event.pointerId);
      this.dragging = true;
      begin(event);
    });
    this.map.addEventListener("pointermove", event => this.dragging && begin(event));
    for (const name of ["pointerup", "pointercancel"]) this.map.addEventListener(name, () => { this.dragging = false; });
    this.map.addEventListener("keydown", event => {
      const [a, b] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] || [];
      if (a === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const [[left, right], [bottom, top]] = this.shown.inside, part = event.shiftKey ? 0.005 : 0.03;
      this.set({ x: clamp(this.get("x") + a * part * (right - left), left, right),
        y: clamp(this.get("y") + b * part * (top - bottom), bottom, top) });
    });
  }

  arrange(width) {
    const wide = width >= 760;
    this.size = wide ? Math.min(460, Math.floor(width * 0.48)) : Math.min(width, 460);
    this.graphWidth = wide ? Math.min(520, width - this.size - 20) : Math.min(width, 460);
    this.graphHeight = wide ? this.size : 220;
    this.brush = resize(this.map, this.size, this.size);
    this.pen = resize(this.graph, this.graphWidth, this.graphHeight);
    this.ground = null;
  }

  drawNow() {
    if (!this.ready) return this.say("Waiting for the heights of the surface.");
    const surface = this.shown, optimizer = this.get("optimizer");
    const dials = Object.fromEntries(["rate", "momentum", "decay"].map(name => [name, this.get(name)]));
    const start = [this.get("x"), this.get("y")];
    this.path = descend(surface, holds(surface, start) ? start : surface.start, { optimizer, ...dials });
    const step = Math.min(this.get("step"), this.path.length - 1);
    this.follow(surface, optimizer, dials, step);
    this.drawMap(surface, step);
    this.drawGraph(step);
    this.say(inWords(this.path, step, optimizer));
  }

  reached() { return this.ready && diverges(this.path); }

  /** Tabs, dials and player say what is so, whoever has changed it. */
  follow(surface, optimizer, { rate, momentum, decay }, step) {
    mark(this.tabs, this.all.indexOf(surface));
    mark(this.kinds, OPTIMIZERS.indexOf(optimizer));
    this.about.textContent = surface.words;
    slide(this.rate, Math.log10(Math.max(rate, 1e-4)));
    this.rate.words.textContent = short(rate);
    slide(this.momentum, momentum);
    slide(this.decay, decay);
    this.momentum.disabled = optimizer === "SGD";
    if (this.player.steps !== this.path.length) {
      this.player.steps = this.path.length;
      this.player.input.max = this.path.length - 1;
    }
    this.player.step = step;
    this.player.input.write = n => `${n} of ${this.path.length - 1}`;
    slide(this.player.input, step);
    this.toggle.hidden = !surface.points;
    this.box.checked = this.get("show_path");
  }

  place([x, y]) {
    const [[left, right], [bottom, top]] = this.shown.inside;
    return [(x - left) / (right - left) * this.size, (top - y) / (top - bottom) * this.size];
  }

  drawMap(surface, step) {
    const brush = this.brush, size = this.size;
    if (this.ground?.surface !== surface) this.ground = { surface, canvas: this.paint(surface) };
    brush.clearRect(0, 0, size, size);
    brush.drawImage(this.ground.canvas, 0, 0, size, size);
    const zero = this.place(surface.zero);
    if (this.get("decay") > 0) this.cross(brush, zero);
    if (surface.points && this.get("show_path")) {
      const points = Array.from({ length: surface.points }, (_, n) => this.place(surface.path.subarray(2 * n, 2 * n + 2)));
      this.line(brush, points, "#00000090", 4);
      this.line(brush, points, "#ffffff", 1.8, [6, 4]);
    }
    const points = this.path.slice(0, step + 1).map(point => this.place(point));
    this.line(brush, points, "#000000b0", 4.5);
    this.line(brush, points, "#ff9d2e", 2.2);
    points.forEach(point => this.dot(brush, point, 2, "#ff9d2e"));
    const [x, y] = points[0];
    Object.assign(brush, { fillStyle: "#fff", strokeStyle: "#000", lineWidth: 1.5 });
    brush.fillRect(x - 5, y - 5, 10, 10);
    brush.strokeRect(x - 5, y - 5, 10, 10);
    this.dot(brush, points.at(-1), 5.5, "#ff9d2e", "#000");
    Object.assign(brush, { fillStyle: "#fff", strokeStyle: "#000000b0", lineWidth: 3, font: `12px ${this.font}` });
    Object.assign(brush, { textAlign: "left", textBaseline: "bottom" });
    const axes = "first direction →   second direction ↑";
    brush.strokeText(axes, 8, size - 6);
    brush.fillText(axes, 8, size - 6);
  }

  line(brush, points, color, width, dash = []) {
    Object.assign(brush, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
    brush.setLineDash(dash);
    brush.beginPath();
    points.forEach(([x, y]) => brush.lineTo(x, y));
    brush.stroke();
    brush.setLineDash([]);
  }

  dot(brush, [x, y], radius, fill, edge = null) {
    brush.beginPath();
    brush.arc(x, y, radius, 0, 2 * Math.PI);
    Object.assign(brush, { fillStyle: fill, strokeStyle: edge, lineWidth: 1.5 });
    brush.fill();
    if (edge) brush.stroke();
  }

  cross(brush, [x, y]) {
    Object.assign(brush, { strokeStyle: "#fff", lineWidth: 2, fillStyle: "#fff", font: `12px ${this.font}` });
    brush.beginPath();
    for (const [a, b] of [[7, 0], [0, 7]]) { brush.moveTo(x - a, y - b); brush.lineTo(x + a, y + b); }
    brush.stroke();
    brush.textBaseline = "bottom";
    brush.fillText("decay pulls here", clamp(x + 6, 4, this.size - 96), clamp(y - 4, 16, this.size - 4));
  }

  /** The ground that stays: colors, contours and their numbers, painted once for a surface and a size. */
  paint(surface) {
    const [[left, right], [bottom, top]] = surface.inside, scale = scaleOf(surface.values);
    const grid = Float64Array.from({ length: FINE * FINE }, (_, n) => scale.to(heightAt(surface,
      left + (n % FINE) / (FINE - 1) * (right - left), top - Math.floor(n / FINE) / (FINE - 1) * (top - bottom))[0]));
    const low = Math.min(...grid), high = Math.max(...grid), size = this.size, cell = size / (FINE - 1);
    const canvas = make("canvas"), brush = resize(canvas, size, size);
    brush.imageSmoothingEnabled = true;
    brush.drawImage(raster(grid, FINE, FINE, value => viridis((value - low) / (high - low || 1))), 0, 0, size, size);
    brush.font = `11px ${this.font}`;
    Object.assign(brush, { textAlign: "center", textBaseline: "middle", lineWidth: 1 });
    const taken = [];
    for (let k = 1; k <= LEVELS; k++) {
      const level = low + k / (LEVELS + 1) * (high - low), segments = contour(grid, FINE, FINE, level);
      brush.strokeStyle = "#ffffff80";
      brush.beginPath();
      for (const [a, b, c, d] of segments) { brush.moveTo(a * cell, b * cell); brush.lineTo(c * cell, d * cell); }
      brush.stroke();
      this.number(brush, segments.map(([a, b]) => [a * cell, b * cell]), short(+scale.back(level).toPrecision(2)), taken);
    }
    return canvas;
  }

  /** A contour's number, where there is most room: away from the edge and from other numbers. */
  number(brush, places, text, taken) {
    const room = ([x, y]) => Math.min(...taken.map(([p, q]) => Math.hypot((x - p) / 1.6, y - q)), 60);
    const near = ([x, y]) => Math.min(x, y, this.size - x, this.size - y);
    const best = places.filter(place => near(place) > 24).sort((a, b) => room(b) - room(a))[0];
    if (!best || room(best) < 22) return;
    taken.push(best);
    Object.assign(brush, { strokeStyle: "#000000b0", lineWidth: 3, fillStyle: "#fff" });
    brush.strokeText(text, ...best);
    brush.fillText(text, ...best);
    brush.lineWidth = 1;
  }

  drawGraph(step) {
    const { pen, colors, graphWidth: width, graphHeight: height, path } = this, left = 52, bottom = height - 40, top = 26;
    const heights = path.map(point => point[2]), low = Math.min(...heights), high = Math.max(...heights, low + 1e-9);
    const x = n => left + n / STEPS * (width - left - 14), y = h => bottom - (h - low) / (high - low) * (bottom - top);
    pen.clearRect(0, 0, width, height);
    pen.font = `12px ${this.font}`;
    Object.assign(pen, { fillStyle: colors.soft, strokeStyle: colors.edge, lineWidth: 1, textBaseline: "middle", textAlign: "right" });
    for (const tick of ticks(low, high, 5)) {
      this.line(pen, [[left, y(tick)], [width - 14, y(tick)]], colors.edge, 1);
      pen.fillText(short(tick), left - 6, y(tick));
    }
    pen.textAlign = "center";
    for (const tick of ticks(0, STEPS, 6)) pen.fillText(tick, x(tick), bottom + 14);
    pen.fillText("step", left + (width - left) / 2, height - 10);
    pen.textAlign = "left";
    pen.fillStyle = colors.text;
    pen.fillText("loss at every step", left, 10);
    this.line(pen, heights.map((h, n) => [x(n), y(h)]), colors.line, 2);
    this.dot(pen, [x(step), y(heights[step])], 5, "#ff9d2e", colors.text);
  }

  remove() {
    super.remove();
    this.player.stop();
  }
}

export default {
  render: context => {
    const view = new Landscape(context);
    view.hear(["surfaces", "values"], () => { view.read(); view.ground = null; view.draw(); });
    return view.start(["surface", "optimizer", "rate", "momentum", "decay", "x", "y", "step", "show_path"]);
  },
};
