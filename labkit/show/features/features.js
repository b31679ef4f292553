// The feature explorer. Choosing, pointing and arithmetic happen here; the kernel is asked only for what the model must
// compute: the maps of another picture, and how much a unit weighs each pixel.

import { Asker } from "../kit/asker.js";
import { diverging, viridis } from "../kit/colors.js";
import { at, choices, fit, make, mark, raster, resize } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { clamp, floats, ownBytes, percent, short } from "../kit/values.js";
import { arithmetic, base64, cut, isLargest, movedPixels, paint, sumInWords, tiling, unitInWords } from "./data.js";

const STEP = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const plain = event => !event.ctrlKey && !event.metaKey && !event.altKey;

class FeatureView extends Stage {
  constructor(context) {
    super(context, "features", "Feature explorer");
    Object.assign(this, { wanted: 0, have: 0, empty: 0, weights: null, weightsOf: "", painting: null, tilesOf: "" });
    this.asker = new Asker(this.model, (answer, buffers, question) => this.answered(question, buffers),
      words => { this.trouble = words; this.draw(); });
    this.build();
    this.hear(["maps", "scores", "layers"], () => { this.read(); this.draw(); });
    this.hear(["pixels"], () => { if (!this.asker.flying) { this.adopt(); this.draw(); } });
    this.hear(["layer", "channel", "row", "column", "weighed"], () => this.weigh());
    this.adopt();
    this.read();
  }

  build() {
    const bar = make("div", "lk-bar", {}, this.body);
    this.tabs = choices(bar, "Layer", this.get("layers").map(layer => layer.name), i => this.choose({ layer: i }));
    this.check = this.switch(bar, "show what the unit weighs", on => { this.set({ weighed: on }); this.weigh(); });
    this.check.parentElement.hidden = !this.get("weighs");
    const grid = this.grid = make("div", "lk-grid", {}, this.body);
    this.buildPicture(make("div", "lk-one lk-picture", {}, grid));
    this.buildTiles(make("div", "lk-one lk-many", {}, grid));
    this.buildMap(make("div", "lk-one lk-chosen", {}, grid));
    const sum = this.sum = make("div", "lk-sum", {}, this.body);
    this.sumCanvas = make("canvas", "lk-products", { role: "img" }, sum);
    this.sumWords = make("div", "lk-sum-words", {}, sum);
  }

  switch(parent, words, onchange) {
    const label = make("label", "lk-switch", {}, parent), box = make("input", "", { type: "checkbox" }, label);
    label.append(words);
    box.addEventListener("change", () => onchange(box.checked));
    return box;
  }

