// The latent explorer: drag a point, and what the decoder draws follows. First a picture blended from a grid that was
// sent ahead, then the exact one from the kernel, one question at a time.

import { Asker } from "../kit/asker.js";
import { Frames } from "../kit/before.js";
import { CLASSES } from "../kit/colors.js";
import { at, choices, make, mark, raster, resize, slide, slider } from "../kit/elements.js";
import { Paper } from "../kit/paper.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, moved, ownBytes, ticks } from "../kit/values.js";
import { along, around, blend, fromPlane, isMixed, layout, middles, place, toPlane } from "./data.js";

// -------------------------------------------------------------------------------------------------- the view

const FILM = 9, STEPS = 41, STRIP = 7, NEAR = 9;
const TILE = 44, INPUT = 40; // pixels: the least in which a digit can be read

class LatentView extends Stage {
  constructor(context) {
    super(context, "latent", "Latent explorer");
    this.path = null; // { space, points }: a walk, in the plane of one space
    this.drawing = false;
    this.everywhere = false;
    this.take();
    this.exact = new Asker(this.model, (_, buffers, question) => this.receive(ownBytes(buffers[0]), question.codes));
    this.films = new Asker(this.model, (_, buffers, question) => { this.frames[question.space] = ownBytes(buffers[0]); this.drawFilm(); });
    this.pictures = new Asker(this.model, (_, buffers, { row }) => { this.known.set(row, ownBytes(buffers[0])); this.draw(); });
    this.walks = new Asker(this.model, (_, buffers) => { this.board = ownBytes(buffers[0]); this.drawBoards(); });
    this.hear(["codes", "grid", "spreads"], () => { this.take(); this.refresh(); });
    this.hear(["point"], () => { if (!this.own && this.ready) this.moveTo(this.get("point").map(z => [...z]), false); });
    this.hear(["chosen"], () => this.arrived());
  }

  // ---- what is shown

  /** Take what was sent, and build the page once it is there: on Colab it may come after the widget. */
  take() {
    this.read();
    if (this.ready && !this.places) this.build();
  }

  read() {
    const [n, d, height, width, side] = this.get("size"), spaces = this.get("spaces");
    Object.assign(this, { n, d, tall: height, wide: width, side, pixels: height * width, spaces, names: this.get("names") });
    this.ready = (this.get("codes")?.byteLength ?? 0) > 0 && (this.get("grid")?.byteLength ?? 0) > 0;
    if (!this.ready) { this.say("Waiting for the codes …"); return; }
    const cut = (all, size) => spaces.map((_, s) => all.subarray(s * size, (s + 1) * size));
    this.codes = cut(floats(this.get("codes")), n * d);
    this.spreads = cut(floats(this.get("spreads")), n * d);
    this.grids = cut(ownBytes(this.get("grid")), side * side * this.pixels);
    this.labels = ownBytes(this.get("labels"));
    this.board = d > 2 ? ownBytes(this.get("board")) : null;
    const inputs = ownBytes(this.get("inputs")), at = r => inputs.subarray(r * this.pixels, (r + 1) * this.pixels);
    this.known = new Map(this.get("rows").map((row, r) => [row, at(r)]));
    this.z = this.get("point").map(z => [...z]);
    this.shown = spaces.map((_, s) => this.guess(s, this.z[s]));
    this.frames = spaces.map(() => null);
  }

  get plane() { return [this.get("across"), this.get("up")]; }
  get extent() { return [this.at.plane, this.at.plane]; }

  /** What the browser knows by itself: the blend of the grid, which covers the first two dimensions. */
  guess(s, z) {
    const [u, v] = toPlane(z, this.spaces[s], [0, 1], [1, 1]);
    return blend(this.grids[s], this.side, this.pixels, u, v);
  }

  /** Whether the grid says what is decoded there: only the first two dimensions have moved. */
  covered(s, z) {
    const { low, high } = this.spaces[s];
    return z.every((value, k) => k < 2 || Math.abs(value - (low[k] + high[k]) / 2) < 1e-3 * (high[k] - low[k]));
  }

