// The attention explorer: everything that moves, moves here; the kernel only hears what was chosen.

import { viridis } from "../kit/colors.js";
import { at, fit, make, raster, resize } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { clamp, moved, ownBytes, percent } from "../kit/values.js";
import {
  colorOf, decode, describeCell, describeKey, describeQuery, entropy, headOf, layout, looksBack, meanEntropy,
  mostEntropy, mostEven, movedTile, top, unpack,
} from "./data.js";

const HEADING = 20; // pixels above the first row that hold "query", "key"

/** One head as a picture with one pixel per cell. */
const cells = (weights, queries, keys, mask, gray) =>
  raster(weights, keys, queries, (w, at) => mask && !mask[at] ? gray : colorOf(w));

class AttentionView extends Stage {
  key = null; // the key under the pointer or the arrows: not told to the kernel
  mode = "query"; // "query": where a token looks; "key": who looks at a token; "cell": one of the two to the other

  constructor(context) {
    super(context, "attention", "Attention explorer");
    this.build();
  }

  begin() {
    this.read();
    this.listen();
    return this.start(["panel", "layer", "head", "token", "locked", "show_mask"]);
  }

  // ---- what is shown

  get panel() { return this.panels.find(panel => panel.name === this.get("panel")) ?? this.panels[0]; }
  get weights() { return headOf(this.panel, this.get("layer"), this.get("head")); }
  get mask() { return this.get("show_mask") ? this.panel.mask : null; }

  reached() {
    if (!this.panels?.length) return false;
    const { panel } = this;
    if (this.get("aim") === "even") return mostEven(panel, this.get("layer"), this.get("head"));
    return panel.queries.length === panel.keys.length && looksBack(this.weights, panel.keys.length);
  }

  row(i) { return this.weights.subarray(i * this.panel.keys.length, (i + 1) * this.panel.keys.length); }
  column(j) { return Float32Array.from(this.panel.queries, (_, i) => this.weights[i * this.panel.keys.length + j]); }

  choose(values) {
    const [layers, heads, queries] = (this.panels.find(p => p.name === values.panel) ?? this.panel).shape;
    const limits = { layer: layers, head: heads, token: queries };
    if ("panel" in values) values = { layer: this.get("layer"), head: this.get("head"), token: this.get("token"), ...values };
    const clamped = ([name, value]) => [name, name in limits ? clamp(value, 0, limits[name] - 1) : value];
    this.set(Object.fromEntries(Object.entries(values).map(clamped)));
  }

  /** Point at a query, a key, or both; a locked token stays. */
  point(i, j, mode) {
    [this.key, this.mode] = [j, mode];
    if (i !== null && !this.get("locked")) this.choose({ token: i });
    else this.draw();
  }

  lock(i) {
    const again = this.get("locked") && this.get("token") === i;
    this.choose({ token: i, locked: !again });
  }

  // ---- the page

  build() {
    const bar = make("div", "lk-bar", {});
    this.body.before(bar);
    this.tabs = make("div", "lk-tabs", { role: "radiogroup", "aria-label": "Which attention" }, bar);
    const label = this.switch = make("label", "lk-switch", {}, bar);
    this.check = make("input", "", { type: "checkbox" }, label);
    label.append("show the mask");
    const heads = make("div", "lk-heads", {}, this.body);
    this.headsTitle = make("div", "lk-title", {}, heads);
    this.tiles = make("div", "lk-tiles", { role: "radiogroup", "aria-label": "Layer and head; arrows choose" }, heads);
    const one = make("div", "lk-one", {}, this.body);
    this.title = make("div", "lk-title", {}, one);
    this.title.append(make("span"), make("span", "lk-gauge", { "aria-hidden": "true" }), make("span", "lk-number"));
    make("span", "", {}, this.title.children[1]);
    this.stage = make("div", "lk-stage", {}, one);
    this.heat = make("canvas", "lk-heat", { role: "img" }, this.stage);
    this.queries = this.list("t", "query", "Query tokens: arrows choose, Enter locks, Escape unlocks");
    this.lines = make("canvas", "lk-lines", { "aria-hidden": "true" }, this.stage);
    this.keys = this.list("s", "key", "Key tokens: arrows show who looks at one");
    const scale = make("div", "lk-scale", { "aria-hidden": "true" }, one);
    scale.append("weight");
    this.scale = make("canvas", "", {}, scale);
    this.legend = make("span", "lk-legend", {}, scale);
    this.legend.append(make("i"), "masked: may not look");
    this.back = make("canvas"); // the head with everything that does not follow the pointer
  }

