// The denoising explorer: a film from noise to image, particles in a field of scores, the guidance dial.
// First the pure functions (tested with `node --test`), then a view for each, then what holds them together.

import {
  ownBytes, clamp, percent, short, moved, ticks, make, slider, slide, choices, mark, resize, raster, fit, at, Stage, Player, Asker,
} from "../kit/before.js";

// ---------------------------------------------------------------------------------------------- pure functions

export const FINE = 16000; // data.py's: steps of a 16-bit number from the middle of a plane to its edge

/** The 16-bit numbers in a trait of bytes. */
export const shorts = view => new Int16Array(ownBytes(view).buffer);

/** The pixels of one image of many: row by row in `bytes`, found by its place along each axis of `size`. */
export function imageAt(bytes, size, place) {
  const pixels = size.at(-1) * size.at(-2);
  const index = place.reduce((sum, at, axis) => sum * size[axis] + at, 0);
  return bytes.subarray(index * pixels, (index + 1) * pixels);
}

/** How far two images or films are from each other, in shares of the gray scale, on average over pixels. */
export function apartBy(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length / 255;
}

/** How different images are from one another: the mean distance over all pairs; 0 if there is one only. */
export function variety(images) {
  let sum = 0, pairs = 0;
  images.forEach((a, i) => images.slice(i + 1).forEach(b => { sum += apartBy(a, b); pairs++; }));
  return pairs ? sum / pairs : 0;
}

/** Vectors of one moment, each as long as its share says: (cells, 2) numbers from 16-bit ones. */
export function vectorsAt(arrows, cells, moment, longest) {
  const found = new Float64Array(2 * cells), from = 2 * cells * moment;
  for (let i = 0; i < 2 * cells; i++) found[i] = arrows[from + i] / FINE * longest;
  return found;
}

/** The length that is drawn in full: nine of ten arrows are no longer; a few long ones must not make all others vanish. */
export function usual(vectors) {
  const lengths = [];
  for (let i = 0; i < vectors.length; i += 2) lengths.push(Math.hypot(vectors[i], vectors[i + 1]));
  lengths.sort((a, b) => a - b);
  const place = 0.9 * (lengths.length - 1), below = Math.floor(place);
  const found = lengths[below] + (place - below) * ((lengths[below + 1] ?? lengths[below]) - lengths[below]);
  return Math.max(found, 1e-12);
}

/** Where a place of the plane is drawn on a square of `side` pixels. */
export const toPixels = (x, y, extent, side) => [(x / extent + 1) / 2 * side, (1 - y / extent) / 2 * side];

/** The place of the plane at a pixel, kept inside. */
export function fromPixels(px, py, extent, side) {
  return [clamp(2 * px / side - 1, -1, 1) * extent, clamp(1 - 2 * py / side, -1, 1) * extent];
}

/** Where particle `m` of `count` is at a moment, in the plane's own units. */
export function particleAt(particles, count, moment, m, extent) {
  const at = 2 * (moment * count + m);
  return [particles[at] / FINE * extent, particles[at + 1] / FINE * extent];
}

/** The score at a place, blended from the four arrows around it (row by row from the top), as [x, y]. */
export function scoreNear(vectors, side, extent, [x, y]) {
  const cut = share => { const f = clamp(share * side - 0.5, 0, side - 1), below = Math.min(side - 2, Math.floor(f)); return [below, f - below]; };
  const [column, right] = cut((x / extent + 1) / 2), [row, down] = cut((1 - y / extent) / 2);
  return [0, 1].map(axis => {
    const at = (dx, dy) => vectors[2 * ((row + dy) * side + column + dx) + axis];
    return (at(0, 0) * (1 - right) + at(1, 0) * right) * (1 - down) + (at(0, 1) * (1 - right) + at(1, 1) * right) * down;
  });
}