  /** Show another point at once, and ask for its exact pictures. */
  moveTo(z, tell = true) {
    this.z = z;
    z.forEach((code, s) => { if (this.covered(s, code)) this.shown[s] = this.guess(s, code); });
    this.exact.ask({ codes: z });
    if (tell) this.tell();
    this.draw();
  }

  receive(bytes, codes) {
    if (String(codes) !== String(this.z) && this.exact.flying === null) return;
    this.shown = this.spaces.map((_, s) => bytes.subarray(s * this.pixels, (s + 1) * this.pixels));
    this.draw();
  }

  /** Tell the kernel where the point is; a hand that still drags tells when it lets go. */
  tell() {
    this.own = true;
    this.set({ point: this.z.map(z => [...z]) });
    this.own = false;
    if (this.d > 2) this.walks.ask({ traversals: this.z });
  }

  choose(row) {
    this.endWalk();
    this.set({ chosen: row });
    this.arrived();
  }

  /** An image has been chosen, here or in Python: every point goes to where its encoder puts it. */
  arrived() {
    if (!this.ready) return;
    const row = this.get("chosen");
    if (row >= 0) {
      if (!this.known.has(row)) this.pictures.ask({ row });
      this.moveTo(this.codes.map(codes => [...codes.subarray(row * this.d, (row + 1) * this.d)]));
    }
    this.markInput();
    this.draw();
  }

  // ---- the page

  build() {
    const bar = make("div", "lk-bar", {}, this.body);
    this.modes = choices(bar, "What dragging does", ["move the point", "draw a path"], i => this.mode(i === 1));
    this.selects = ["across", "up"].map((name, k) => this.select(bar, name, k === 0 ? "across" : "up"));
    const label = make("label", "lk-switch", {}, bar);
    this.check = make("input", "", { type: "checkbox" }, label);
    label.append("decode the whole plane");
    this.check.addEventListener("change", () => { this.everywhere = this.check.checked; this.paintBacks(); this.draw(); });
    this.hint = make("p", "lk-hint", {}, this.body);
    this.panes = make("div", "lk-panes", {}, this.body);
    this.places = this.spaces.map((space, s) => this.pane(space, s));
    const walk = this.walk = make("div", "lk-walk", {}, this.body);
    this.player = new Frames(walk, { steps: STEPS, label: "Along the path", pause: 70, onstep: step => this.stroll(step), write: n => `${Math.round(100 * n / (STEPS - 1))} %` });
    this.button(walk, "clear the path", () => { this.endWalk(); this.draw(); });
    this.film = new Paper(this, walk, {}, "lk-film");
    this.mode(false);
    const strip = this.strip = make("div", "lk-inputs", { role: "listbox", tabindex: 0, "aria-label": "Input images: arrows choose, Escape lets go", "aria-orientation": "horizontal" }, this.body);
    this.buildInputs(strip);
    if (this.d > 2) this.buildSliders();
  }

  /** Drag the point, or a path: with paths there is room for one below, so that drawing moves nothing on the page. */
  mode(drawing) {
    this.drawing = drawing;
    mark(this.modes, Number(drawing));
    if (!drawing) this.endWalk();
    this.walk.hidden = !drawing;
    this.hint.textContent = drawing ? "Drag over a plane or click places on it: each adds to the path, whose pictures appear below."
      : "Drag the point over a plane and watch what is decoded; click a dot to see the image behind it.";
    this.showWalk();
    this.draw();
  }

  /** Player and pictures, once a path has two places. */
  showWalk() {
    const ready = (this.path?.points.length ?? 0) > 1;
    for (const element of this.walk.children) element.style.visibility = ready ? "" : "hidden";
    this.drawFilm();
  }

  button(parent, text, act) {
    const made = make("button", "lk-button", { type: "button" }, parent, text);
    made.addEventListener("click", act);
    return made;
  }