  list(letter, heading, label) {
    const box = make("div", `lk-list lk-${heading}`, {}, this.stage);
    make("div", "lk-heading", { "aria-hidden": "true" }, box).textContent = `${heading} ${letter}`;
    return make("div", "lk-tokens", { role: "listbox", tabindex: 0, "aria-label": label }, box);
  }

  /** Take the weights; on Colab they may come after the widget. */
  read() {
    const weights = this.get("weights"), masks = this.get("masks");
    this.panels = [];
    if (!weights?.byteLength) { this.say("Waiting for the weights …"); return; }
    this.panels = unpack(this.get("panels"), decode(ownBytes(weights), this.get("encoding")), ownBytes(masks));
    this.fill();
  }

  /** Everything that depends on the panel: tabs, tiles, tokens. */
  fill() {
    const panel = this.panel, [layers, heads] = panel.shape;
    this.filled = panel.name;
    this.tabs.replaceChildren();
    this.tabs.hidden = this.panels.length < 2;
    for (const { name } of this.panels) {
      const on = name === panel.name;
      const tab = make("button", "", { role: "radio", "aria-checked": on, tabindex: on ? 0 : -1 }, this.tabs);
      tab.textContent = name;
      tab.onclick = () => this.choose({ panel: name });
    }
    this.switch.hidden = !panel.mask;
    this.most = mostEntropy(panel);
    this.headsTitle.textContent = `All heads: ${layers} layer${layers > 1 ? "s" : ""} × ${heads} head${heads > 1 ? "s" : ""}`;
    this.fillTiles(layers, heads);
    this.fillTokens(this.queries, panel.queries);
    this.fillTokens(this.keys, panel.keys);
    if (this.width) this.arrange(this.width);
  }

  fillTiles(layers, heads) {
    this.tiles.replaceChildren();
    this.tiles.style.gridTemplateColumns = `auto repeat(${heads}, minmax(0, 1fr))`;
    for (let layer = 0; layer < layers; layer++) {
      make("span", "lk-layer", { "aria-hidden": "true" }, this.tiles).textContent = `L${layer}`;
      for (let head = 0; head < heads; head++) {
        const bits = meanEntropy(headOf(this.panel, layer, head), this.panel.keys.length);
        const label = `layer ${layer}, head ${head}, entropy ${bits.toFixed(1)} of ${this.most.toFixed(1)} bits`;
        const tile = make("button", "lk-tile", { role: "radio", "aria-label": label, title: label }, this.tiles);
        const gauge = make("span", "lk-gauge", { "aria-hidden": "true" });
        make("span", "", {}, gauge).style.width = `${100 * bits / Math.max(this.most, 1e-9)}%`;
        const number = make("small", "", { "aria-hidden": "true" });
        number.textContent = bits.toFixed(1);
        tile.append(make("canvas"), gauge, number);
        Object.assign(tile, { layer, head, onclick: () => this.choose({ layer, head }) });
      }
    }
    make("span", "", { "aria-hidden": "true" }, this.tiles);
    for (let head = 0; head < heads; head++) {
      make("span", "lk-layer", { "aria-hidden": "true" }, this.tiles).textContent = `H${head}`;
    }
  }

  fillTokens(list, tokens) {
    list.replaceChildren(...tokens.map((token, i) => {
      const option = make("div", "", { role: "option", id: `${this.id}-${list === this.keys ? "s" : "t"}${i}`, title: token });
      if (list === this.keys) make("i", "", {}, option);
      make("span", "lk-name", {}, option).textContent = token;
      if (list === this.keys) make("b", "", {}, option);
      return option;
    }));
  }

  // ---- sizes

