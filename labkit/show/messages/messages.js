// The message explorer: a graph on which messages move.

import { Frames } from "../kit/before.js";
import { CLASSES } from "../kit/colors.js";
import { at, calm, choices, make, mark, resize, slide } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, ownBytes, short, ticks } from "../kit/values.js";
import {
  believes, carried, corrected, describeNode, influence, mixed, neighborTo, rgbOf, sureness, unpackGraph,
} from "./data.js";

const MOVING = 450; // milliseconds that a message takes

class Messages extends Stage {
  constructor(context) {
    super(context, "messages", "Message explorer");
    this.was = null; // the round that is shown while messages move to the next
    this.build();
    this.read();
    this.hear(["numbers", "links", "labels"], () => { this.read(); this.refresh(); });
    this.hear(["view"], () => this.fill());
  }

  // ---- the page

  build() {
    this.bar = make("div", "lk-bar", {}, this.body);
    this.networks = make("div", "", {}, this.bar);
    this.heads = make("div", "", {}, this.bar);
    const columns = this.columns = make("div", "lk-columns", {}, this.body);
    const left = make("div", "lk-graph", {}, columns);
    this.canvas = make("canvas", "", { role: "application", tabindex: 0, "aria-roledescription": "graph" }, left);
    this.playing = make("div", "", {}, left);
    this.legend = make("div", "lk-legend", {}, left);
    this.canvas.addEventListener("pointermove", event => this.point(event));
    this.canvas.addEventListener("click", event => this.lock(event));
    this.canvas.addEventListener("keydown", event => this.key(event));
    this.right = make("div", "lk-depth", {}, columns);
    make("div", "lk-title", {}, this.right, "How depth blurs");
    this.dial = make("div", "", {}, this.right);
    this.small = make("div", "lk-small", {}, this.right);
    this.chart = make("canvas", "", { role: "img" }, this.right);
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const numbers = this.get("numbers"), links = this.get("links"), labels = this.get("labels");
    this.graph = null;
    if (!numbers?.byteLength || !links?.byteLength || !labels?.byteLength) { this.say("Waiting for the graph …"); return; }
    this.labels = ownBytes(labels);
    this.names = this.get("names");
    const own = new Uint16Array(ownBytes(links).buffer);
    this.graph = unpackGraph(this.names.length, this.get("views"), this.get("deep"), floats(numbers), own);
    this.networks.replaceChildren();
    const names = this.graph.views.map(view => view.name);
    this.choice = choices(this.networks, "Which network", names, i => this.set({ view: names[i] }));
    this.networks.hidden = names.length < 2;
    this.right.hidden = !this.graph.deep.length;
    this.fillDepth();
    this.fill();
  }

  /** Everything that depends on the network: heads, rounds, classes. */
  fill() {
    if (!this.graph) return;
    const view = this.view, count = view.heads;
    this.filled = view.name;
    mark(this.choice, this.graph.views.indexOf(view));
    this.heads.replaceChildren();
    this.heads.hidden = count < 2;
    const names = ["all heads", ...Array.from({ length: count }, (_, h) => `head ${h}`)];
    this.headChoice = choices(this.heads, "Which head", names, i => this.set({ head: i - 1 }));
    const round = Math.min(this.get("round"), view.rounds);
    this.player?.stop();
    this.playing.replaceChildren();
    this.player = new Frames(this.playing, { steps: view.rounds + 1, label: "round", step: round, pause: 1100,
      onstep: step => this.go(step), write: n => `${n} of ${view.rounds}` });
    this.legend.replaceChildren();
    for (let k = 0; k < view.classes; k++) {
      const item = make("span", "", {}, this.legend, `class ${k}`);
      item.prepend(make("i", "", { style: `background: ${CLASSES[k % CLASSES.length]}` }));
    }
    make("span", "", {}, this.legend, "fill: what it says (pale: unsure) · rim: the truth · orange lines: what the chosen node hears");
    this.draw();
  }