/** How far apart points are at the end of their ways, on average from their middle. */
export function spreadOf(points) {
  const middle = [0, 1].map(k => points.reduce((sum, p) => sum + p[k], 0) / points.length);
  return points.reduce((sum, p) => sum + Math.hypot(p[0] - middle[0], p[1] - middle[1]), 0) / points.length;
}

/** Sizes of the pictures: `count` images in a row of `width` pixels beside a label of `left`, none larger than `most`. */
export const tile = (width, count, left, most, gap = 4) => Math.floor(Math.min(most, (width - left) / count - gap));

// ----------------------------------------------------------------------------------------------- what views share

const LEFT = 48, GAP = 4;

/** Gray pictures as small canvases, each made once. */
class Album {
  constructor() { this.made = new Map(); }
  get(key, pixels, width, height) {
    if (!this.made.has(key)) this.made.set(key, raster([...pixels], width, height, value => [value, value, value]));
    return this.made.get(key);
  }
  clear() { this.made.clear(); }
}

/** A picture with a frame around it. */
function framed(context, picture, x, y, width, height, color, thick) {
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, x, y, width, height);
  context.strokeStyle = color;
  context.lineWidth = thick;
  context.strokeRect(x - thick / 2, y - thick / 2, width + thick, height + thick);
}

function write(context, words, x, y, color, align = "left", font = "") {
  if (font) context.font = font;
  Object.assign(context, { fillStyle: color, textAlign: align, textBaseline: "middle" });
  context.fillText(words, x, y);
}

/** Chooses with the arrows; the rest of the keys are left alone. */
function onArrows(canvas, act) {
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key) === false) return;
    event.preventDefault();
  });
}

// -------------------------------------------------------------------------------------------------------- film

class FilmView {
  constructor(stage, box) {
    this.stage = stage;
    this.box = box;
    this.album = new Album();
    const { size: [frames], times } = stage.get("film");
    this.pictures = make("canvas", "lk-pictures", { role: "img", tabindex: 0 }, box);
    this.player = new Player(box, { steps: frames, label: "frame", pause: 160, step: stage.get("frame"),
      onstep: frame => stage.set({ frame }), write: n => `step ${short(times[n])}` });
    this.caption = make("p", "lk-caption", {}, box);
    this.reel = make("canvas", "lk-reel", { role: "img", tabindex: 0 }, box);
    this.listen();
  }

  take() {
    this.size = this.stage.get("film").size;
    const bytes = ownBytes(this.stage.get("shots")), half = bytes.length / 2;
    this.sets = [bytes.subarray(0, half), bytes.subarray(half)];
    this.album.clear();
  }

  picture(set, frame, image) {
    const [, , height, width] = this.size, key = `${set} ${frame} ${image}`;
    return this.album.get(key, imageAt(this.sets[set], this.size, [frame, image]), width, height);
  }

  arrange(width) {
    const [frames, count, height, wide] = this.size, shape = height / wide;
    this.cell = tile(width, count, LEFT, 140);
    this.thumb = tile(width, frames, LEFT, 44, 2);
    this.tall = Math.round(this.cell * shape);
    this.low = Math.round(this.thumb * shape);
    this.context = resize(this.pictures, width, 20 + 2 * (this.tall + GAP + 2));
    this.roll = resize(this.reel, width, 2 * (this.low + GAP) + 14);
    this.width = width;
  }

  listen() {
    const pick = event => {
      const [x] = at(event, this.pictures), image = Math.floor((x - LEFT) / (this.cell + GAP));
      if (x >= LEFT && image < this.size[1]) this.stage.set({ image });
    };
    this.pictures.addEventListener("click", pick);
    onArrows(this.pictures, key => {
      const { stage } = this, image = stage.get("image");
      if (key === "ArrowUp" || key === "ArrowDown") stage.set({ image: clamp(image + (key === "ArrowUp" ? -1 : 1), 0, this.size[1] - 1) });
      else if (key === " ") this.toggle();
      else { const to = moved(key, stage.get("frame"), this.size[0]); if (to === null) return false; this.player.go(to); }
    });
    const along = event => {
      const [x] = at(event, this.reel), frame = Math.floor((x - LEFT) / (this.thumb + 2));
      if (x >= LEFT && frame < this.size[0]) this.player.go(frame);
    };
    this.reel.addEventListener("click", along);
    this.reel.addEventListener("pointermove", event => event.buttons && along(event));
    onArrows(this.reel, key => {
      const to = moved(key, this.stage.get("frame"), this.size[0]);
      if (to === null) return false;
      this.player.go(to);
    });
  }