  /** Fit the page to the width at hand. */
  arrange(width) {
    if (!this.panels.length) return;
    const measure = this.lines.getContext("2d"), { queries, keys } = this.panel;
    measure.font = `600 13px ${this.font}`;
    const widest = tokens => Math.max(...tokens.map(token => measure.measureText(token).width)) + 10;
    const at = this.at = layout(width, queries.length, keys.length, widest(queries), widest(keys));
    this.top = Math.ceil(Math.min(96, Math.max(HEADING, widest(keys))));
    this.root.classList.toggle("lk-wide", at.wide);
    this.root.style.setProperty("--lk-pitch", `${at.pitch}px`);
    this.root.style.setProperty("--lk-top", `${this.top}px`);
    this.root.style.setProperty("--lk-font", `${Math.min(13, at.pitch - 1.5)}px`);
    this.root.style.setProperty("--lk-heads", `${at.tiles}px`);
    this.tiles.style.maxWidth = `${26 + 78 * this.panel.shape[1]}px`;
    this.queries.parentElement.style.width = `${at.query}px`;
    this.keys.parentElement.style.width = `${at.key}px`;
    this.repaint();
  }

  /** Draw again everything that a theme, a size, a panel or the mask changes. */
  repaint() {
    this.gray = this.colors.hidden.match(/\w\w/g).map(hex => parseInt(hex, 16));
    for (const tile of this.tiles.querySelectorAll(".lk-tile")) this.paintTile(tile);
    this.paintScale();
    this.painted = null;
    this.draw();
  }

  paintTile(tile) {
    const [, , queries, keys] = this.panel.shape, canvas = tile.firstElementChild;
    [canvas.width, canvas.height] = [keys, queries];
    const picture = cells(headOf(this.panel, tile.layer, tile.head), queries, keys, this.mask, this.gray);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    tile.classList.toggle("lk-small", this.at.tiles / this.panel.shape[1] < 38);
  }

  paintScale() {
    const width = 180, context = resize(this.scale, width + 16, 24);
    for (let x = 0; x < width; x++) {
      context.fillStyle = `rgb(${viridis(x / width)})`;
      context.fillRect(8 + x, 0, 1, 8);
    }
    context.font = `10px ${this.font}`;
    context.fillStyle = this.colors.text;
    context.textAlign = "center";
    for (const w of [0, 0.05, 0.25, 0.5, 1]) context.fillText(w, 8 + width * Math.sqrt(w), 20);
    this.legend.hidden = !this.mask;
  }

  // ---- drawing

  drawNow() {
    if (!this.panels.length) return;
    if (this.panel.name !== this.filled) { this.key = null; this.mode = "query"; this.fill(); return; }
    const i = this.get("token"), state = `${this.get("layer")} ${this.get("head")} ${this.get("show_mask")}`;
    if (this.painted !== state) {
      if (this.painted && !this.painted.endsWith(String(this.get("show_mask")))) { this.painted = null; this.repaint(); return; }
      this.painted = state;
      this.paintBack();
      this.markHead();
    }
    this.drawHeat(i);
    this.drawTokens(i);
    this.drawLines(i);
    const words = this.mode === "key" ? describeKey(this.panel, this.column(this.key), this.key)
      : this.mode === "cell" ? describeCell(this.panel, this.weights, i, this.key) : describeQuery(this.panel, this.row(i), i);
    this.say(words + (this.get("locked") ? " Locked: Escape unlocks." : ""));
    const where = `${this.panel.name}, layer ${this.get("layer")}, head ${this.get("head")}`;
    this.heat.setAttribute("aria-label", `Heat map of ${where}. ${words}`);
  }

  /** Title, tabs, tiles and switch: what is chosen. */
  markHead() {
    const layer = this.get("layer"), head = this.get("head"), bits = meanEntropy(this.weights, this.panel.keys.length);
    const [name, gauge, number] = this.title.children;
    name.textContent = `Layer ${layer}, head ${head}`;
    gauge.firstChild.style.width = `${100 * bits / Math.max(this.most, 1e-9)}%`;
    number.textContent = `entropy ${bits.toFixed(2)} of ${this.most.toFixed(2)} bits`;
    this.check.checked = this.get("show_mask");
    for (const tile of this.tiles.querySelectorAll(".lk-tile")) {
      const on = tile.layer === layer && tile.head === head;
      tile.setAttribute("aria-checked", on);
      tile.tabIndex = on ? 0 : -1;
    }
  }