  fillDepth() {
    const { deep } = this.graph, most = Math.max(1, ...deep.map(one => one.depths));
    this.dial.replaceChildren();
    this.small.replaceChildren();
    this.depths?.stop();
    this.depths = new Frames(this.dial, { steps: most, label: "layers", step: clamp(this.get("depth"), 0, most - 1), pause: 180,
      onstep: step => this.set({ depth: step }), write: n => `${n + 1} of ${most}` });
    this.clouds = deep.map(({ name }) => {
      const box = make("figure", "", {}, this.small);
      const canvas = make("canvas", "", { role: "img", "aria-label": name }, box);
      return { canvas, caption: make("figcaption", "", {}, box, name) };
    });
  }

  get view() { return this.graph.views.find(view => view.name === this.get("view")) ?? this.graph.views[0]; }

  // ---- what is chosen

  /** Another round: messages move there, unless it is not the next, or motion is not wanted. */
  go(round) {
    const before = this.get("round");
    this.was = round === before + 1 && !calm() ? { round: before, since: performance.now() } : null;
    this.set({ round });
  }

  nearest([x, y]) {
    let best = -1, least = 18 ** 2;
    for (let j = 0; j < this.names.length; j++) {
      const [px, py] = this.spot(j), distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [best, least] = [j, distance];
    }
    return best;
  }

  point(event) {
    if (!this.graph || this.get("locked")) return;
    const node = this.nearest(at(event, this.canvas));
    if (node >= 0) this.set({ node });
  }

  lock(event) {
    if (!this.graph) return;
    const node = this.nearest(at(event, this.canvas));
    if (node < 0) this.set({ locked: false });
    else this.set({ node, locked: !(this.get("locked") && node === this.get("node")) });
  }

  key(event) {
    if (!this.graph || event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.get("node"), last = this.names.length - 1;
    const to = { Home: 0, End: last, PageUp: Math.max(0, node - 1), PageDown: Math.min(last, node + 1) }[event.key];
    if (to !== undefined) this.set({ node: to });
    else if (event.key.startsWith("Arrow")) this.set({ node: neighborTo(event.key, this.graph.places, node) });
    else if (event.key === "Enter" || event.key === " ") this.set({ locked: !this.get("locked") });
    else if (event.key === "Escape") this.set({ locked: false });
    else return;
    event.preventDefault();
  }

  // ---- sizes

  arrange(width) {
    if (!this.graph) return;
    const wide = width >= 860 && this.graph.deep.length > 0;
    this.columns.classList.toggle("lk-wide", wide);
    this.wide = wide ? Math.round(0.58 * width) : width;
    this.tall = Math.min(540, Math.round(0.82 * this.wide));
    this.columns.style.setProperty("--lk-graph", `${this.wide}px`);
    resize(this.canvas, this.wide, this.tall);
    const side = wide ? width - this.wide - 24 : width, count = Math.max(1, this.clouds.length), each = Math.min(150, Math.floor((side - 8 * (count - 1)) / count));
    this.small.style.setProperty("--lk-cloud", `${each}px`);
    this.cloud = each;
    for (const { canvas } of this.clouds) resize(canvas, each, each);
    this.chartWidth = Math.min(side, 420);
    resize(this.chart, this.chartWidth, 170);
  }

  spot(j) {
    const margin = 18, { places } = this.graph;
    return [margin + places[2 * j] * (this.wide - 2 * margin), margin + (1 - places[2 * j + 1]) * (this.tall - 2 * margin)];
  }

  reached() {
    if (!this.graph || this.get("round") !== this.view.rounds) return false;
    return corrected(this.view, this.names.length, this.labels, this.get("node"));
  }

  // ---- drawing

  drawNow() {
    if (!this.graph) return;
    if (this.view.name !== this.filled) { this.fill(); return; }
    const view = this.view, round = clamp(this.get("round"), 0, view.rounds), head = Math.min(this.get("head"), view.heads - 1);
    const node = clamp(this.get("node"), 0, this.names.length - 1);
    const share = this.was ? clamp((performance.now() - this.was.since) / MOVING, 0, 1) : 1;
    if (share >= 1) this.was = null;
    if (this.player.step !== round) { this.player.step = round; slide(this.player.input, round); }
    mark(this.headChoice, head + 1);
    const shares = influence(view, this.names.length, node, round, head);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.wide, this.tall);
    const weights = view.rounds ? carried(view, Math.max(0, round - 1), head) : null;
    this.drawEdges(context, view, weights, node);
    if (this.was) this.drawMessages(context, view, share);
    this.drawNodes(context, view, round, node, shares, share);
    this.drawDepth(node);
    const words = describeNode(view, this.names, this.labels, round, node, shares) + (this.get("locked") ? " Locked: Escape unlocks." : "");
    this.canvas.setAttribute("aria-label", `${view.name}. Arrows choose a node, Enter locks. ${words}`);
    this.say(words);
    if (this.was) this.draw();
  }