  buildPicture(box) {
    make("div", "lk-title", {}, box, "Picture");
    const canvas = this.input = make("canvas", "lk-input", { role: "img", tabindex: 0 }, box);
    canvas.addEventListener("keydown", event => this.keyOnPicture(event));
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      this.painting = { from: this.pixelAt(event), pixels: this.pixels };
      if (this.draws.checked) this.brush(event);
    });
    canvas.addEventListener("pointermove", event => this.painting && (this.draws.checked ? this.brush(event) : this.drag(event)));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.painting = null; });
    const tools = make("div", "lk-tools", {}, box);
    this.draws = this.switch(tools, "draw", () => this.draw());
    const button = (words, act) => make("button", "lk-button", { type: "button" }, tools, words).addEventListener("click", act);
    button("clear", () => this.change(new Uint8Array(this.pixels.length).fill(this.empty)));
    button("reset", () => this.pick(this.picked ?? 0));
    this.samples = choices(box, "Which picture", this.get("names"), i => this.pick(i));
    this.bars = make("canvas", "lk-bars", { role: "img" }, box);
  }

  buildTiles(box) {
    this.tilesTitle = make("div", "lk-title", {}, box);
    const canvas = this.tiles = make("canvas", "lk-tiles", { role: "img", tabindex: 0 }, box);
    canvas.addEventListener("click", event => {
      const [x, y] = at(event, canvas), t = this.plan;
      const channel = Math.floor(y / (t.tall + t.gap)) * t.across + Math.floor(x / (t.side + t.gap));
      if (channel < this.layer.shape[0]) this.choose({ channel });
    });
    canvas.addEventListener("keydown", event => {
      const [down, right] = STEP[event.key] ?? [0, 0], ends = { Home: 0, End: this.layer.shape[0] - 1 }[event.key];
      if ((!down && !right && ends === undefined) || !plain(event)) return;
      event.preventDefault();
      this.choose({ channel: ends ?? this.get("channel") + down * this.plan.across + right });
    });
  }

  buildMap(box) {
    this.mapTitle = make("div", "lk-title", {}, box);
    const canvas = this.map = make("canvas", "lk-map", { role: "img", tabindex: 0 }, box);
    canvas.addEventListener("pointermove", event => {
      const [x, y] = at(event, canvas);
      this.choose({ row: Math.floor(y / this.cell), column: Math.floor(x / this.cell) });
    });
    canvas.addEventListener("keydown", event => {
      const step = STEP[event.key];
      if (!step || !plain(event)) return;
      event.preventDefault();
      this.choose({ row: this.get("row") + step[0], column: this.get("column") + step[1] });
    });
    this.scale = make("canvas", "lk-scale", { "aria-hidden": "true" }, box);
  }

  // ---- what is shown

  get layer() { return this.layers[this.get("layer")] ?? this.layers[0]; }
  get stale() { return this.have !== this.wanted; }
  get unit() { return ["layer", "channel", "row", "column"].map(this.get); }

  choose(values) {
    const shape = (this.layers[values.layer] ?? this.layer).shape, next = {};
    ["channel", "row", "column"].forEach((name, k) => {
      next[name] = clamp(values[name] ?? this.get(name), 0, shape[k] - 1);
    });
    this.set({ ...values, ...next });
    this.weigh();
  }

  /** Take the maps that are there; on Colab they may come after the widget. */
  read() {
    const maps = this.get("maps"), filters = this.get("filters"), scores = this.get("scores");
    this.layers = maps?.byteLength ? cut(this.get("layers"), floats(maps), filters?.byteLength ? floats(filters) : new Float32Array()) : [];
    this.scores = scores?.byteLength ? floats(scores) : null;
    this.tilesOf = "";
  }

  /** Take the picture that the kernel shows. */
  adopt() {
    const bytes = this.get("pixels");
    if (!bytes?.byteLength) return;
    this.pixels = ownBytes(bytes);
    this.all = ownBytes(this.get("pictures"));
    this.empty = this.pixels[0]; // what the corner is made of comes in from outside
    this.picked = this.get("names").findIndex((_, i) => this.sample(i).every((value, k) => value === this.pixels[k]));
    if (this.picked < 0) this.picked = null;
  }

  sample(i) { return this.all.slice(i * this.pixels.length, (i + 1) * this.pixels.length); }

  pick(i) {
    this.picked = i;
    mark(this.samples, i);
    this.change(this.sample(i));
  }

  change(pixels) {
    this.pixels = pixels;
    this.wanted++;
    this.ask();
    this.draw();
  }

  ask() {
    const unit = this.get("weighed") && this.get("weighs") ? this.unit : null;
    const { flying } = this.asker;
    if (flying && flying.picture === this.wanted && String(flying.unit) === String(unit)) this.asker.next = null; // it is on its way
    else if (this.stale || unit) this.asker.ask({ pixels: base64(this.pixels), maps: this.stale, unit, picture: this.wanted });
  }

  weigh() {
    if (this.get("weighed") && this.weightsOf !== this.unit.join()) this.ask();
    this.draw();
  }

  answered(question, buffers) {
    this.trouble = "";
    this.have = question.picture;
    if (buffers?.length) [this.weights, this.weightsOf] = [floats(buffers[0]), question.unit.join()];
    if (!this.stale && this.get("weighed") && this.weightsOf !== this.unit.join() && !this.asker.flying) this.ask();
    this.draw();
  }

  reached() { return this.get("layer") === this.layers.length - 1 && isLargest(this.layer, ...this.unit.slice(1)); }

  // ---- by hand

  keyOnPicture(event) {
    if (!plain(event)) return;
    const step = STEP[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    if (step) this.change(movedPixels(this.pixels, this.get("shape"), ...step, this.empty));
    else this.pick(this.picked ?? 0);
  }

  pixelAt(event) { return at(event, this.input).map(v => Math.floor(v / this.pixel)).reverse(); }

  brush(event) {
    const next = this.pixels.slice();
    if (paint(next, this.get("shape"), ...this.pixelAt(event))) this.change(next);
  }

  drag(event) {
    const [row, column] = this.pixelAt(event), { from, pixels } = this.painting;
    const next = movedPixels(pixels, this.get("shape"), row - from[0], column - from[1], this.empty);
    if (next.some((value, k) => value !== this.pixels[k])) this.change(next);
  }

  // ---- drawing

  arrange(width) {
    const wide = this.wide = width >= 820, [, height, across] = this.get("shape");
    this.root.toggleAttribute("data-wide", wide);
    this.side = wide ? Math.min(252, Math.floor(width * 0.25)) : Math.min(252, Math.floor((width - 28) / 2));
    this.pixel = Math.max(2, Math.floor(this.side / Math.max(height, across)));
    this.room = wide ? width - 2 * this.side - 2 * 24 : width;
    this.paper = resize(this.input, this.pixel * across, this.pixel * height);
    if (this.get("classes").length) this.barPaper = resize(this.bars, this.side, 66);
    this.tilesOf = "";
  }

  drawNow() {
    if (!this.layers.length) { this.say("Waiting for the maps …"); return; }
    mark(this.tabs, this.get("layer"));
    mark(this.samples, this.picked ?? -1);
    if (this.picked === null) this.samples.firstChild.tabIndex = 0;
    this.check.checked = this.get("weighed");
    this.drawPicture();
    this.drawTiles();
    this.drawMap();
    this.drawBars();
    this.drawSum();
    const unit = unitInWords(this.layer, ...this.unit.slice(1), this.get("shape"));
    const waits = this.trouble || (this.stale ? "Waiting for the kernel: the maps are still those of the picture before." : "");
    this.say([unit, this.verdict(), waits].filter(Boolean).join(" "));
  }

  colorOf(layer) { return layer.signed ? v => diverging(v / layer.limit) : v => viridis(v / layer.limit); }

  drawPicture() {
    const [channels, height, width] = this.get("shape"), p = this.pixels, size = height * width, { paper, pixel, layer } = this;
    const color = channels === 3 ? (_, i) => [p[i], p[size + i], p[2 * size + i]] : v => [v, v, v];
    paper.imageSmoothingEnabled = false;
    paper.drawImage(raster(p.subarray(0, size), width, height, color), 0, 0, width * pixel, height * pixel);
    if (this.get("weighed") && this.weights && this.weightsOf === this.unit.join()) this.drawWeights(height, width);
    if (layer.field) {
      const [reach, jump, start] = layer.field, [, , row, column] = this.unit;
      paper.strokeStyle = "#ff9a4d";
      paper.lineWidth = 2.5;
      paper.strokeRect((start + column * jump) * pixel, (start + row * jump) * pixel, reach * pixel, reach * pixel);
    }
    this.input.setAttribute("aria-label", `The picture. Arrows move it, Home puts it back. ${this.draws.checked ? "The pointer draws." : "The pointer drags it."}`);
    this.input.style.cursor = this.draws.checked ? "crosshair" : "grab";
  }

  /** Orange where the unit weighs a pixel, the stronger the more. */
  drawWeights(height, width) {
    const most = this.weights.reduce((a, b) => Math.max(a, b), 0) || 1;
    for (let y = 0, k = 0; y < height; y++) for (let x = 0; x < width; x++, k++) {
      if (!this.weights[k]) continue;
      this.paper.fillStyle = `rgba(255, 140, 40, ${0.12 + 0.78 * this.weights[k] / most})`;
      this.paper.fillRect(x * this.pixel, y * this.pixel, this.pixel, this.pixel);
    }
  }

  drawTiles() {
    const { layer } = this, [count, rows, columns] = layer.shape, chosen = this.get("channel");
    this.tilesTitle.textContent = `${layer.name}: ${count} map${count > 1 ? "s" : ""} of ${rows} × ${columns}`;
    const key = [this.get("layer"), this.have, this.stale, this.room, this.isDark].join();
    if (key !== this.tilesOf) {
      const t = this.plan = tiling(count, rows, columns, this.room, this.wide ? 300 : 200);
      resize(this.tiles, t.across * (t.side + t.gap), t.down * (t.tall + t.gap));
      this.sheet = make("canvas");
      const paper = resize(this.sheet, t.across * (t.side + t.gap), t.down * (t.tall + t.gap)), color = this.colorOf(layer);
      paper.imageSmoothingEnabled = t.side < columns;
      paper.globalAlpha = this.stale ? 0.45 : 1;
      for (let c = 0; c < count; c++) {
        const tile = raster(layer.maps.subarray(c * rows * columns, (c + 1) * rows * columns), columns, rows, color);
        paper.drawImage(tile, ...this.tileAt(c), t.side, t.tall);
      }
      this.tilesOf = key;
    }
    const t = this.plan, paper = this.tiles.getContext("2d");
    paper.clearRect(0, 0, t.across * (t.side + t.gap), t.down * (t.tall + t.gap));
    paper.drawImage(this.sheet, 0, 0, t.across * (t.side + t.gap), t.down * (t.tall + t.gap));
    const [x, y] = this.tileAt(chosen);
    paper.strokeStyle = this.colors.accent;
    paper.lineWidth = 3;
    paper.strokeRect(x - 0.5, y - 0.5, t.side + 1, t.tall + 1);
    this.tiles.setAttribute("aria-label", `${count} maps of ${layer.name}; channel ${chosen} is chosen. Arrows choose another.`);
  }

  tileAt(c) {
    const t = this.plan;
    return [(c % t.across) * (t.side + t.gap) + t.gap / 2, Math.floor(c / t.across) * (t.tall + t.gap) + t.gap / 2];
  }

  drawMap() {
    const { layer } = this, [, rows, columns] = layer.shape, [, channel, row, column] = this.unit;
    this.cell = Math.max(1, Math.min(48, Math.floor(this.side / Math.max(rows, columns))));
    const paper = resize(this.map, columns * this.cell, rows * this.cell);
    const own = layer.maps.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    paper.imageSmoothingEnabled = false;
    paper.globalAlpha = this.stale ? 0.45 : 1;
    paper.drawImage(raster(own, columns, rows, this.colorOf(layer)), 0, 0, columns * this.cell, rows * this.cell);
    paper.globalAlpha = 1;
    for (const [color, line] of [["#fff", 4], [this.isDark ? "#c04f00" : this.colors.accent, 2]]) {
      paper.strokeStyle = color;
      paper.lineWidth = line;
      paper.strokeRect(column * this.cell + 0.5, row * this.cell + 0.5, this.cell - 1, this.cell - 1);
    }
    this.mapTitle.textContent = `Channel ${channel}, unit (${row}, ${column})`;
    this.map.setAttribute("aria-label", `The map of channel ${channel}. Point at a unit, or choose one with the arrows.`);
    this.drawScale(layer);
  }

  drawScale(layer) {
    const wide = Math.max(120, Math.min(this.side, 200)), paper = resize(this.scale, wide, 26), color = this.colorOf(layer);
    const low = layer.signed ? -layer.limit : 0;
    const ramp = Float32Array.from({ length: 64 }, (_, i) => low + (layer.limit - low) * i / 63);
    paper.drawImage(raster(ramp, 64, 1, color), 0, 0, wide, 9);
    paper.fillStyle = this.colors.soft;
    paper.font = `11px ${this.font}`;
    const marks = layer.signed ? [low, 0, layer.limit] : [0, layer.limit];
    marks.forEach((value, i) => {
      paper.textAlign = i === 0 ? "left" : i === marks.length - 1 ? "right" : "center";
      paper.fillText(short(value), wide * i / (marks.length - 1), 22);
    });
  }

  drawBars() {
    const names = this.get("classes");
    this.bars.hidden = !names.length || !this.scores;
    if (this.bars.hidden) return;
    const paper = this.barPaper, pitch = this.side / names.length, tall = 38;
    paper.clearRect(0, 0, this.side, 66);
    paper.textAlign = "center";
    paper.font = `11px ${this.font}`;
    names.forEach((name, i) => {
      paper.globalAlpha = this.stale ? 0.45 : 1;
      paper.fillStyle = this.colors.line;
      const high = this.scores[i] * tall;
      paper.fillRect(i * pitch + 2, 12 + tall - high, pitch - 4, Math.max(1, high));
      paper.fillStyle = this.colors.text;
      paper.fillText(fit(paper, name, pitch), (i + 0.5) * pitch, 63);
    });
    paper.globalAlpha = 1;
    this.bars.setAttribute("aria-label", this.verdict());
  }

  verdict() {
    if (!this.scores || !this.get("classes").length) return "";
    const best = this.scores.indexOf(Math.max(...this.scores));
    return `The model says ${this.get("classes")[best]} (${percent(this.scores[best])}).`;
  }

  below(layer) {
    if (layer.source !== -1) return { shape: this.layers[layer.source].shape, values: this.layers[layer.source].maps };
    const [low, high] = this.get("span");
    return { shape: this.get("shape"), values: Float32Array.from(this.pixels, v => low + v / 255 * (high - low)) };
  }

  /** Patch × kernel = products, with numbers where there is room, and the sum in words. */
  drawSum() {
    const { layer } = this;
    this.sum.hidden = layer.source === null;
    if (this.sum.hidden) return;
    const found = arithmetic(layer, this.below(layer), ...this.unit.slice(1)), { tall, wide, most, channels } = found;
    const cell = clamp(Math.floor((Math.min(this.width, 620) - 90) / (3 * wide)), 8, 36), gap = 30, top = 20;
    const paper = resize(this.sumCanvas, 3 * wide * cell + 2 * gap, tall * cell + top);
    const name = channels > 1 ? `patch, channel ${most}` : "patch";
    [[name, found.patch], ["kernel", found.kernel], ["products", found.products]].forEach(([title, values], k) => {
      this.drawNumbers(paper, title, values, wide, k * (wide * cell + gap), top, cell, k === 0 && layer.source === -1);
      paper.fillStyle = this.colors.text;
      paper.font = `18px ${this.font}`;
      paper.textAlign = "center";
      if (k < 2) paper.fillText("×="[k], (k + 1) * (wide * cell + gap) - gap / 2, top + tall * cell / 2 + 6);
    });
    const words = sumInWords(found);
    this.sumWords.textContent = words;
    this.sumCanvas.setAttribute("aria-label", `Patch times kernel: ${words}`);
  }

  drawNumbers(paper, title, values, wide, left, top, cell, gray) {
    const limit = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
    paper.fillStyle = this.colors.soft;
    paper.font = `12px ${this.font}`;
    paper.textAlign = "left";
    paper.fillText(fit(paper, title, wide * cell + 20), left, 13);
    const [low, high] = this.get("span");
    values.forEach((value, k) => {
      const color = gray ? Array(3).fill(Math.round(255 * (value - low) / (high - low))) : diverging(value / limit);
      const [x, y] = [left + (k % wide) * cell, top + Math.floor(k / wide) * cell];
      paper.fillStyle = `rgb(${color})`;
      paper.fillRect(x, y, cell, cell);
      if (cell < 26) return;
      paper.fillStyle = 0.3 * color[0] + 0.6 * color[1] + 0.1 * color[2] < 128 ? "#fff" : "#1f2328";
      paper.font = `11px ${this.font}`;
      paper.textAlign = "center";
      paper.fillText(value.toFixed(2), x + cell / 2, y + cell / 2 + 4);
    });
    paper.strokeStyle = this.colors.edge;
    paper.lineWidth = 1;
    paper.strokeRect(left + 0.5, top + 0.5, wide * cell - 1, values.length / wide * cell - 1);
  }

  remove() {
    super.remove();
    this.asker.stop();
  }
}

export default { render: context => new FeatureView(context).start() };