  /** The heat map without marks, on a canvas of its own. */
  paintBack() {
    const { heat, pitch } = this.at, { queries, keys, mask } = this.panel;
    const height = queries.length * pitch, cell = heat / keys.length;
    const context = resize(this.back, heat, this.top + height);
    context.imageSmoothingEnabled = false;
    context.drawImage(cells(this.weights, queries.length, keys.length, this.mask, this.gray), 0, this.top, heat, height);
    if (this.mask) this.hatch(context, mask, keys.length, cell, pitch);
    context.fillStyle = this.colors.text;
    context.font = `${Math.min(12, Math.max(10, cell))}px ${this.font}`;
    context.textBaseline = "middle";
    const every = Math.ceil(11 / cell);
    keys.forEach((token, j) => {
      if (j % every) return;
      context.save();
      context.translate(Math.max(6, (j + 0.5) * cell), this.top - 5);
      context.rotate(-Math.PI / 2);
      context.fillText(fit(context, token, this.top - 6), 0, 0);
      context.restore();
    });
    resize(this.heat, heat, this.top + height + 2);
    resize(this.lines, this.at.lines, this.top + Math.max(queries.length, keys.length) * pitch);
  }

  hatch(context, mask, keys, cell, pitch) {
    context.save();
    context.beginPath();
    mask.forEach((may, at) => may || context.rect((at % keys) * cell, this.top + Math.floor(at / keys) * pitch, cell, pitch));
    context.clip();
    context.strokeStyle = this.colors.hatch;
    context.lineWidth = 1;
    context.beginPath();
    const width = keys * cell, height = mask.length / keys * pitch;
    for (let x = -height; x < width; x += 6) {
      context.moveTo(x, this.top + height);
      context.lineTo(x + height, this.top);
    }
    context.stroke();
    context.restore();
  }

  drawHeat(i) {
    const { heat, pitch } = this.at, { queries, keys } = this.panel, context = this.heat.getContext("2d");
    const cell = heat / keys.length, height = queries.length * pitch;
    context.clearRect(0, 0, heat, this.top + height + 2);
    context.drawImage(this.back, 0, 0, heat, this.top + height);
    const frame = (x, y, w, h) => {
      for (const [color, line] of [["#000", 3], ["#fff", 1.5]]) {
        Object.assign(context, { strokeStyle: color, lineWidth: line });
        context.strokeRect(x + 1.5, y - 0.5, w - 3, h + 1); // around the row, so that its cells stay in sight
      }
    };
    if (this.mode !== "key") frame(0, this.top + i * pitch, heat, pitch);
    if (this.mode === "key") frame(this.key * cell, this.top, Math.max(cell, 6), height);
    if (this.mode === "cell") frame(this.key * cell, this.top + i * pitch, Math.max(cell, 6), pitch);
  }

  drawTokens(i) {
    const keyMode = this.mode === "key", row = this.row(i), column = keyMode ? this.column(this.key) : null;
    const open = j => !this.panel.mask || this.panel.mask[i * this.panel.keys.length + j];
    [...this.queries.children].forEach((option, q) => {
      option.setAttribute("aria-selected", q === i);
      option.classList.toggle("lk-on", keyMode ? column[q] >= 0.1 : q === i);
      option.classList.toggle("lk-locked", q === i && this.get("locked"));
    });
    [...this.keys.children].forEach((option, j) => {
      const w = keyMode ? 0 : row[j], [bar, , number] = option.children;
      option.setAttribute("aria-selected", j === this.key);
      option.classList.toggle("lk-on", keyMode ? j === this.key : j === this.key || w >= 0.1);
      option.classList.toggle("lk-closed", !keyMode && !open(j));
      bar.style.transform = `scaleX(${w})`;
      number.textContent = !keyMode && w >= 0.005 ? percent(w) : "";
    });
    this.queries.setAttribute("aria-activedescendant", `${this.id}-t${i}`);
    if (this.key === null) this.keys.removeAttribute("aria-activedescendant");
    else this.keys.setAttribute("aria-activedescendant", `${this.id}-s${this.key}`);
  }

