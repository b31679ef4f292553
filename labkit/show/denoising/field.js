// Particles that follow a field of scores.

import { Asker } from "../kit/asker.js";
import { Frames } from "../kit/before.js";
import { at, choices, make, mark, resize, slide } from "../kit/elements.js";
import { clamp, moved, short, ticks } from "../kit/values.js";
import { FINE, fromPixels, particleAt, scoreNear, shorts, spreadOf, toPixels, usual, vectorsAt } from "./data.js";
import { onArrows, write } from "./parts.js";

const TRAIL = 8;

export class FieldView {
  constructor(stage, box) {
    this.stage = stage;
    this.box = box;
    this.drops = null; // { first, copies, paths }: where what was dropped goes, from the moment it was dropped at
    this.pointed = null; // where the pointer is on the plane
    const { size: [moments], times, stds } = stage.get("field");
    const bar = make("div", "lk-bar", {}, box);
    this.way = choices(bar, "How particles move", ["probability flow (no noise)", "stochastic equation"], i => this.choose(!!i));
    this.player = new Frames(box, { steps: moments, label: "time", pause: 90, step: stage.get("moment"),
      onstep: moment => stage.set({ moment }), write: n => `t ${times[n].toFixed(2)}, noise ${short(stds[n])}` });
    this.beside = make("div", "lk-beside", {}, box);
    this.plane = make("canvas", "lk-plane", { role: "img", tabindex: 0 }, this.beside);
    const legend = make("div", "lk-legend", {}, this.beside);
    this.where = make("p", "lk-where", {}, legend);
    make("p", "lk-caption", {}, legend, "Arrows: the score, uphill on the log density at this time; the longest tenth are cut to one "
      + "length. Gray: data. Orange: particles, with the way they came.");
    make("p", "lk-caption", {}, legend, "Click, or press Enter, to start from one place: one particle without noise, twelve with noise.");
    this.asker = new Asker(stage.model, (answer, [bytes], question) => this.dropped(answer, bytes, question), words => {
      this.waiting = null;
      stage.say(words);
    });
    this.cursor = [0, 0];
    this.listen();
  }

  take() {
    const get = this.stage.get, { size, side, extent } = get("field");
    [this.moments, this.count, this.data] = size;
    Object.assign(this, { side, extent, arrows: shorts(get("arrows")), dots: get("dots")?.byteLength ? shorts(get("dots")) : new Int16Array() });
    const all = shorts(get("particles")), half = all.length / 2;
    this.runs = [all.subarray(0, half), all.subarray(half)];
  }

  arrange(width) {
    const below = width < 640;
    this.beside.classList.toggle("lk-below", below);
    this.square = Math.floor(clamp(below ? width - 4 : width - 300, 240, 560));
    this.context = resize(this.plane, this.square, this.square);
  }

  choose(noise) {
    this.drops = null;
    this.stage.set({ noise });
  }