  toggle() { if (this.player.timer) this.player.stop(); else this.player.play(); }

  drawNow() {
    const { stage, context, cell, tall } = this, { text, soft, accent, edge } = stage.colors, { names, times } = stage.get("film");
    const frame = stage.get("frame"), image = stage.get("image");
    if (this.player.step !== frame) { this.player.step = frame; slide(this.player.input, frame); }
    context.clearRect(0, 0, this.width, this.pictures.clientHeight);
    ["noisy", "guess"].forEach((word, set) => {
      const y = 20 + set * (tall + GAP + 2);
      write(context, word, 0, y + tall / 2, text, "left", `12px ${stage.font}`);
      for (let i = 0; i < this.size[1]; i++) {
        const x = LEFT + i * (cell + GAP);
        framed(context, this.picture(set, frame, i), x, y, cell, tall, i === image ? accent : edge, i === image ? 2 : 1);
        if (!set) write(context, fit(context, names[i], cell), x + cell / 2, 9, i === image ? text : soft, "center");
      }
    });
    this.pictures.setAttribute("aria-label", `Noisy images above, guesses of the clean ones below, at step ${short(times[frame])}. `
      + "Left and right change the step, up and down choose an image, space plays.");
    this.drawReel(frame, image);
    this.tell(frame);
  }

  drawReel(frame, image) {
    const { stage, roll, thumb, low } = this, { text, soft, accent, edge } = stage.colors, { names, times } = stage.get("film");
    this.caption.textContent = `${names[image]}: every recorded step, noisiest left; click one to go there`;
    roll.clearRect(0, 0, this.width, this.reel.clientHeight);
    ["noisy", "guess"].forEach((word, set) => write(roll, word, 0, 2 + set * (low + GAP) + low / 2, text, "left", `12px ${stage.font}`));
    const every = Math.ceil(34 / (thumb + 2));
    for (let f = 0; f < this.size[0]; f++) {
      const x = LEFT + f * (thumb + 2);
      for (const set of [0, 1]) framed(roll, this.picture(set, f, image), x, 2 + set * (low + GAP), thumb, low, edge, 0.5);
      if (f % every === 0 || f === frame) {
        if (f !== frame && Math.abs(f - frame) * (thumb + 2) < 34) continue;
        write(roll, short(times[f]), x + thumb / 2, 2 * (low + GAP) + 8, f === frame ? text : soft, "center", `10px ${stage.font}`);
      }
    }
    roll.strokeStyle = accent;
    roll.lineWidth = 2;
    roll.strokeRect(LEFT + frame * (thumb + 2) - 1, 1, thumb + 2, 2 * low + GAP + 2);
    this.reel.setAttribute("aria-label", `All steps of ${names[image]}, step ${short(times[frame])} chosen. Arrows choose.`);
  }

  tell(frame) {
    const [frames, count] = this.size, block = this.sets[0].length / frames, { times } = this.stage.get("film");
    const cut = (set, f) => this.sets[set].subarray(f * block, (f + 1) * block);
    const end = cut(0, frames - 1), off = set => percent(apartBy(cut(set, frame), end));
    this.stage.say(`Step ${short(times[frame])}, frame ${frame + 1} of ${frames}: the ${count} noisy images are ${off(0)} of the gray `
      + `scale from the final ones, the guesses ${off(1)}.`);
  }

  stop() { this.player.stop(); }
}

// ------------------------------------------------------------------------------------------------------- field

const TRAIL = 8;