  line(context, a, b) {
    context.beginPath();
    context.moveTo(...this.spot(a));
    context.lineTo(...this.spot(b));
    context.stroke();
  }

  drawEdges(context, view, weights, node) {
    context.strokeStyle = this.colors.edge;
    context.lineWidth = 1;
    for (let e = 0; e < view.edges; e++) if (view.source[e] < view.target[e]) this.line(context, view.source[e], view.target[e]);
    if (!weights) return;
    context.strokeStyle = this.colors.accent;
    for (let e = 0; e < view.edges; e++) {
      if (view.target[e] !== node || view.source[e] === node) continue;
      context.lineWidth = 0.6 + 11 * weights[e];
      this.line(context, view.source[e], node);
    }
  }

  /** A dot on every edge, in the color of what the sender says. */
  drawMessages(context, view, share) {
    for (let e = 0; e < view.edges; e++) {
      const j = view.source[e], i = view.target[e];
      if (i === j) continue;
      const [x, y] = this.spot(j), [u, v] = this.spot(i);
      context.fillStyle = `rgb(${this.shade(view, this.was.round, j)})`;
      context.fillRect(x + (u - x) * share - 1.5, y + (v - y) * share - 1.5, 3, 3);
    }
  }

  shade(view, round, j) {
    const { label, chance } = believes(view, this.names.length, round, j);
    return mixed(rgbOf(this.colors.hidden), rgbOf(CLASSES[label % CLASSES.length]), sureness(chance, view.classes));
  }

  drawNodes(context, view, round, node, shares, share) {
    const count = this.names.length, small = clamp(150 / Math.sqrt(count), 4.5, 10), most = Math.max(...shares);
    for (let j = 0; j < count; j++) {
      const [x, y] = this.spot(j), heard = shares[j] > 0;
      const after = this.shade(view, round, j);
      const color = this.was ? mixed(this.shade(view, this.was.round, j), after, share) : after;
      context.globalAlpha = heard ? 1 : 0.45;
      context.beginPath();
      context.arc(x, y, small * (heard ? 1 + 0.5 * Math.sqrt(shares[j] / most) : 0.8), 0, 2 * Math.PI);
      context.fillStyle = `rgb(${color})`;
      context.fill();
      context.strokeStyle = CLASSES[this.labels[j] % CLASSES.length];
      context.lineWidth = 2;
      context.stroke();
    }
    context.globalAlpha = 1;
    const [x, y] = this.spot(node);
    for (const [color, width] of [[this.colors.back, 5], [this.colors.text, 2.5]]) {
      context.beginPath();
      context.arc(x, y, small * 1.5 + 4, 0, 2 * Math.PI);
      Object.assign(context, { strokeStyle: color, lineWidth: width });
      context.stroke();
    }
    context.font = `600 12px ${this.font}`;
    context.textAlign = x > this.wide / 2 ? "right" : "left";
    const shift = (x > this.wide / 2 ? -1 : 1) * (small * 1.5 + 9);
    Object.assign(context, { strokeStyle: this.colors.back, lineWidth: 4, lineJoin: "round", textBaseline: "middle" });
    context.strokeText(this.names[node], x + shift, y);
    context.fillStyle = this.colors.text;
    context.fillText(this.names[node], x + shift, y);
  }

