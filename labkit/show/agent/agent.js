// The agent explorer: a grid whose values and arrows are learned, and episodes replayed step by step.

import { ACTIONS, PUSHES, acts, arrivesFirst, cellAfter, describeCart, describeGrid, exactAt, greedy, leansMost, unpackViews, valuesAt, windowOf } from "./data.js";
import { Chart } from "../kit/chart.js";
import { viridis } from "../kit/colors.js";
import { Table, tabs } from "../kit/dials.js";
import { at, make } from "../kit/elements.js";
import { Paper } from "../kit/paper.js";
import { Player } from "../kit/player.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, moved, ownBytes, short } from "../kit/values.js";

const ARROWS = [[0, -1], [1, 0], [0, 1], [-1, 0]];
const CELL = { G: "#ffffff", H: "#22272e", C: "#b23a00", "#": "#8b9299" };
const EDGE = 2.4; // where the track of CartPole ends
const LEGEND = {
  grid: "color: value of the best action · arrows: best actions · line: where this agent goes from the start · ring: the chosen cell",
  cart: "orange pole, red ends of the track, arrow: the push that the agent chooses",
};

class Agent extends Stage {
  constructor(context) {
    super(context, "agent", "Agent explorer");
    tabs(this, make("div", "lk-bar", {}, this.body), "view", "What is shown", this.get("views").map(view => view.name));
    this.columns = make("div", "lk-columns", {}, this.body);
    this.left = make("div", "lk-world", {}, this.columns);
    this.world = new Paper(this, this.left, { role: "application", tabindex: 0 });
    const grid = steps => () => this.view.kind === "grid" ? steps(this.view) : 0;
    this.film = new Player(this, this.left, "film_frame", { label: "learning", pause: 160, steps: grid(film => film.frames),
      onstep: frame => this.set({ film_frame: frame, step: 0 }), write: n => `${this.view.episodes[n]} episodes` });
    this.walk = new Player(this, this.left, "step", { label: "agent's step", pause: 260,
      steps: grid(film => Math.max(1, film.lengths[this.film.step])), onstep: step => this.walkTo(step) });
    this.ride = new Player(this, this.left, "step", { label: "step", pause: 20,
      steps: () => this.view.kind === "cart" ? this.view.steps : 0, write: n => `${n + 1} of ${this.view.steps}` });
    this.legend = make("div", "lk-legend", {}, this.left);
    this.right = make("div", "lk-side", {}, this.columns);
    this.heading = make("div", "lk-title", {}, this.right);
    this.table = new Table(this.right);
    this.chart = new Chart(this, this.right);
    this.world.canvas.addEventListener("click", event => this.point(event));
    this.world.canvas.addEventListener("pointermove", event => event.buttons && this.point(event));
    this.world.canvas.addEventListener("keydown", event => this.key(event));
    this.expect(["numbers", "places"], "the agent", (numbers, places) => {
      this.all = unpackViews(this.get("views"), floats(numbers), new Uint16Array(ownBytes(places).buffer));
    });
  }

  get view() { return this.all.find(view => view.name === this.get("view")) ?? this.all[0]; }

  get cell() { return clamp(this.get("cell"), 0, this.view.cells - 1); }

  /** The agent takes a step on the grid; the chosen cell goes with it. */
  walkTo(step) {
    const path = this.view.paths[this.film.step];
    this.set(path.length ? { step, cell: path[step] } : { step });
  }

  // ---- mouse and keys

  point(event) {
    if (this.waits || this.view.kind !== "grid") return;
    const [x, y] = at(event, this.world.canvas), { columns, rows } = this.view;
    const column = Math.floor(x / this.size), row = Math.floor(y / this.size);
    if (column >= 0 && column < columns && row >= 0 && row < rows) this.set({ cell: row * columns + column });
  }

  key(event) {
    if (this.waits || event.ctrlKey || event.metaKey || event.altKey) return;
    const view = this.view, grid = view.kind === "grid", player = grid ? this.film : this.ride, { key } = event;
    const cell = grid ? cellAfter(key, this.cell, view.columns, view.rows) : null;
    const step = grid ? { PageUp: player.step - 1, PageDown: player.step + 1 }[key] ?? null : moved(key, player.step, view.steps);
    if (key === " ") player.toggle();
    else if (cell !== null) this.set({ cell });
    else if (step !== null) player.go(step);
    else return;
    event.preventDefault();
  }

  // ---- sizes

  arrange(width) {
    const { kind, columns, rows } = this.view, wide = width >= 860, left = wide ? Math.round(0.6 * width) : width;
    this.columns.classList.toggle("lk-wide", wide);
    this.left.style.width = `${left}px`;
    this.world.canvas.classList.toggle("lk-cells", kind === "grid");
    this.size = kind === "grid" ? Math.floor(Math.min(left / columns, 440 / rows)) : 0;
    this.world.resize(...kind === "grid" ? [this.size * columns, this.size * rows] : [left, Math.round(0.36 * left)]);
    this.chart.resize(wide ? width - left - 24 : width, 190);
    this.legend.textContent = LEGEND[kind];
  }

  reached() {
    const { view } = this;
    if (view.kind !== this.get("aim")) return false;
    return view.kind === "grid" ? arrivesFirst(view, this.film.step) : leansMost(view, this.ride.step);
  }

