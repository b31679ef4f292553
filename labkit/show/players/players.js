// The player explorer: a generator and its discriminator on the plane, moment by moment.

import { Frames } from "../kit/before.js";
import { diverging } from "../kit/colors.js";
import { at, choices, fit, make, mark, raster, resize, slide } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, ownBytes, short, ticks } from "../kit/values.js";
import { arrow, describeGame, fieldAt, fools, heading, level, lines, nextSample, scaleOf, verdict } from "./data.js";

const PALE = byte => diverging(level(byte)).map(c => Math.round(255 - 0.6 * (255 - c)));
const LEVELS = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75], LONGEST = 0.07, CHART = 112;

class Players extends Stage {
  constructor(context) {
    super(context, "players", "Player explorer");
    this.bar = make("div", "lk-bar", {}, this.body);
    this.tabs = make("div", "", {}, this.bar);
    this.beside = this.toggle("side by side", "beside");
    this.gradients = this.toggle("arrows", "arrows");
    this.area = make("div", "lk-cells", {}, this.body);
    this.playing = make("div", "", {}, this.body);
    make("p", "lk-legend", {}, this.body, "Crosses: real samples. Dots: generated ones. Arrows: where the gradient of "
      + "the generator's loss sends each, the longer the steeper. Thick line: half way between fake and real.");
    this.read();
    this.hear(["places", "fields", "numbers"], () => { this.read(); this.refresh(); });
  }

  toggle(words, trait) {
    const box = make("label", "lk-switch", {}, this.bar);
    const input = make("input", "", { type: "checkbox" }, box);
    box.append(words);
    input.addEventListener("change", () => { this.set({ [trait]: input.checked }); this.refresh(); });
    this.hear([trait], () => this.refresh());
    return input;
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const [places, fields, numbers] = ["places", "fields", "numbers"].map(name => this.get(name));
    this.data = null;
    if (!places?.byteLength || !fields?.byteLength || !numbers?.byteLength) { this.say("Waiting for the games …"); return; }
    const names = ["games", "moments", "samples", "side", "reach", "far"];
    const meta = Object.fromEntries(names.map(name => [name, this.get(name)]));
    this.data = { ...meta, ...unpackGames(meta, new Int16Array(ownBytes(places).buffer), ownBytes(fields), floats(numbers)) };
    this.grounds = new Map();
    this.tabs.replaceChildren();
    const titles = this.data.games.map(game => game.name);
    this.choice = choices(this.tabs, "Which game", titles, i => { this.set({ game: titles[i] }); this.refresh(); });
    this.tabs.hidden = this.beside.parentElement.hidden = titles.length < 2;
    this.area.replaceChildren();
    this.cells = this.data.games.map(game => this.cell(game));
    this.player?.stop();
    this.playing.replaceChildren();
    this.player = new Frames(this.playing, { steps: this.data.moments, label: "moment", step: this.get("moment"), pause: 260,
      onstep: moment => this.set({ moment }), write: n => `${n + 1} of ${this.data.moments}` });
  }

  cell(game) {
    const box = make("div", "lk-cell", {}, this.area), left = make("div", "", {}, box);
    const title = make("div", "lk-title", {}, left, game.name), words = make("span", "lk-number", {}, title);
    const canvas = make("canvas", "lk-map", { role: "application", tabindex: 0, "aria-roledescription": "plane" }, left);
    const scale = make("canvas", "lk-scale", { role: "img" }, left);
    const chart = make("canvas", "lk-chart", { role: "img" }, box);
    canvas.addEventListener("pointermove", event => this.point(event, game, canvas));
    canvas.addEventListener("keydown", event => this.key(event, game));
    return { game, box, canvas, scale, chart, words };
  }

  get chosen() { return this.data.games.find(game => game.name === this.get("game")) ?? this.data.games[0]; }
  get moment() { return clamp(this.get("moment"), 0, this.data.moments - 1); }

  /** The samples of a game at a moment, as x, y, x, y ... */
  samplesAt(game, moment) {
    const each = 2 * this.data.samples;
    return game.samples.subarray(moment * each, (moment + 1) * each);
  }

  // ---- what is chosen