  listen() {
    const { plane } = this, place = event => fromPixels(...at(event, plane), this.extent, this.square);
    plane.addEventListener("pointermove", event => { this.pointed = place(event); this.stage.draw(); });
    plane.addEventListener("pointerleave", () => { this.pointed = null; this.stage.draw(); });
    plane.addEventListener("click", event => this.drop(place(event)));
    onArrows(plane, key => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key] ?? [0, 0];
      if (dx || dy) {
        this.cursor = [[0, dx], [1, dy]].map(([k, d]) => clamp(this.cursor[k] + 0.06 * d * this.extent, -this.extent, this.extent));
        this.pointed = this.cursor;
        this.stage.draw();
      } else if (key === "Enter") this.drop(this.pointed ?? this.cursor);
      else if (key === " ") { if (this.player.timer) this.player.stop(); else this.player.play(); }
      else if (key === "Escape") { this.drops = null; this.stage.draw(); }
      else if (key === "PageUp" || key === "PageDown") this.player.go(this.stage.get("moment") + (key === "PageDown" ? 1 : -1));
      else if (key === "Home" || key === "End") this.player.go(key === "Home" ? 0 : this.moments - 1);
      else return false;
    });
  }

  /** Something starts here, now: the kernel says where it goes. At the end of time nothing moves: start over. */
  drop(place) {
    const moment = this.stage.get("moment"), first = moment >= this.moments - 1 ? 0 : moment;
    if (first !== moment) this.player.go(first);
    this.waiting = { place, first };
    this.asker.ask({ drop: place, moment: first, noise: this.stage.get("noise") });
    this.stage.draw();
  }

  dropped({ copies }, bytes, { moment, noise }) {
    this.waiting = null;
    if (noise !== this.stage.get("noise")) return;
    this.drops = { first: moment, copies, paths: shorts(bytes) };
    this.stage.draw();
    this.player.play();
  }

  drawNow() {
    const { stage, context, square, extent } = this, moment = stage.get("moment"), noise = stage.get("noise");
    mark(this.way, noise ? 1 : 0);
    if (this.player.step !== moment) { this.player.step = moment; slide(this.player.input, moment); }
    const { soft, line, accent, text, hatch } = stage.colors;
    context.clearRect(0, 0, square, square);
    context.fillStyle = hatch;
    for (let i = 0; i < this.data; i++) {
      const [x, y] = toPixels(this.dots[2 * i] / FINE, this.dots[2 * i + 1] / FINE, 1, square);
      context.fillRect(x - 1, y - 1, 2, 2);
    }
    const vectors = vectorsAt(this.arrows, this.side ** 2, moment, stage.get("longest")[moment]);
    this.drawArrows(vectors, line);
    if (this.drops) this.drawDrops(this.drops, moment, accent, text);
    else this.drawParticles(this.runs[noise ? 1 : 0], this.count, 0, moment, accent, 1.6, 6);
    this.drawAxes(soft);
    this.drawPointed(vectors, text, soft);
    this.tell(vectors, moment, noise);
    this.plane.setAttribute("aria-label", "The plane with the score as arrows and particles. Arrow keys move a cross, Enter starts "
      + "from there, space plays, page keys step through time, Escape brings all particles back.");
  }

  drawArrows(vectors, color) {
    const { context, square, side } = this, cell = square / side, full = usual(vectors);
    context.strokeStyle = color;
    context.lineWidth = 1.2;
    context.beginPath();
    for (let i = 0; i < side * side; i++) {
      const [vx, vy] = [vectors[2 * i], -vectors[2 * i + 1]], length = Math.hypot(vx, vy);
      const scale = 0.85 * cell * Math.min(1, length / full) / Math.max(length, 1e-12);
      const [x, y] = [(i % side + 0.5) * cell, (Math.floor(i / side) + 0.5) * cell], [ex, ey] = [x + vx * scale, y + vy * scale];
      const angle = Math.atan2(vy, vx), head = Math.min(5, 0.4 * Math.hypot(ex - x, ey - y));
      context.moveTo(x, y);
      context.lineTo(ex, ey);
      for (const turn of [2.6, -2.6]) { context.moveTo(ex, ey); context.lineTo(ex + head * Math.cos(angle + turn), ey + head * Math.sin(angle + turn)); }
    }
    context.stroke();
  }

  /** Numbers along the lower and the left edge. */
  drawAxes(color) {
    const { context, square, extent } = this;
    for (const value of ticks(-extent, extent, 5)) {
      const [x, y] = toPixels(value, value, extent, square);
      if (x < 24 || x > square - 24) continue;
      context.strokeStyle = color;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, square);
      context.lineTo(x, square - 4);
      context.moveTo(0, y);
      context.lineTo(4, y);
      context.stroke();
      write(context, String(value), x, square - 11, color, "center", `10px ${this.stage.font}`);
      write(context, String(value), 7, y, color);
    }
  }

  /** Particles with the way they came: all of it for a few, the last moments for the others. */
  drawParticles(paths, count, first, moment, color, radius, few) {
    const { context, square, extent } = this;
    Object.assign(context, { strokeStyle: color, fillStyle: color, lineWidth: 1 });
    for (let m = 0; m < count; m++) {
      context.globalAlpha = m < few ? 0.8 : 0.2;
      context.beginPath();
      for (let t = m < few ? first : Math.max(first, moment - TRAIL); t <= moment; t++) {
        context.lineTo(...toPixels(...particleAt(paths, count, t - first, m, extent), extent, square));
      }
      context.stroke();
      context.globalAlpha = 1;
      context.beginPath();
      context.arc(...toPixels(...particleAt(paths, count, moment - first, m, extent), extent, square), radius, 0, 7);
      context.fill();
    }
  }

  drawDrops({ first, copies, paths }, moment, color, text) {
    const now = Math.max(first, moment), { context, extent, square } = this;
    this.drawParticles(paths, copies, first, now, color, 3, copies);
    context.strokeStyle = text;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(...toPixels(...particleAt(paths, copies, 0, 0, extent), extent, square), 5, 0, 7);
    context.stroke();
  }

  drawPointed(vectors, text, soft) {
    const { context, square, extent, side } = this, place = this.waiting?.place ?? this.pointed;
    if (!place) { this.where.textContent = "Point at the plane to read the score."; return; }
    const [x, y] = toPixels(...place, extent, square), score = scoreNear(vectors, side, extent, place);
    context.strokeStyle = this.waiting ? soft : text;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [[6, 0], [0, 6]]) { context.moveTo(x - dx, y - dy); context.lineTo(x + dx, y + dy); }
    context.stroke();
    this.where.textContent = `At (${place.map(v => v.toFixed(2)).join(", ")}) the score is about (${score.map(short).join(", ")}), `
      + `${short(Math.hypot(...score))} long.`;
  }

  tell(vectors, moment, noise) {
    const { stage, extent } = this, { times, stds, title } = stage.get("field"), longest = stage.get("longest")[moment];
    const how = noise ? "the stochastic equation" : "the probability flow";
    const head = `Time ${times[moment].toFixed(2)} under noise of ${short(stds[moment])}: the longest arrow of ${title} is ${short(longest)}. `;
    if (!this.drops) { stage.say(`${head}${this.count} particles are moved by ${how}.`); return; }
    const { first, copies, paths } = this.drops, last = this.moments - 1 - first;
    const ends = Array.from({ length: copies }, (_, m) => particleAt(paths, copies, last, m, extent));
    const end = copies === 1 ? `one particle ends at (${ends[0].map(v => v.toFixed(2)).join(", ")}), and always there`
      : `${copies} particles from one place end ${short(spreadOf(ends))} from their middle on average`;
    stage.say(`${head}By ${how} ${end}.`);
  }

  stop() { this.player.stop(); this.asker.stop(); }
}