  // ---- drawing

  drawNow() {
    this.world.clear();
    const [keys, words] = this.view.kind === "grid" ? this.drawFilm(this.view) : this.drawEpisode(this.view);
    this.world.say(`${this.view.name}. ${keys} ${words}`);
    this.say(words);
  }

  drawFilm(film) {
    const { step: frame } = this.film, { step } = this.walk, { cell } = this, values = valuesAt(film, frame, cell);
    const exact = exactAt(film, cell), best = greedy(values);
    for (let n = 0; n < film.cells; n++) this.drawCell(film, frame, n);
    this.drawWalk(film, film.paths[frame], step);
    const [x, y] = this.corner(film, cell);
    this.world.box(x + 3, y + 3, this.size - 7, this.size - 7, { edge: "#111111", thick: 3, halo: 6 });
    this.heading.textContent = `Row ${Math.floor(cell / film.columns)}, column ${cell % film.columns}`;
    this.table.show(["action", "learned", "exact"], ACTIONS.map((name, a) => [name, best.includes(a), short(values[a]), short(exact[a])]));
    this.chart.show({ title: "mean error of the states' values", label: "recorded moments of learning", low: 0, now: frame,
      lines: [{ words: "", values: film.errors }], tick: n => film.episodes[n] + (n ? "" : " episodes") });
    return ["Arrows choose a cell, page keys an episode, space plays.", describeGrid(film, frame, cell, step)];
  }

  corner(film, cell) { return [this.size * (cell % film.columns), this.size * Math.floor(cell / film.columns)]; }

  drawCell(film, frame, cell) {
    const { world, size } = this, [x, y] = this.corner(film, cell), letter = film.letters[cell], middle = { align: "center", base: "middle" };
    if (!acts(letter)) {
      const color = letter === "G" ? "#111111" : "#ffffff";
      world.box(x, y, size - 1, size - 1, { fill: CELL[letter] });
      if (letter === "#") return;
      world.text(letter, x + size / 2, y + size / 2, { ...middle, color, size: Math.round(0.34 * size), bold: true });
      world.box(x + 0.5, y + 0.5, size - 2, size - 2, { edge: "#8b9299" });
      return;
    }
    const values = valuesAt(film, frame, cell), most = Math.max(...values), share = (most - film.low) / (film.high - film.low);
    const color = share > 0.55 ? "#111111" : "#ffffff", corner = { color, base: "top", size: clamp(0.18 * size, 8, 12) };
    world.box(x, y, size - 1, size - 1, { fill: `rgb(${viridis(share)})` });
    for (const a of greedy(values)) world.arrow(x + size / 2, y + size / 2, ARROWS[a], 0.38 * size, color, Math.max(1.2, 0.03 * size));
    if (size < 34) return;
    world.text(+most.toPrecision(2), x + 3, y + 3, corner);
    if (letter === "S") world.text("S", x + size - 12, y + size - 14, corner);
  }

  /** The path of this frame's agent, and the agent on it. */
  drawWalk(film, path, step) {
    if (!path.length) return;
    const spots = Array.from(path, cell => this.corner(film, cell).map(v => v + this.size / 2));
    this.world.line(spots, "#d55e00", 2.5, { halo: 5 });
    this.world.dot(...spots[step], 0.2 * this.size, { fill: "#ffffff", edge: "#111111", thick: 2 });
  }

  drawEpisode(cart) {
    const { step } = this.ride, values = cart.values.subarray(2 * step, 2 * step + 2), best = greedy(values), [from, to] = windowOf(step, cart.steps);
    this.drawCart(cart, step);
    this.heading.textContent = `Step ${step + 1} of ${cart.steps}`;
    this.table.show(["action", "worth"], PUSHES.map((name, a) => [name, best.includes(a), short(values[a])]));
    this.chart.show({ title: "worth of a push: left (line), right (dashed)", label: "step", now: step, from, to, tick: n => n + 1,
      lines: PUSHES.map((words, a) => ({ words, values: cart.values.filter((_, n) => n % 2 === a) })) });
    return ["Arrows step, space plays.", describeCart(cart, step)];
  }

  drawCart(cart, step) {
    const { world } = this, { width, height } = world, scale = width / (2 * EDGE + 1), ground = height - 26;
    const [place, , angle] = cart.obs.subarray(4 * step, 4 * step + 4), middle = width / 2, x = middle + scale * place, top = ground - 0.28 * scale;
    world.line([[middle - EDGE * scale, ground], [middle + EDGE * scale, ground]], "soft");
    for (const edge of [-EDGE, EDGE]) world.line([[middle + edge * scale, ground + 6], [middle + edge * scale, ground - 14]], "#d55e00", 4);
    world.box(x - 0.3 * scale, top, 0.6 * scale, 0.28 * scale, { fill: "text" });
    const side = cart.action[step] ? 1 : -1;
    world.arrow(x + 0.32 * scale * side, top + 0.14 * scale, [side, 0], 0.5 * scale);
    world.line([[x, top], [x + scale * Math.sin(angle), top - scale * Math.cos(angle)]], "accent", 7);
    for (const mark of [-2, -1, 0, 1, 2]) world.text(mark, middle + mark * scale, ground + 18, { align: "center" });
  }
}

export default { render: context => new Agent(context).start(["film_frame", "cell", "step"], ["view"]) };