  /** The states of each deep network at the depth of the dial, and how far apart they are at every depth. */
  drawDepth(node) {
    const { deep } = this.graph, depth = this.get("depth");
    if (!deep.length) return;
    if (this.depths.step !== depth) { this.depths.step = depth; slide(this.depths.input, depth); }
    deep.forEach((one, k) => {
      const layer = Math.min(depth, one.depths - 1), { canvas, caption } = this.clouds[k], size = this.cloud;
      const context = canvas.getContext("2d"), start = layer * 2 * this.names.length;
      context.clearRect(0, 0, size, size);
      context.strokeStyle = this.colors.edge;
      context.strokeRect(0.5, 0.5, size - 1, size - 1);
      for (let j = 0; j < this.names.length; j++) {
        const x = size * (0.5 + 0.46 * one.places[start + 2 * j]), y = size * (0.5 - 0.46 * one.places[start + 2 * j + 1]);
        context.fillStyle = CLASSES[this.labels[j] % CLASSES.length];
        context.globalAlpha = j === node ? 1 : 0.7;
        context.beginPath();
        context.arc(x, y, j === node ? 4.5 : 2.5, 0, 2 * Math.PI);
        context.fill();
      }
      context.globalAlpha = 1;
      caption.textContent = `${one.name}: ${one.apart[layer].toFixed(3)}`;
      canvas.setAttribute("aria-label", `${one.name}, ${layer + 1} layers: mean distance of nodes ${short(one.apart[layer])}`);
    });
    this.drawChart(deep, depth);
  }

  drawChart(deep, depth) {
    const context = this.chart.getContext("2d"), width = this.chartWidth, height = 170, left = 36, base = height - 26;
    const most = Math.max(...deep.map(one => one.depths)), top = Math.max(...deep.flatMap(one => [...one.apart]), 1e-6);
    const x = n => left + (width - left - 12) * n / Math.max(1, most - 1), y = value => base - (base - 22) * value / top;
    context.clearRect(0, 0, width, height);
    context.font = `11px ${this.font}`;
    Object.assign(context, { fillStyle: this.colors.soft, strokeStyle: this.colors.edge, lineWidth: 1, textAlign: "left", textBaseline: "alphabetic" });
    context.fillText("mean cosine distance of nodes", left, 11);
    context.strokeRect(left + 0.5, 22.5, width - left - 12, base - 22);
    context.textAlign = "right";
    for (const value of ticks(0, top, 3)) context.fillText(value, left - 5, y(value) + 4);
    context.textAlign = "center";
    for (const n of [1, 8, 16, 24, 32].filter(n => n <= most)) context.fillText(n, x(n - 1), base + 13);
    context.fillText("layers", (left + width) / 2, height - 1);
    deep.forEach((one, k) => {
      context.strokeStyle = [this.colors.line, this.colors.accent, this.isDark ? "#3cc79b" : "#00805D"][k % 3];
      context.lineWidth = 2;
      context.setLineDash([[], [6, 3], [2, 3]][k % 3]);
      context.beginPath();
      one.apart.forEach((value, n) => n ? context.lineTo(x(n), y(value)) : context.moveTo(x(n), y(value)));
      context.stroke();
      this.clouds[k].caption.style.borderTop = `2px ${["solid", "dashed", "dotted"][k % 3]} ${context.strokeStyle}`;
    });
    context.setLineDash([]);
    context.strokeStyle = this.colors.text;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x(depth), 22);
    context.lineTo(x(depth), base);
    context.stroke();
    const said = deep.map(one => `${one.name} ${short(one.apart[Math.min(depth, one.depths - 1)])}`).join(", ");
    this.chart.setAttribute("aria-label", `Mean distance of nodes at ${depth + 1} layers: ${said}`);
  }

  remove() {
    super.remove();
    this.player?.stop();
    this.depths?.stop();
  }
}

export default { render: context => new Messages(context).start(["round", "head", "node", "depth", "locked", "view"]) };