  drawLines(i) {
    const { lines: width, pitch } = this.at, context = this.lines.getContext("2d"), y = n => this.top + (n + 0.5) * pitch;
    context.clearRect(0, 0, width, this.lines.height);
    context.strokeStyle = this.colors.line;
    context.lineCap = "round";
    const stroke = (from, to, w, weak) => {
      if (w < 0.004) return;
      context.globalAlpha = weak ? 0.15 : 0.12 + 0.88 * Math.sqrt(w);
      context.lineWidth = 0.75 + 6 * w;
      context.beginPath();
      context.moveTo(4, y(from));
      context.bezierCurveTo(width * 0.45, y(from), width * 0.55, y(to), width - 4, y(to));
      context.stroke();
    };
    if (this.mode === "key") this.column(this.key).forEach((w, q) => stroke(q, this.key, w));
    else this.row(i).forEach((w, j) => stroke(i, j, w, this.mode === "cell" && j !== this.key));
    context.globalAlpha = 1;
  }

  // ---- what people do

  listen() {
    const rowAt = (event, list) => {
      const box = list.getBoundingClientRect();
      const row = Math.floor((event.clientY - box.top) / box.height * list.children.length);
      return Math.min(list.children.length - 1, Math.max(0, row));
    };
    const cellAt = event => {
      const box = this.heat.getBoundingClientRect(), { queries, keys } = this.panel, cell = this.at.heat / keys.length;
      const i = Math.floor((event.clientY - box.top - this.top) / this.at.pitch);
      return [i, Math.min(keys.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / cell)))];
    };
    this.queries.addEventListener("pointermove", event => this.point(rowAt(event, this.queries), null, "query"));
    this.queries.addEventListener("click", event => this.lock(rowAt(event, this.queries)));
    this.keys.addEventListener("pointermove", event => this.point(null, rowAt(event, this.keys), "key"));
    this.heat.addEventListener("pointermove", event => {
      const [i, j] = cellAt(event);
      if (i < 0) this.point(null, j, "key");
      else if (i < this.panel.queries.length) this.point(i, j, this.get("locked") && i !== this.get("token") ? "query" : "cell");
    });
    this.heat.addEventListener("click", event => cellAt(event)[0] >= 0 && this.lock(cellAt(event)[0]));
    for (const part of [this.heat, this.keys]) part.addEventListener("pointerleave", () => this.point(null, null, "query"));
    this.keys.addEventListener("focus", () => this.point(null, this.key ?? 0, "key"));
    this.keys.addEventListener("blur", () => this.point(null, null, "query"));
    this.check.addEventListener("change", () => this.choose({ show_mask: this.check.checked }));
    this.root.addEventListener("keydown", event => this.press(event));
    this.hear(["weights"], () => this.read());
  }

  press(event) {
    const { target, key } = event, list = target.getAttribute("role");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Escape") this.choose({ locked: false });
    else if (target === this.queries) this.pressQuery(event);
    else if (target === this.keys) {
      const to = moved(key, this.key ?? 0, this.panel.keys.length);
      if (to === null) return;
      this.point(null, to, "key");
    } else if (list === "radio") this.pressRadio(event);
    else return;
    if (key !== "Enter" && key !== " " && key !== "Tab") event.preventDefault();
  }

  pressQuery(event) {
    const to = moved(event.key, this.get("token"), this.panel.queries.length);
    if (to !== null) { [this.key, this.mode] = [null, "query"]; this.choose({ token: to }); }
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.lock(this.get("token")); }
  }

  pressRadio(event) {
    const { target, key } = event;
    if (target.parentElement === this.tabs) {
      const tabs = [...this.tabs.children], to = moved(key, tabs.indexOf(target), tabs.length);
      if (to === null) return;
      this.choose({ panel: this.panels[to].name });
      this.drawNow(); // the tabs are new now, and the focus moves along
      this.tabs.children[to].focus();
    } else {
      const to = movedTile(key, [target.layer, target.head], this.panel.shape);
      if (!to) return;
      this.choose({ layer: to[0], head: to[1] });
      [...this.tiles.querySelectorAll(".lk-tile")].find(tile => tile.layer === to[0] && tile.head === to[1]).focus();
    }
  }
}

export default { render: context => new AttentionView(context).begin() };