class FieldView {
  constructor(stage, box) {
    this.stage = stage;
    this.box = box;
    this.drops = null; // { first, copies, paths }: where what was dropped goes, from the moment it was dropped at
    this.pointed = null; // where the pointer is on the plane
    const { size: [moments], times, stds } = stage.get("field");
    const bar = make("div", "lk-bar", {}, box);
    this.way = choices(bar, "How particles move", ["probability flow (no noise)", "stochastic equation"], i => this.choose(!!i));
    this.player = new Player(box, { steps: moments, label: "time", pause: 90, step: stage.get("moment"),
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

// ---------------------------------------------------------------------------------------------------- guidance

const ASK = "draw new samples";

class GuidanceView {
  constructor(stage, box) {
    this.stage = stage;
    this.album = new Album();
    this.fresh = new Map(); // "weight label" -> pixels that the kernel drew
    const { weights, names, asks } = stage.get("guidance"), bar = make("div", "lk-bar", {}, box);
    this.tabs = choices(bar, "Which class", names, label => stage.set({ label }));
    const dial = make("div", "lk-bar", {}, box);
    this.dial = slider(dial, "guidance weight", { min: 0, max: weights.length - 1, value: stage.get("weight") }, n => short(weights[n]));
    this.dial.addEventListener("input", () => stage.set({ weight: Number(this.dial.value) }));
    this.again = make("button", "lk-button", { type: "button" }, dial, ASK);
    this.again.hidden = !asks;
    this.again.addEventListener("click", () => this.ask());
    this.pictures = make("canvas", "lk-samples", { role: "img" }, box);
    make("p", "lk-caption", {}, box, "All weights, one row each; click a row to choose it");
    this.board = make("canvas", "lk-board", { role: "img", tabindex: 0 }, box);
    this.asker = new Asker(stage.model, (_, [bytes], question) => this.drawn(bytes, question), words => {
      this.again.textContent = ASK;
      stage.say(words);
    });
    this.board.addEventListener("click", event => {
      const row = Math.floor(at(event, this.board)[1] / (this.low + GAP));
      if (row < this.size[0]) stage.set({ weight: row });
    });
    onArrows(this.board, key => {
      const to = moved(key, stage.get("weight"), this.size[0]);
      if (to === null) return false;
      stage.set({ weight: to });
    });
  }

  take() {
    this.size = this.stage.get("guidance").size;
    this.bytes = ownBytes(this.stage.get("samples"));
    this.album.clear();
    this.fresh.clear();
  }

  arrange(width) {
    const [, , count, height, wide] = this.size;
    this.cell = tile(width, count, 0, 132);
    this.tall = Math.round(this.cell * height / wide);
    this.thumb = tile(width, count, LEFT, 52);
    this.low = Math.round(this.thumb * height / wide);
    this.context = resize(this.pictures, width, this.tall + 4);
    this.rows = resize(this.board, width, this.size[0] * (this.low + GAP) + 4);
    this.width = width;
  }

  ask() {
    const [weight, label] = [this.stage.get("weight"), this.stage.get("label")];
    this.again.textContent = "drawing …";
    this.asker.ask({ weight, label });
  }

  drawn(bytes, { weight, label }) {
    this.again.textContent = ASK;
    this.fresh.set(`${weight} ${label}`, ownBytes(bytes));
    this.album.clear();
    this.stage.draw();
  }

  pixels(weight, label, i) {
    const own = this.fresh.get(`${weight} ${label}`);
    return own ? imageAt(own, this.size.slice(2), [i]) : imageAt(this.bytes, this.size, [weight, label, i]);
  }

  picture(weight, label, i) {
    return this.album.get(`${weight} ${label} ${i}`, this.pixels(weight, label, i), this.size[4], this.size[3]);
  }

  drawNow() {
    const { stage, context, rows, cell, tall, thumb, low } = this, { text, accent, edge } = stage.colors, { weights, names } = stage.get("guidance");
    const weight = stage.get("weight"), label = stage.get("label"), count = this.size[2];
    mark(this.tabs, label);
    slide(this.dial, weight);
    context.clearRect(0, 0, this.width, tall + 4);
    rows.clearRect(0, 0, this.width, this.board.clientHeight);
    for (let i = 0; i < count; i++) framed(context, this.picture(weight, label, i), 1 + i * (cell + GAP), 2, cell, tall, edge, 1);
    weights.forEach((value, w) => {
      const y = 2 + w * (low + GAP);
      write(rows, short(value), LEFT - 10, y + low / 2, text, "right", `${w === weight ? "600 " : ""}12px ${stage.font}`);
      for (let i = 0; i < count; i++) framed(rows, this.picture(w, label, i), LEFT + i * (thumb + GAP), y, thumb, low, edge, 0.5);
    });
    rows.strokeStyle = accent;
    rows.lineWidth = 2;
    rows.strokeRect(LEFT - 2, 1 + weight * (low + GAP), count * (thumb + GAP), low + 2);
    this.pictures.setAttribute("aria-label", `Samples of ${names[label]} at guidance weight ${short(weights[weight])}.`);
    this.board.setAttribute("aria-label", `Samples of ${names[label]}, a row for each weight, ${short(weights[weight])} chosen. Arrows choose.`);
    this.tell(weight, label);
  }

  tell(weight, label) {
    const { weights, names, recognized } = this.stage.get("guidance"), count = this.size[2];
    const images = Array.from({ length: count }, (_, i) => this.pixels(weight, label, i));
    const share = recognized.length ? `, ${percent(recognized[weight][label])} recognized` : "";
    const own = this.fresh.has(`${weight} ${label}`) ? "new" : "recorded";
    this.stage.say(`${names[label]} at guidance weight ${short(weights[weight])}${share}: the ${count} ${own} samples differ from each `
      + `other by ${percent(variety(images))} of the gray scale.`);
  }

  stop() { this.asker.stop(); }
}

// ---------------------------------------------------------------------------------------------------- explorer

const VIEWS = { film: ["From noise to image", FilmView, "shots"], field: ["Score field", FieldView, "particles"],
  guidance: ["Guidance", GuidanceView, "samples"] };

class Denoising extends Stage {
  constructor(context) {
    super(context, "denoising", "Denoising explorer");
    this.given = Object.keys(VIEWS).filter(name => this.get(name).size);
    this.views = {};
    const bar = make("div", "lk-bar", {});
    this.body.before(bar);
    this.tabs = choices(bar, "Which view", this.given.map(name => VIEWS[name][0]), i => this.set({ view: this.given[i] }));
    this.tabs.hidden = this.given.length < 2;
    for (const name of this.given) {
      const box = make("div", "lk-view", {}, this.body);
      this.views[name] = new VIEWS[name][1](this, box);
      this.views[name].box = box;
    }
    this.read();
    this.hear(["shots", "particles", "arrows", "samples", "film", "field", "guidance"], () => { this.read(); this.refresh(); });
    this.hear(["view"], () => { for (const view of Object.values(this.views)) view.player?.stop(); this.refresh(); });
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const here = name => (this.get(name)?.byteLength ?? 0) > 0;
    for (const name of this.given) {
      const view = this.views[name];
      view.ready = here(VIEWS[name][2]) && (name !== "field" || here("arrows"));
      if (view.ready) view.take();
    }
  }

  get now() { return this.views[this.get("view")]; }

  arrange(width) {
    for (const view of Object.values(this.views)) view.box.hidden = view !== this.now;
    if (this.now.ready) this.now.arrange(width);
  }

  drawNow() {
    mark(this.tabs, this.given.indexOf(this.get("view")));
    if (this.now.ready) this.now.drawNow();
    else this.say("Waiting for the numbers …");
  }

  remove() {
    super.remove();
    for (const view of Object.values(this.views)) view.stop();
  }
}

const FOLLOWED = ["frame", "image", "moment", "noise", "weight", "label"];
export default { render: context => new Denoising(context).start(FOLLOWED) };