  select(bar, name, words) {
    const label = make("label", "lk-slider", {}, bar, `${words} `);
    const select = make("select", "", {}, label);
    for (let k = 0; k < this.d; k++) make("option", "", { value: k }, select, `z${k + 1}`);
    label.hidden = this.d < 3;
    select.addEventListener("change", () => {
      const to = Number(select.value), other = name === "across" ? "up" : "across";
      this.set(this.get(other) === to ? { [name]: to, [other]: this.get(name) } : { [name]: to });
      this.endWalk();
      this.refresh();
    });
    this.hear([name], () => this.refresh());
    return select;
  }

  pane(space, s) {
    const box = make("div", "lk-pane", {}, this.panes);
    const title = make("div", "lk-title", {}, box, space.name);
    const number = make("span", "lk-number", {}, title);
    const row = make("div", "lk-row", {}, box);
    const keys = "arrows move the point, Enter marks a place of a path, N and P choose the next and the previous image";
    const plane = make("canvas", "lk-plane", { role: "application", tabindex: 0, "aria-label": `Plane of codes, ${space.name}: ${keys}` }, row);
    const side = make("div", "lk-side", {}, row);
    const figure = name => {
      const holder = make("figure", "", {}, side), caption = make("figcaption", "", {}, null, name);
      const canvas = make("canvas", "", { role: "img", "aria-label": name }, holder);
      holder.append(caption);
      return { holder, canvas, caption };
    };
    const part = { box, number, row, plane, decoded: figure("decoded here"), given: figure("input"), back: make("canvas") };
    if (this.d > 2) part.board = make("canvas", "lk-board", { role: "img", "aria-label": `Traversals, ${space.name}: a row for each dimension, low to high` });
    plane.addEventListener("pointerdown", event => this.press(event, s));
    plane.addEventListener("pointermove", event => this.drag(event, s));
    for (const end of ["pointerup", "pointercancel"]) plane.addEventListener(end, event => this.release(event, s));
    plane.addEventListener("keydown", event => this.key(event, s));
    part.board?.addEventListener("pointerdown", event => this.pickFromBoard(event, s));
    return part;
  }

  buildSliders() {
    const box = make("div", "lk-sliders", { role: "group", "aria-label": "All dimensions" }, this.body);
    this.sliders = Array.from({ length: this.d }, (_, k) => {
      const write = share => this.spaces.map(({ low, high }) => (low[k] + share * (high[k] - low[k])).toFixed(2)).join(" | ");
      const input = slider(box, `z${k + 1}`, { min: 0, max: 1, step: 0.01, value: 0.5 }, write);
      input.addEventListener("input", () => this.moveTo(this.z.map((z, s) => {
        const { low, high } = this.spaces[s], moved = [...z];
        moved[k] = low[k] + Number(input.value) * (high[k] - low[k]);
        return moved;
      })));
      return input;
    });
  }

