// The agent explorer: a grid whose values and arrows are learned, and episodes replayed step by step.
// stage.js stands in front of this file. First the pure functions, then the view. All moves in the browser.

const ACTIONS = ["up", "right", "down", "left"], PUSHES = ["push left", "push right"];
const ARROWS = [[0, -1], [1, 0], [0, 1], [-1, 0]];
const CELL = { G: "#ffffff", H: "#22272e", C: "#b23a00", "#": "#8b9299" };
const EDGE = 2.4; // where the track of CartPole ends
const CLOSE = 1e-6; // what differs by less is equally good

// ---------------------------------------------------------------------------------------------- pure functions

/** The views with their own numbers, cut out of what was sent in one piece. */
export function unpackViews(metas, numbers, places) {
  let from = 0, place = 0;
  const take = size => numbers.subarray(from, from += size), walk = size => places.subarray(place, place += size);
  return metas.map(meta => {
    if (meta.kind === "cart") return { ...meta, obs: take(4 * meta.steps), values: take(2 * meta.steps), action: walk(meta.steps) };
    const columns = meta.map[0].length, cells = columns * meta.map.length, letters = meta.map.join("");
    const film = { ...meta, columns, cells, letters, rows: meta.map.length,
      episodes: take(meta.frames), exact: take(4 * cells), table: take(4 * cells * meta.frames), paths: meta.lengths.map(walk) };
    return { ...film, ...spanOf(film), errors: errorsOf(film) };
  });
}

export const acts = letter => letter === "." || letter === "S";

/** The four values of a cell in a frame. */
export const valuesAt = (film, frame, cell) => film.table.subarray(4 * (frame * film.cells + cell), 4 * (frame * film.cells + cell + 1));

export const exactAt = (film, cell) => film.exact.subarray(4 * cell, 4 * cell + 4);

/** The actions that are the best: all that are equally good; the twin of agent_picture.py's `greedy`. */
export function greedy(values) {
  const most = Math.max(...values);
  return [...values.keys()].filter(a => values[a] >= most - CLOSE * Math.max(1, Math.abs(most)));
}

