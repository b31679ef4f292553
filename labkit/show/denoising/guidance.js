// Samples of a class at several guidance weights.

import { Asker } from "../kit/asker.js";
import { at, choices, make, mark, resize, slide, slider } from "../kit/elements.js";
import { moved, ownBytes, percent, short } from "../kit/values.js";
import { firstWithin, imageAt, tile, variety } from "./data.js";
import { Album, framed, GAP, LEFT, onArrows, write } from "./parts.js";

const ASK = "draw new samples";

export class GuidanceView {
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

  /** The least weight at which nine of ten samples of the class are recognized. */
  reached() {
    const { recognized } = this.stage.get("guidance"), label = this.stage.get("label");
    return recognized.length > 0 && firstWithin(recognized.map(row => row[label]), this.stage.get("weight"), 0.9, -1);
  }

  stop() { this.asker.stop(); }
}