  buildInputs(strip) {
    make("span", "lk-number", { "aria-hidden": "true" }, strip, "inputs ");
    this.rows = this.get("rows");
    this.options = this.rows.map((row, r) => {
      const option = make("canvas", "", { role: "option", id: `${this.id}-input${r}`, "aria-label": `a ${this.names[this.labels[row]]}` }, strip);
      option.addEventListener("click", () => this.choose(row));
      return option;
    });
    strip.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const to = moved(event.key, this.rows.indexOf(this.get("chosen")), this.rows.length);
      if (event.key === "Escape") this.choose(-1);
      else if (to !== null) { event.preventDefault(); this.choose(this.rows[to]); }
    });
  }

  markInput() {
    const chosen = this.rows.indexOf(this.get("chosen"));
    this.options.forEach((option, r) => option.setAttribute("aria-selected", r === chosen));
    if (chosen < 0) this.strip.removeAttribute("aria-activedescendant");
    else this.strip.setAttribute("aria-activedescendant", this.options[chosen].id);
  }

  // ---- sizes and what does not follow the hand

  arrange(width) {
    if (!this.ready) return;
    const at = this.at = layout(width, this.spaces.length);
    this.ink = this.isDark ? [[23, 27, 33], [240, 244, 248]] : [[255, 255, 255], [22, 27, 34]];
    this.panes.style.gap = `${at.gap}px`;
    this.places.forEach((part, s) => {
      part.box.style.width = `${at.pane}px`;
      part.row.classList.toggle("lk-below", !at.beside);
      resize(part.plane, at.plane, at.plane);
      for (const { canvas } of [part.decoded, part.given]) resize(canvas, at.picture, at.picture);
      const last = part.board ?? (this.spaces.length === 1 ? this.strip : null); // what may stand in the third column
      if (last) (at.third ? part.row : part.board ? part.box : this.body).append(last);
      if (part.board) this.drawBoard(part, s);
    });
    this.selects[0].value = this.get("across");
    this.selects[1].value = this.get("up");
    this.options.forEach((option, r) => {
      const context = resize(option, INPUT, INPUT);
      context.drawImage(this.image(this.known.get(this.rows[r])), 0, 0, INPUT, INPUT);
    });
    this.markInput();
    this.paintBacks();
    this.drawFilm();
  }

  /** A picture from its bytes, in the theme's ink. */
  image(bytes) {
    const [paper, ink] = this.ink;
    return raster(bytes, this.wide, this.tall, value => paper.map((from, c) => from + (ink[c] - from) * value / 255));
  }

  paintBacks() { this.places.forEach((part, s) => this.paintBack(part, s)); }

  /** The plane without the point: pictures if wanted, axes, prior, codes and their labels. */
  paintBack(part, s) {
    const size = this.at.plane, context = resize(part.back, size, size), space = this.spaces[s], [i, j] = this.plane;
    context.fillStyle = this.colors.back;
    context.fillRect(0, 0, size, size);
    const tiled = this.everywhere && i === 0 && j === 1;
    if (tiled) this.tile(context, s, size);
    else this.lines(context, space, size);
    if (space.prior) this.prior(context, space, size);
    const { codes, labels, n, d } = { codes: this.codes[s], labels: this.labels, n: this.n, d: this.d };
    for (let row = 0; row < n; row++) {
      const [x, y] = toPlane(codes.subarray(row * d, row * d + d), space, this.plane, [size, size]);
      context.beginPath();
      context.arc(x, y, tiled ? 2.4 : 3.2, 0, 7);
      context.fillStyle = CLASSES[labels[row] % CLASSES.length] + (tiled ? "" : "cc");
      context.fill();
    }
    middles(codes, labels, this.names.length, d, this.plane).forEach((middle, label) => {
      if (!middle) return;
      const z = []; [z[i], z[j]] = middle;
      this.badge(context, toPlane(z, space, this.plane, [size, size]), this.names[label], CLASSES[label % CLASSES.length]);
    });
  }

  badge(context, [x, y], text, color) {
    context.font = `700 13px ${this.font}`;
    const half = Math.max(10, context.measureText(text).width / 2 + 6);
    context.beginPath();
    context.roundRect(x - half, y - 10, 2 * half, 20, 10);
    Object.assign(context, { fillStyle: this.isDark ? "#171b21" : "#ffffff", strokeStyle: color, lineWidth: 2 });
    context.fill();
    context.stroke();
    Object.assign(context, { fillStyle: this.colors.text, textAlign: "center", textBaseline: "middle" });
    context.fillText(text, x, y + 0.5);
  }

  tile(context, s, size) {
    const count = Math.max(2, Math.min(this.side, Math.floor(size / TILE))), cell = size / count;
    for (let at = 0; at < count ** 2; at++) {
      const u = (at % count + 0.5) / count, v = (Math.floor(at / count) + 0.5) / count;
      context.drawImage(this.image(blend(this.grids[s], this.side, this.pixels, u, v)), u * size - cell / 2, v * size - cell / 2, cell, cell);
    }
    context.fillStyle = this.isDark ? "#11141855" : "#ffffff55";
    context.fillRect(0, 0, size, size);
  }

  lines(context, { low, high }, size) {
    const [i, j] = this.plane;
    Object.assign(context, { strokeStyle: this.colors.fill, fillStyle: this.colors.soft, lineWidth: 1, font: `11px ${this.font}`, textBaseline: "alphabetic" });
    for (const value of ticks(low[i], high[i], 6)) {
      const x = (value - low[i]) / (high[i] - low[i]) * size;
      context.fillRect(x, size - 4, 1, 4);
      context.beginPath(); context.moveTo(x, 0); context.lineTo(x, size); context.stroke();
      context.textAlign = "center";
      if (x > 12 && x < size - 26) context.fillText(value, x, size - 7);
    }
    for (const value of ticks(low[j], high[j], 6)) {
      const y = (high[j] - value) / (high[j] - low[j]) * size;
      context.beginPath(); context.moveTo(0, y); context.lineTo(size, y); context.stroke();
      context.textAlign = "left";
      if (y > 22 && y < size - 22) context.fillText(value, 5, y - 3);
    }
    context.textAlign = "right";
    context.fillText(`z${i + 1} →`, size - 6, size - 7);
    context.textAlign = "left";
    context.fillText(`↑ z${j + 1}`, 6, 14);
  }

  /** The prior's circles of one and two deviations. */
  prior(context, { low, high }, size) {
    const [i, j] = this.plane, unit = [size / (high[i] - low[i]), size / (high[j] - low[j])];
    Object.assign(context, { strokeStyle: this.colors.soft, lineWidth: 1 });
    context.setLineDash([2, 4]);
    for (const radius of [1, 2]) {
      context.beginPath();
      context.ellipse(-low[i] * unit[0], high[j] * unit[1], radius * unit[0], radius * unit[1], 0, 0, 7);
      context.stroke();
    }
    context.setLineDash([]);
  }

  // ---- drawing

  drawNow() {
    if (!this.ready || !this.at) return;
    const row = this.get("chosen");
    this.places.forEach((part, s) => {
      this.drawPlane(part, s, row);
      this.drawPicture(part.decoded.canvas, this.shown[s]);
      part.given.holder.hidden = row < 0 || !this.known.has(row);
      if (!part.given.holder.hidden) {
        this.drawPicture(part.given.canvas, this.known.get(row));
        part.given.caption.textContent = `input: a ${this.names[this.labels[row]]}${this.sure(s, row)}`;
      }
      part.number.textContent = place(this.z[s]);
      part.decoded.canvas.setAttribute("aria-label", `Decoded by ${this.spaces[s].name} at ${place(this.z[s])}`);
    });
    this.sliders?.forEach((input, k) => {
      const { low, high } = this.spaces[0];
      if (document.activeElement !== input) slide(input, clamp((this.z[0][k] - low[k]) / (high[k] - low[k]), 0, 1));
    });
    this.speak(row);
  }

  sure(s, row) {
    const spread = this.spreads[s].subarray(row * this.d, (row + 1) * this.d), [i, j] = this.plane;
    return spread[i] > 0 ? `, ± ${spread[i].toFixed(2)} and ± ${spread[j].toFixed(2)}` : "";
  }

  speak(row) {
    const parts = this.spaces.map(({ name }, s) => `${name} at ${place(this.z[s])}: ${around(this.codes[s], this.labels, this.names, this.z[s])}.`);
    const given = row >= 0 ? ` Input: a ${this.names[this.labels[row]]}${this.sure(this.spaces.length - 1, row)}.` : "";
    this.say(parts.join(" ") + given);
  }

  drawPicture(canvas, bytes) {
    const context = canvas.getContext("2d"), size = this.at.picture;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image(bytes), 0, 0, size, size);
  }

  drawPlane(part, s, row) {
    const size = this.at.plane, context = part.plane.getContext("2d"), space = this.spaces[s];
    context.drawImage(part.back, 0, 0, size, size);
    if (row >= 0) this.drawSpread(context, s, row);
    if (this.path?.space === s) this.drawPath(context, this.path.points.map(z => toPlane(z, space, this.plane, this.extent)));
    const [x, y] = toPlane(this.z[s], space, this.plane, this.extent);
    for (const [color, width] of [["#ffffff", 6], ["#111111", 3]]) {
      Object.assign(context, { strokeStyle: color, lineWidth: width });
      context.beginPath();
      context.arc(x, y, 9, 0, 7);
      context.stroke();
    }
  }

  /** Two deviations of an image's posterior, and a cross at its mean. */
  drawSpread(context, s, row) {
    const { low, high } = this.spaces[s], [i, j] = this.plane, size = this.at.plane, start = row * this.d;
    const [x, y] = toPlane(this.codes[s].subarray(start, start + this.d), this.spaces[s], this.plane, this.extent);
    const wide = [i, j].map(k => 2 * this.spreads[s][start + k] / (high[k] - low[k]) * size);
    Object.assign(context, { strokeStyle: this.colors.text, fillStyle: this.colors.line, lineWidth: 2 });
    if (wide[0] > 0) {
      context.beginPath();
      context.ellipse(x, y, wide[0], wide[1], 0, 0, 7);
      context.globalAlpha = 0.22;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
    context.fillStyle = this.colors.text;
    context.fillRect(x - 5, y - 1, 10, 2);
    context.fillRect(x - 1, y - 5, 2, 10);
  }

  drawPath(context, points) {
    Object.assign(context, { strokeStyle: this.colors.accent, fillStyle: this.colors.accent, lineWidth: 3, lineJoin: "round" });
    context.beginPath();
    points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    const [x, y] = points[0];
    context.fillRect(x - 4, y - 4, 8, 8);
  }

  /** The pictures along the path, below the planes; their place is kept while there is no path. */
  drawFilm() {
    if (!this.at) return;
    const cell = Math.floor(Math.min(96, this.width / FILM)), { space, points } = this.path ?? {};
    this.film.resize(cell * FILM, cell);
    if (!points || points.length < 2) return;
    this.film.say(`Decoded along the path, ${this.spaces[space].name}`);
    along(points, FILM).forEach((z, k) => {
      const bytes = this.frames[space]?.subarray(k * this.pixels, (k + 1) * this.pixels) ?? this.guess(space, z);
      this.film.pen.drawImage(this.image(bytes), k * cell + 1, 1, cell - 2, cell - 2);
    });
  }

  reached() { return this.ready && this.spaces.some((_, s) => isMixed(this.codes[s], this.labels, this.z[s])); }

  drawBoards() { this.places.forEach((part, s) => this.drawBoard(part, s)); }

  /** Traversals: a row for each dimension. */
  drawBoard(part, s) {
    const cell = Math.floor(Math.min(52, (this.at.board - 30) / STRIP)), size = this.d * STRIP * this.pixels;
    const context = resize(part.board, 30 + cell * STRIP, cell * this.d);
    Object.assign(context, { fillStyle: this.colors.soft, font: `12px ${this.font}`, textBaseline: "middle" });
    for (let k = 0; k < this.d; k++) {
      context.fillText(`z${k + 1}`, 0, (k + 0.5) * cell);
      for (let step = 0; step < STRIP; step++) {
        const start = s * size + (k * STRIP + step) * this.pixels;
        context.drawImage(this.image(this.board.subarray(start, start + this.pixels)), 30 + step * cell + 1, k * cell + 1, cell - 2, cell - 2);
      }
    }
  }

  // ---- what people do

  code(event, s) { return fromPlane(at(event, this.places[s].plane), this.z[s], this.spaces[s], this.plane, this.extent); }
  with(s, z) { return this.z.map((code, other) => (other === s ? z : code)); }

  press(event, s) {
    if (event.button) return;
    event.preventDefault();
    this.places[s].plane.focus();
    this.places[s].plane.setPointerCapture(event.pointerId);
    this.player.stop();
    this.held = { s, from: at(event, this.places[s].plane), moved: false };
    if (this.drawing) this.extend(s, this.code(event, s));
    else this.endWalk();
    this.moveTo(this.with(s, this.code(event, s)), false);
  }

  drag(event, s) {
    if (this.held?.s !== s) return;
    const [x, y] = at(event, this.places[s].plane);
    if (Math.hypot(x - this.held.from[0], y - this.held.from[1]) > 3) this.held.moved = true;
    if (this.drawing) this.extend(s, this.code(event, s));
    this.moveTo(this.with(s, this.code(event, s)), false);
  }

  release(event, s) {
    if (this.held?.s !== s) return;
    const still = !this.held.moved;
    this.held = null;
    if (this.drawing) { this.develop(); this.tell(); return; }
    const row = still && event.type === "pointerup" ? this.codeBelow(event, s) : -1;
    if (row >= 0) this.choose(row);
    else this.tell();
  }

  /** The data point under the pointer, or -1. */
  codeBelow(event, s) {
    const [px, py] = at(event, this.places[s].plane);
    let best = NEAR, found = -1;
    for (let row = 0; row < this.n; row++) {
      const [x, y] = toPlane(this.codes[s].subarray(row * this.d, (row + 1) * this.d), this.spaces[s], this.plane, this.extent);
      const far = Math.hypot(x - px, y - py);
      if (far < best) [best, found] = [far, row];
    }
    return found;
  }

  key(event, s) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.004 : 0.02, [i, j] = this.plane, { low, high } = this.spaces[s];
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    const letter = event.key.toLowerCase();
    if (dx || dy) {
      const z = [...this.z[s]];
      z[i] = clamp(z[i] + dx * step * (high[i] - low[i]), low[i], high[i]);
      z[j] = clamp(z[j] + dy * step * (high[j] - low[j]), low[j], high[j]);
      this.moveTo(this.with(s, z));
    } else if (event.key === "Enter" || event.key === " ") {
      if (!this.drawing) this.mode(true);
      this.extend(s, this.z[s]);
      this.develop();
    } else if (event.key === "Escape") { this.endWalk(); this.choose(-1); }
    else if (letter === "n" || letter === "p") this.choose((this.get("chosen") + (letter === "n" ? 1 : this.n - (this.get("chosen") < 0 ? 0 : 1))) % this.n);
    else return;
    event.preventDefault();
  }

  /** One more place of the path. */
  extend(s, z) {
    if (this.path?.space !== s) this.path = { space: s, points: [] };
    this.path.points.push([...z]);
    this.frames[s] = null;
    this.draw();
  }

  /** The path is drawn: show its pictures, and let it be walked. */
  develop() {
    const { space, points } = this.path;
    if (points.length > 1) {
      const codes = this.spaces.map((_, s) => (s === space ? along(points, FILM) : []));
      this.films.ask({ space, codes });
      this.player.renew(STEPS, STEPS - 1); // the point is at the end of the path
    }
    this.showWalk();
    this.draw();
  }

  stroll(step) {
    if (this.path) this.moveTo(this.with(this.path.space, along(this.path.points, STEPS)[step]), !this.player?.timer);
  }

  endWalk() {
    if (!this.path) return;
    this.player.stop();
    this.path = null;
    this.showWalk();
  }

  pickFromBoard(event, s) {
    const [x, y] = at(event, this.places[s].board), cell = this.places[s].board.clientHeight / this.d;
    const k = clamp(Math.floor(y / cell), 0, this.d - 1), step = Math.floor((x - 30) / cell);
    if (step < 0 || step >= STRIP) return;
    const { low, high } = this.spaces[s], z = [...this.z[s]];
    z[k] = low[k] + step / (STRIP - 1) * (high[k] - low[k]);
    this.moveTo(this.with(s, z));
  }

  remove() {
    super.remove();
    this.player?.stop();
    for (const asker of [this.exact, this.films, this.pictures, this.walks]) asker.stop();
  }
}

export default { render: context => new LatentView(context).start(["chosen"]) };