  point(event, game, canvas) {
    const [x, y] = at(event, canvas), points = this.samplesAt(game, this.moment);
    let best = -1, least = 14 ** 2;
    for (let k = 0; k < this.data.samples; k++) {
      const [p, q] = this.spot(points[2 * k], points[2 * k + 1]), distance = (p - x) ** 2 + (q - y) ** 2;
      if (distance < least) [best, least] = [k, distance];
    }
    if (best >= 0) this.set({ game: game.name, sample: best });
  }

  key(event, game) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.data.samples - 1, sample = this.get("sample"), from = Math.max(0, sample);
    const to = { Home: 0, End: last, PageUp: Math.max(0, from - 1), PageDown: Math.min(last, from + 1), Escape: -1 }[event.key];
    if (to !== undefined) this.set({ sample: to });
    else if (event.key.startsWith("Arrow")) this.set({ sample: sample < 0 ? 0 : nextSample(event.key, this.samplesAt(game, this.moment), sample) });
    else if (event.key === " ") this.player.timer ? this.player.stop() : this.player.play();
    else if (event.key === "," || event.key === ".") this.player.go(this.moment + (event.key === "." ? 1 : -1));
    else return;
    event.preventDefault();
  }

  // ---- sizes

  arrange(width) {
    if (!this.data) return;
    const beside = this.get("beside") && this.cells.length > 1, wide = !beside && width >= 760;
    const shown = this.cells.filter(({ game }) => beside || game === this.chosen);
    const gaps = 16 * (shown.length - 1);
    const across = beside && (width - gaps) / shown.length < 250 ? 2 : shown.length;
    for (const cell of this.cells) cell.key = "";
    this.size = Math.floor(beside ? Math.min(360, (width - 16 * (across - 1)) / across) : Math.min(470, wide ? 0.52 * width : width));
    this.chartWidth = beside ? this.size : Math.min(420, wide ? width - this.size - 24 : width);
    for (const cell of this.cells) {
      cell.box.hidden = !shown.includes(cell);
      cell.box.classList.toggle("lk-wide", wide);
      resize(cell.canvas, this.size, this.size);
      resize(cell.scale, this.size, 30);
      cell.chart.hidden = !cell.game.curves.length;
      resize(cell.chart, this.chartWidth, CHART * Math.max(1, cell.game.curves.length));
    }
  }

  spot(x, y) {
    const { reach } = this.data;
    return [(x + reach) / (2 * reach) * this.size, (reach - y) / (2 * reach) * this.size];
  }

  // ---- drawing

  drawNow() {
    if (!this.data) return;
    const moment = this.moment, sample = clamp(this.get("sample"), -1, this.data.samples - 1);
    if (this.cells.find(({ game }) => game === this.chosen).box.hidden) { this.refresh(); return; }
    if (this.player.step !== moment) { this.player.step = moment; slide(this.player.input, moment); }
    mark(this.choice, this.data.games.indexOf(this.chosen));
    this.beside.checked = this.get("beside");
    this.gradients.checked = this.get("arrows");
    for (const cell of this.cells) if (!cell.box.hidden) this.drawCell(cell, moment, sample);
    const games = this.get("beside") ? this.data.games : [this.chosen];
    this.say(`${games.map(game => describeGame(game, moment)).join("; ")}.${this.sampleWords(this.chosen, moment, sample)}`);
  }

  sampleWords(game, moment, sample) {
    if (sample < 0) return " Point at a dot, or press an arrow key on the plane, to follow one sample.";
    const k = 2 * sample, [x, y] = this.samplesAt(game, moment).subarray(k, k + 2), { side, reach } = this.data;
    const [dx, dy] = game.directions.subarray(2 * moment * this.data.samples + k), slope = Math.hypot(dx, dy);
    const said = verdict(game, moment, fieldAt(this.fieldOf(game, moment), side, reach, x, y));
    const going = slope > 0 ? `the gradient, ${short(slope)} long, sends it ${heading(dx, dy)}` : "it has no gradient";
    return ` Sample ${sample} at (${x.toFixed(2)}, ${y.toFixed(2)}): ${said}; ${going}.`;
  }

  reached() {
    const sample = this.get("sample"), { side, reach } = this.data ?? {};
    if (!this.data || sample < 0) return false;
    const [x, y] = this.samplesAt(this.chosen, this.moment).subarray(2 * sample, 2 * sample + 2);
    return fools(this.chosen, fieldAt(this.fieldOf(this.chosen, this.moment), side, reach, x, y));
  }

  fieldOf(game, moment) {
    const cells = this.data.side ** 2;
    return game.fields.subarray(moment * cells, (moment + 1) * cells);
  }

  /** The field's colors, pale, and its level lines: made once for each moment. */
  ground(game, moment) {
    const key = `${game.name} ${moment}`;
    if (this.grounds.has(key)) return this.grounds.get(key);
    const { side } = this.data, field = this.fieldOf(game, moment), upright = new Uint8Array(field.length);
    for (let row = 0; row < side; row++) upright.set(field.subarray((side - 1 - row) * side, (side - row) * side), row * side);
    const made = { colors: raster(upright, side, side, PALE), levels: LEVELS.map(at => lines(field, side, at)) };
    if (this.grounds.size > 400) this.grounds.clear();
    this.grounds.set(key, made);
    return made;
  }

  drawCell(cell, moment, sample) {
    const { game, canvas, scale, chart, words } = cell, { size } = this, context = canvas.getContext("2d");
    const key = [moment, size, this.get("arrows"), this.isDark].join();
    if (cell.key !== key) { // all that does not follow the pointer, once for each moment
      cell.key = key;
      cell.still ??= make("canvas");
      this.drawStill(resize(cell.still, size, size), game, moment);
      this.drawScale(scale, game, moment);
      this.drawCharts(chart, game, moment);
    }
    context.clearRect(0, 0, size, size);
    context.drawImage(cell.still, 0, 0, size, size);
    if (sample >= 0) this.drawPath(context, game, moment, sample, this.radius);
    words.textContent = `turn ${game.turns[moment]}`;
    canvas.setAttribute("aria-label", `${game.name}. Arrows choose a sample, comma and period step, space plays.`);
  }

  get radius() { return this.size < 300 ? 2.4 : 3.2; }

  drawStill(context, game, moment) {
    const { size } = this, { side } = this.data, { colors, levels } = this.ground(game, moment);
    const half = size / (side - 1) / 2; // a place stands in the middle of its cell
    context.clearRect(0, 0, size, size);
    context.imageSmoothingEnabled = true;
    context.drawImage(colors, -half, -half, size + 2 * half, size + 2 * half);
    levels.forEach((segments, n) => {
      Object.assign(context, { strokeStyle: "#444", lineWidth: LEVELS[n] === 0 ? 1.6 : 0.45 });
      context.beginPath();
      for (const [a, b, c, d] of segments) {
        context.moveTo(2 * half * a, size - 2 * half * b);
        context.lineTo(2 * half * c, size - 2 * half * d);
      }
      context.stroke();
    });
    this.drawReal(context);
    this.drawSamples(context, game, moment);
  }

  /** What the colors stand for at this moment. */
  drawScale(canvas, game, moment) {
    const context = canvas.getContext("2d"), width = this.size, ends = scaleOf(game, moment);
    context.clearRect(0, 0, width, 30);
    context.drawImage(this.rainbow ??= raster(Uint8Array.from({ length: 255 }, (_, n) => n), 255, 1, PALE), 0, 5, width, 8);
    Object.assign(context, { fillStyle: this.colors.soft, font: `11px ${this.font}`, textBaseline: "top" });
    ends.forEach((words, n) => {
      context.textAlign = ["left", "center", "right"][n];
      context.fillText(words, n * width / 2, 16);
    });
    canvas.setAttribute("aria-label", `colors, from blue over white to orange: ${ends.join(", ")}`);
  }

  drawReal(context) {
    const { real } = this.data;
    Object.assign(context, { strokeStyle: "#444", lineWidth: 0.9 });
    context.beginPath();
    for (let k = 0; k < real.length; k += 2) {
      const [x, y] = this.spot(real[k], real[k + 1]);
      context.moveTo(x - 2.5, y - 2.5); context.lineTo(x + 2.5, y + 2.5);
      context.moveTo(x - 2.5, y + 2.5); context.lineTo(x + 2.5, y - 2.5);
    }
    context.stroke();
  }

  drawSamples(context, game, moment) {
    const points = this.samplesAt(game, moment), start = 2 * moment * this.data.samples, { radius } = this;
    if (this.get("arrows")) {
      Object.assign(context, { strokeStyle: "#111", lineWidth: 1 });
      context.beginPath();
      for (let k = 0; k < points.length; k += 2) {
        const { share, x, y } = arrow(game.directions[start + k], game.directions[start + k + 1], game.unit);
        const length = 2 * LONGEST * this.size * share, [p, q] = this.spot(points[k], points[k + 1]);
        if (length < radius) continue;
        const u = p + length * x, v = q + length * y, head = Math.min(5, 0.35 * length);
        context.moveTo(p, q); context.lineTo(u, v);
        context.moveTo(u - head * (x - 0.6 * y), v - head * (y + 0.6 * x)); context.lineTo(u, v);
        context.lineTo(u - head * (x + 0.6 * y), v - head * (y - 0.6 * x));
      }
      context.stroke();
    }
    Object.assign(context, { fillStyle: "#fff", strokeStyle: "#111", lineWidth: 1 });
    context.beginPath(); // one path for all: on a slow machine two hundred take longer than all the rest
    for (let k = 0; k < points.length; k += 2) {
      const [x, y] = this.spot(points[k], points[k + 1]);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fill();
    context.stroke();
  }

  dot(context, x, y, radius) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }

  /** Where the chosen sample has been: its noise is the same at every moment. */
  drawPath(context, game, moment, sample, radius) {
    for (const [color, width] of [["#fff", 4], ["#7a0f4f", 1.8]]) {
      Object.assign(context, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
      context.beginPath();
      for (let t = 0; t <= moment; t++) context.lineTo(...this.spot(...this.samplesAt(game, t).subarray(2 * sample, 2 * sample + 2)));
      context.stroke();
    }
    Object.assign(context, { fillStyle: "#7a0f4f", strokeStyle: "#fff", lineWidth: 1.5 });
    this.dot(context, ...this.spot(...this.samplesAt(game, moment).subarray(2 * sample, 2 * sample + 2)), radius + 2);
  }

  /** Each of the game's numbers over the moments, with the present one marked. */
  drawCharts(canvas, game, moment) {
    const context = canvas.getContext("2d"), width = this.chartWidth, left = 40, last = this.data.moments - 1;
    context.clearRect(0, 0, width, CHART * game.curves.length);
    game.curves.forEach(({ words, values }, n) => {
      const top = CHART * n + 18, base = CHART * (n + 1) - 18;
      const low = Math.min(0, ...values), high = Math.max(...values, low + 1e-6);
      const x = t => left + (width - left - 10) * t / Math.max(1, last), y = v => base - (base - top) * (v - low) / (high - low);
      context.font = `12px ${this.font}`;
      Object.assign(context, { fillStyle: this.colors.text, strokeStyle: this.colors.edge, lineWidth: 1, textAlign: "left", textBaseline: "alphabetic" });
      context.fillText(fit(context, `${words}: ${short(values[moment])}`, width - left), left, top - 6);
      context.strokeRect(left + 0.5, top + 0.5, width - left - 10, base - top);
      Object.assign(context, { fillStyle: this.colors.soft, textAlign: "right", textBaseline: "middle" });
      for (const tick of ticks(low, high, 2)) context.fillText(tick, left - 5, y(tick));
      Object.assign(context, { textAlign: "center", textBaseline: "top", font: `11px ${this.font}` });
      if (n === game.curves.length - 1) context.fillText(`turn ${game.turns[0]} to ${game.turns[last]}`, (left + width) / 2, base + 4);
      Object.assign(context, { strokeStyle: this.colors.line, lineWidth: 2 });
      context.beginPath();
      values.forEach((value, t) => context.lineTo(x(t), y(value)));
      context.stroke();
      Object.assign(context, { strokeStyle: this.colors.accent, fillStyle: this.colors.accent, lineWidth: 1 });
      context.beginPath();
      context.moveTo(x(moment), top); context.lineTo(x(moment), base);
      context.stroke();
      this.dot(context, x(moment), y(values[moment]), 3.5);
    });
    const said = game.curves.map(({ words, values }) => `${words} ${short(values[moment])}`).join(", ");
    canvas.setAttribute("aria-label", `${game.name} over all moments; at turn ${game.turns[moment]}: ${said}`);
  }

  remove() {
    super.remove();
    this.player?.stop();
  }
}

export default { render: context => new Players(context).start(["game", "moment", "sample", "beside", "arrows"]) };