/** The least and the greatest value that a state has in any frame. */
export function spanOf(film) {
  let low = Infinity, high = -Infinity;
  for (let frame = 0; frame < film.frames; frame++) {
    for (let cell = 0; cell < film.cells; cell++) {
      if (!acts(film.letters[cell])) continue;
      const value = Math.max(...valuesAt(film, frame, cell));
      [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  return { low, high: high > low ? high : low + 1 };
}

/** How far the values of the states are off on average, frame by frame; the twin of GridFilm.errors. */
export function errorsOf(film) {
  const standing = [...film.letters].flatMap((letter, cell) => acts(letter) ? [cell] : []);
  return Float64Array.from({ length: film.frames }, (_, frame) => standing.reduce((sum, cell) =>
    sum + Math.abs(Math.max(...valuesAt(film, frame, cell)) - Math.max(...exactAt(film, cell))), 0) / standing.length);
}

/** The cell after a key press; itself at the border, null if the key is none of the grid's. */
export function cellAfter(key, cell, columns, rows) {
  const row = Math.floor(cell / columns), column = cell % columns;
  const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], Home: [row, 0], End: [row, columns - 1] }[key];
  return to ? clamp(to[0], 0, rows - 1) * columns + clamp(to[1], 0, columns - 1) : null;
}

/** The first and the last step of a long episode that are drawn: about a hundred around this one. */
export function windowOf(step, count) {
  const from = clamp(step - 50, 0, Math.max(0, count - 101));
  return [from, Math.min(count - 1, from + 100)];
}

/** What the grid shows, in words. */
export function describeGrid(film, frame, cell, step) {
  const values = valuesAt(film, frame, cell), exact = exactAt(film, cell), path = film.paths[frame];
  const where = `Row ${Math.floor(cell / film.columns)}, column ${cell % film.columns}`;
  const after = `After ${film.episodes[frame]} episodes, values of states are off by ${short(film.errors[frame])} on average.`;
  const walks = path.length ? ` The agent is at step ${step} of ${path.length - 1}.` : "";
  if (!acts(film.letters[cell])) return `${after} ${where}: nothing is learned here.${walks}`;
  const found = ACTIONS.map((name, a) => `${name} ${short(values[a])} (exact ${short(exact[a])})`).join(", ");
  return `${after} ${where}: ${found}; it would go ${greedy(values).map(a => ACTIONS[a]).join(" or ")}.${walks}`;
}

/** What the cart shows, in words. */
export function describeCart(cart, step) {
  const [place, , angle] = cart.obs.subarray(4 * step, 4 * step + 4), [left, right] = cart.values.subarray(2 * step, 2 * step + 2);
  const side = place >= 0 ? "right" : "left", lean = angle >= 0 ? "right" : "left";
  const degrees = (Math.abs(angle) * 180 / Math.PI).toFixed(1);
  const last = step === cart.steps - 1 ? (cart.truncated ? " Here the clock ends the episode." : " After this push it is over.") : "";
  return `Step ${step + 1} of ${cart.steps}: the cart is ${Math.abs(place).toFixed(2)} ${side} of the middle, the pole leans ` +
    `${degrees}° ${lean}; worth of a push to the left ${short(left)}, to the right ${short(right)}: ${PUSHES[cart.action[step]]}.${last}`;
}

// ------------------------------------------------------------------------------------------------ the view

class Agent extends Stage {
  constructor(context) {
    super(context, "agent", "Agent explorer");
    this.build();
    this.read();
    this.hear(["numbers", "places"], () => { this.read(); this.refresh(); });
    this.hear(["view"], () => { this.fill(); this.refresh(); });
  }

  build() {
    this.bar = make("div", "lk-bar", {}, this.body);
    this.columns = make("div", "lk-columns", {}, this.body);
    this.left = make("div", "lk-world", {}, this.columns);
    this.canvas = make("canvas", "", { role: "application", tabindex: 0 }, this.left);
    this.players = make("div", "", {}, this.left);
    this.legend = make("div", "lk-legend", {}, this.left);
    this.right = make("div", "lk-side", {}, this.columns);
    this.heading = make("div", "lk-title", {}, this.right);
    this.table = make("table", "", {}, this.right);
    this.chart = make("canvas", "", { role: "img" }, this.right);
    this.canvas.addEventListener("click", event => this.point(event));
    this.canvas.addEventListener("pointermove", event => event.buttons && this.point(event));
    this.canvas.addEventListener("keydown", event => this.key(event));
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const numbers = this.get("numbers"), places = this.get("places");
    this.all = null;
    if (!numbers?.byteLength || !places) { this.say("Waiting for the agent …"); return; }
    this.all = unpackViews(this.get("views"), floats(numbers), new Uint16Array(ownBytes(places).buffer));
    this.bar.replaceChildren();
    const names = this.all.map(view => view.name);
    this.choice = choices(this.bar, "What is shown", names, i => this.set({ view: names[i] }));
    this.choice.hidden = names.length < 2;
    this.fill();
  }

  get view() { return this.all.find(view => view.name === this.get("view")) ?? this.all[0]; }

  get frameNow() { return clamp(this.get("film_frame"), 0, this.view.frames - 1); }

  get stepNow() {
    const view = this.view, length = view.kind === "cart" ? view.steps : view.lengths[this.frameNow];
    return clamp(this.get("step"), 0, Math.max(0, length - 1));
  }

  get cellNow() { return clamp(this.get("cell"), 0, this.view.cells - 1); }

  /** Everything that depends on the view: players, table, legend. */
  fill() {
    if (!this.all) return;
    const view = this.view;
    this.filled = view.name;
    mark(this.choice, this.all.indexOf(view));
    this.film?.stop();
    this.walk?.stop();
    this.players.replaceChildren();
    this.film = null;
    this.canvas.classList.toggle("lk-cells", view.kind === "grid");
    if (view.kind === "grid") {
      this.film = new Player(this.players, { steps: view.frames, label: "learning", step: this.frameNow, pause: 160,
        onstep: step => this.set({ film_frame: step, step: 0 }), write: n => `${view.episodes[n]} episodes` });
    }
    this.walk = new Player(this.players, { steps: this.walkSteps(), label: view.kind === "grid" ? "agent's step" : "step",
      step: this.stepNow, pause: view.kind === "grid" ? 260 : 20, onstep: step => this.go(step), write: n => `${n} of ${this.walkSteps() - 1}` });
    this.legend.textContent = view.kind === "grid"
      ? "color: value of the best action · arrows: best actions · line: where this agent goes from the start · ring: the chosen cell"
      : "orange pole, red ends of the track, arrow: the push that the agent chooses";
    this.table.replaceChildren();
    const names = view.kind === "grid" ? ["action", "learned", "exact"] : ["action", "worth"];
    const head = make("tr", "", {}, make("thead", "", {}, this.table));
    for (const name of names) make("th", "", { scope: "col" }, head, name);
    const body = make("tbody", "", {}, this.table);
    this.lines = (view.kind === "grid" ? ACTIONS : PUSHES).map(name => {
      const row = make("tr", "", {}, body);
      make("th", "", { scope: "row" }, row, name);
      return { row, cells: names.slice(1).map(() => make("td", "", {}, row)) };
    });
    this.draw();
  }

  walkSteps() {
    const view = this.view;
    return Math.max(1, view.kind === "cart" ? view.steps : view.lengths[this.frameNow]);
  }

  /** The agent takes a step; on a grid the chosen cell goes with it. */
  go(step) {
    const path = this.view.kind === "grid" ? this.view.paths[this.frameNow] : [];
    this.set(path.length ? { step, cell: path[Math.min(step, path.length - 1)] } : { step });
  }

  // ---- mouse and keys

  point(event) {
    if (!this.all || this.view.kind !== "grid") return;
    const [x, y] = at(event, this.canvas), { columns, rows } = this.view;
    const column = Math.floor(x / this.size), row = Math.floor(y / this.size);
    if (column >= 0 && column < columns && row >= 0 && row < rows) this.set({ cell: row * columns + column });
  }

  key(event) {
    if (!this.all || event.ctrlKey || event.metaKey || event.altKey) return;
    const view = this.view, { key } = event;
    if (view.kind === "cart") {
      const to = moved(key, this.stepNow, view.steps);
      if (key === " ") this.walk.timer ? this.walk.stop() : this.walk.play();
      else if (to === null) return;
      else this.walk.go(to);
    } else {
      const to = cellAfter(key, this.cellNow, view.columns, view.rows);
      if (to !== null) this.set({ cell: to });
      else if (key === "PageUp" || key === "PageDown") this.film.go(this.frameNow + (key === "PageUp" ? -1 : 1));
      else if (key === " ") this.film.timer ? this.film.stop() : this.film.play();
      else return;
    }
    event.preventDefault();
  }

  // ---- sizes

  arrange(width) {
    if (!this.all) return;
    const view = this.view, wide = width >= 860;
    this.columns.classList.toggle("lk-wide", wide);
    this.wide = wide ? Math.round(0.6 * width) : width;
    this.left.style.width = `${this.wide}px`;
    this.size = view.kind === "grid" ? Math.floor(Math.min(this.wide / view.columns, 440 / view.rows)) : 0;
    const [across, tall] = view.kind === "grid" ? [this.size * view.columns, this.size * view.rows] : [this.wide, Math.round(0.36 * this.wide)];
    resize(this.canvas, across, tall);
    this.chartWidth = wide ? width - this.wide - 24 : width;
    resize(this.chart, this.chartWidth, 190);
  }

  // ---- drawing

  drawNow() {
    if (!this.all) return;
    if (this.view.name !== this.filled) { this.fill(); this.refresh(); return; }
    const view = this.view, step = this.stepNow, grid = view.kind === "grid";
    const player = grid ? this.film : this.walk, now = grid ? this.frameNow : step;
    if (player.step !== now) { player.step = now; slide(player.input, now); }
    if (grid && (this.walk.steps !== this.walkSteps() || this.walk.step !== step)) {
      const going = this.walk.timer;
      if (this.walk.steps !== this.walkSteps() || !going) this.walk.renew(this.walkSteps(), step);
    }
    const words = grid ? describeGrid(view, this.frameNow, this.cellNow, step) : describeCart(view, step);
    if (grid) this.drawGrid(view, step); else this.drawCart(view, step);
    this.drawTable(view, step);
    this.drawChart(view, step);
    const keys = grid ? "Arrows choose a cell, page keys an episode, space plays." : "Arrows step, space plays.";
    this.canvas.setAttribute("aria-label", `${view.name}. ${keys} ${words}`);
    this.say(words);
  }

  drawGrid(film, step) {
    const context = this.canvas.getContext("2d"), { size } = this, frame = this.frameNow;
    context.clearRect(0, 0, size * film.columns, size * film.rows);
    for (let cell = 0; cell < film.cells; cell++) {
      const x = size * (cell % film.columns), y = size * Math.floor(cell / film.columns), letter = film.letters[cell];
      const values = valuesAt(film, frame, cell), share = (Math.max(...values) - film.low) / (film.high - film.low);
      context.fillStyle = acts(letter) ? `rgb(${viridis(share)})` : CELL[letter];
      context.fillRect(x, y, size - 1, size - 1);
      const ink = (acts(letter) ? share > 0.55 : letter === "G") ? "#111111" : "#ffffff";
      Object.assign(context, { fillStyle: ink, strokeStyle: ink, textAlign: "center", textBaseline: "middle" });
      if (acts(letter)) {
        for (const action of greedy(values)) this.arrow(context, x + size / 2, y + size / 2, ...ARROWS[action], 0.38 * size);
        context.font = `${clamp(0.18 * size, 8, 12)}px ${this.font}`;
        Object.assign(context, { textAlign: "left", textBaseline: "top" });
        if (size >= 34) context.fillText(+Math.max(...values).toPrecision(2), x + 3, y + 3);
        if (letter === "S" && size >= 34) context.fillText("S", x + size - 12, y + size - 14);
      } else if (letter !== "#") {
        context.font = `700 ${Math.round(0.34 * size)}px ${this.font}`;
        context.fillText(letter, x + size / 2, y + size / 2);
        Object.assign(context, { strokeStyle: "#8b9299", lineWidth: 1 });
        context.strokeRect(x + 0.5, y + 0.5, size - 2, size - 2);
      }
    }
    this.drawWalk(context, film, step);
    const x = size * (this.cellNow % film.columns), y = size * Math.floor(this.cellNow / film.columns);
    for (const [color, width] of [["#ffffff", 6], ["#111111", 3]]) {
      Object.assign(context, { strokeStyle: color, lineWidth: width });
      context.strokeRect(x + 3, y + 3, size - 7, size - 7);
    }
  }

  arrow(context, x, y, dx, dy, length) {
    const [tx, ty] = [x + length * dx, y + length * dy], head = 0.34 * length;
    context.lineWidth = Math.max(1.2, 0.03 * this.size);
    context.beginPath();
    context.moveTo(x + 0.2 * length * dx, y + 0.2 * length * dy);
    context.lineTo(tx, ty);
    context.stroke();
    context.beginPath();
    context.moveTo(tx, ty);
    context.lineTo(tx - head * dx - 0.6 * head * dy, ty - head * dy + 0.6 * head * dx);
    context.lineTo(tx - head * dx + 0.6 * head * dy, ty - head * dy - 0.6 * head * dx);
    context.fill();
  }

  /** The path of this frame's agent, and the agent on it. */
  drawWalk(context, film, step) {
    const path = film.paths[this.frameNow], { size } = this;
    if (!path.length) return;
    const spot = cell => [size * (cell % film.columns + 0.5), size * (Math.floor(cell / film.columns) + 0.5)];
    for (const [color, width] of [["#ffffff", 5], ["#d55e00", 2.5]]) {
      Object.assign(context, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
      context.beginPath();
      path.forEach((cell, n) => n ? context.lineTo(...spot(cell)) : context.moveTo(...spot(cell)));
      context.stroke();
    }
    context.beginPath();
    context.arc(...spot(path[step]), 0.2 * size, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: "#ffffff", strokeStyle: "#111111", lineWidth: 2 });
    context.fill();
    context.stroke();
  }

  drawCart(cart, step) {
    const context = this.canvas.getContext("2d"), width = this.wide, height = Math.round(0.36 * this.wide);
    const scale = width / (2 * EDGE + 1), ground = height - 26, [place, , angle] = cart.obs.subarray(4 * step, 4 * step + 4);
    const x = width / 2 + scale * place, top = ground - 0.28 * scale, orange = this.isDark ? "#ff9a4d" : "#c04f00";
    context.clearRect(0, 0, width, height);
    const line = (color, thick, ...points) => {
      Object.assign(context, { strokeStyle: color, lineWidth: thick, lineCap: "round" });
      context.beginPath();
      points.forEach((point, n) => n ? context.lineTo(...point) : context.moveTo(...point));
      context.stroke();
    };
    line(this.colors.soft, 2, [width / 2 - EDGE * scale, ground], [width / 2 + EDGE * scale, ground]);
    for (const edge of [-EDGE, EDGE]) line("#d55e00", 4, [width / 2 + edge * scale, ground + 6], [width / 2 + edge * scale, ground - 14]);
    context.fillStyle = this.colors.text;
    context.fillRect(x - 0.3 * scale, top, 0.6 * scale, 0.28 * scale);
    const side = cart.action[step] ? 1 : -1;
    Object.assign(context, { fillStyle: this.colors.line, strokeStyle: this.colors.line });
    this.size = 40;
    this.arrow(context, x + 0.32 * scale * side, top + 0.14 * scale, side, 0, 0.5 * scale);
    line(orange, 7, [x, top], [x + scale * Math.sin(angle), top - scale * Math.cos(angle)]);
    Object.assign(context, { fillStyle: this.colors.soft, font: `11px ${this.font}`, textAlign: "center", textBaseline: "alphabetic" });
    for (const mark of [-2, -1, 0, 1, 2]) context.fillText(mark, width / 2 + mark * scale, ground + 18);
  }

  drawTable(view, step) {
    const grid = view.kind === "grid", values = grid ? valuesAt(view, this.frameNow, this.cellNow) : view.values.subarray(2 * step, 2 * step + 2);
    const title = grid ? `Row ${Math.floor(this.cellNow / view.columns)}, column ${this.cellNow % view.columns}` : `Step ${step + 1} of ${view.steps}`;
    if (this.heading.textContent !== title) this.heading.textContent = title;
    const best = greedy(values), exact = grid ? exactAt(view, this.cellNow) : null;
    this.lines.forEach(({ row, cells }, a) => {
      row.classList.toggle("lk-best", best.includes(a));
      cells[0].textContent = short(values[a]);
      if (exact) cells[1].textContent = short(exact[a]);
    });
  }

  /** On a grid the mean error over the frames; for a cart what each push was worth over the steps. */
  drawChart(view, step) {
    const context = this.chart.getContext("2d"), width = this.chartWidth, height = 190, left = 46, base = height - 30, right = width - 14;
    const grid = view.kind === "grid", now = grid ? this.frameNow : step, count = grid ? view.frames : view.steps;
    const lines = grid ? [view.errors] : [0, 1].map(a => view.values.filter((_, n) => n % 2 === a));
    const low = grid ? 0 : Math.min(...lines.map(line => Math.min(...line))), high = Math.max(low + 1e-6, ...lines.map(line => Math.max(...line)));
    const [from, to] = grid ? [0, count - 1] : windowOf(now, count);
    const x = n => left + (right - left) * (n - from) / Math.max(1, to - from), y = value => base - (base - 24) * (value - low) / (high - low);
    context.clearRect(0, 0, width, height);
    Object.assign(context, { font: `11px ${this.font}`, fillStyle: this.colors.soft, strokeStyle: this.colors.edge, lineWidth: 1, textAlign: "left", textBaseline: "alphabetic" });
    context.fillText(grid ? "mean error of the states' values" : "worth of a push: left (line), right (dashed)", left, 12);
    context.strokeRect(left + 0.5, 24.5, right - left, base - 24);
    context.textAlign = "right";
    for (const value of ticks(low, high, 3)) context.fillText(value, left - 5, y(value) + 4);
    context.textAlign = "center";
    context.fillText(grid ? "recorded moments of learning" : "step", (left + right) / 2, height - 4);
    for (const n of [from, Math.round((from + to) / 2), to]) context.fillText(grid ? view.episodes[n] + (n ? "" : " episodes") : n + 1, clamp(x(n), left + 24, right - 12), base + 14);
    lines.forEach((line, k) => {
      Object.assign(context, { strokeStyle: [this.colors.line, this.colors.accent][k], lineWidth: 2 });
      context.setLineDash([[], [5, 3]][k]);
      context.beginPath();
      for (let n = from; n <= to; n++) context.lineTo(x(n), y(line[n]));
      context.stroke();
    });
    context.setLineDash([]);
    Object.assign(context, { strokeStyle: this.colors.text, lineWidth: 1 });
    context.beginPath();
    context.moveTo(x(now), 24);
    context.lineTo(x(now), base);
    context.stroke();
    const at = lines.map(line => short(line[now])).join(" and ");
    this.chart.setAttribute("aria-label", grid ? `Mean error of the states' values: ${at}` : `Worth of a push to the left and to the right: ${at}`);
  }

  remove() {
    super.remove();
    this.film?.stop();
    this.walk?.stop();
  }
}

export default { render: context => new Agent(context).start(["film_frame", "cell", "step"]) };
