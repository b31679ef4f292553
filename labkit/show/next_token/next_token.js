// The next-token explorer: type a text, see what comes next under three dials, choose a token, look at the attention.
// The kernel reads a text and sends logits and attention once; dials, heads and pointing need it no more.

import { Asker } from "../kit/asker.js";
import { calm, choices, make, mark, slide, slider } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { moved, ownBytes, percent, short } from "../kit/values.js";
import {
  describeLook, describeNext, drawable, filtered, pick, ranked, rowOf, stepOf, temperatureAt, visible,
} from "./data.js";

const BARS = 12, KS = [0, 1, 2, 5, 10, 20, 50, 100], PAUSE = 90, ON = 60;

class NextToken extends Stage {
  constructor(context) {
    super(context, "next-token", "Next-token explorer");
    this.first = this.get("text");
    this.left = 0; // tokens still to be written
    this.asker = new Asker(this.model, () => this.arrived(), words => { this.halt(); this.trouble = words; this.draw(); });
    this.build();
    this.take();
  }

  begin() {
    this.hear(["logits", "tokens", "weights"], () => { this.take(); this.draw(); });
    this.hear(["text"], () => { if (!this.typing) this.box.value = this.get("text"); });
    return this.start(["temperature", "k", "p", "layer", "head", "place"]);
  }

  /** Whether what is on its way was typed: then the box knows better than the kernel. */
  get typing() { return [this.asker.flying, this.asker.next].some(question => question && "text" in question); }
  get here() { const place = this.get("place"); return place < 0 || place >= this.texts.length ? this.texts.length - 1 : place; }

  /** Take what the kernel sent; on Colab bytes may come after the widget. */
  take() {
    const bytes = name => (this.get(name)?.byteLength ? ownBytes(this.get(name)) : new Uint8Array());
    this.names = this.get("names");
    this.texts = this.get("tokens").map(token => visible(this.names[token]));
    this.logits = new Float32Array(bytes("logits").buffer);
    this.given = new Float32Array(bytes("given").buffer);
    this.roots = bytes("weights");
    const [layers, heads] = this.get("size");
    this.ready = this.logits.length > 0 && this.roots.length === layers * heads * this.texts.length ** 2;
    if (this.ready) this.order = ranked(this.logits);
  }

  // ---- the page

  build() {
    const top = make("label", "lk-prompt", {}, this.body, "Your text");
    this.box = make("textarea", "", { rows: 3, spellcheck: "false", tabindex: 0 }, top);
    this.box.value = this.get("text");
    this.box.addEventListener("input", () => { this.halt(); this.ask({ text: this.box.value }); });
    this.buildButtons(make("div", "lk-bar", {}, this.body));
    const columns = make("div", "lk-columns", {}, this.body), left = make("div", "lk-next", {}, columns);
    make("div", "lk-title", {}, left, "Next token: click one to write it");
    this.buildDials(make("div", "lk-dials", {}, left));
    this.list = make("div", "lk-list", { role: "group", "aria-label": "Likeliest next tokens" }, left);
    this.bars = Array.from({ length: BARS }, (_, n) => this.bar(n));
    this.buildAttention(make("div", "lk-behind", {}, columns));
  }

  buildButtons(bar) {
    const button = (text, act) => {
      const made = make("button", "lk-button", { type: "button" }, bar, text);
      made.addEventListener("click", act);
      return made;
    };
    this.go = button("Write on", () => (this.left ? this.halt() : this.writeOn()));
    button("Take one back", () => { this.halt(); if (this.texts.length > 1) this.ask({ back: true }); });
    button("Start again", () => { this.halt(); this.box.value = this.first; this.ask({ text: this.first }); });
  }

  buildDials(box) {
    const dial = (name, range, write, value) => {
      const input = slider(box, name, range, write);
      input.addEventListener("input", () => this.set(value(Number(input.value))));
      return input;
    };
    this.heat = dial("temperature", { min: -16, max: 16, value: 0 }, n => String(temperatureAt(n)), n => ({ temperature: temperatureAt(n) }));
    this.most = dial("top-k", { min: 0, max: KS.length - 1, value: 0 }, n => (n ? String(KS[n]) : "all"), n => ({ k: KS[n] }));
    this.share = dial("top-p", { min: 0, max: 20, value: 20 }, n => (n / 20).toFixed(2), n => ({ p: n / 20 }));
  }

  /** One row: the token's name, what the model gives it (a mark), what is left of it under the dials (a bar). */
  bar(n) {
    const row = make("button", "lk-row", { type: "button", tabindex: n ? -1 : 0 }, this.list);
    const [name, track, number] = ["lk-name", "lk-track", "lk-share"].map(kind => make("span", kind, {}, row));
    const parts = { row, name, number, fill: make("span", "lk-fill", {}, track), tick: make("span", "lk-tick", {}, track) };
    row.addEventListener("click", () => { this.halt(); this.append(this.order[n]); });
    row.addEventListener("keydown", event => {
      const to = moved(event.key, n, Math.min(BARS, this.order.length));
      if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.bars.forEach((bar, i) => { bar.row.tabIndex = i === to ? 0 : -1; });
      this.bars[to].row.focus();
    });
    return parts;
  }

  buildAttention(box) {
    make("div", "lk-title", {}, box, "Attention behind it: point at a token");
    const bar = make("div", "lk-bar", {}, box), [layers, heads] = this.get("size");
    const group = (word, count, trait) => {
      const label = make("span", "lk-group", {}, bar, word);
      const names = Array.from({ length: count }, (_, n) => String(n));
      return choices(label, word, names, n => this.set({ [trait]: n }));
    };
    this.layers = group("layer", layers, "layer");
    this.heads = group("head", heads, "head");
    this.strip = make("div", "lk-strip", { role: "listbox", "aria-label": "Tokens of the text, with where the chosen one looks", tabindex: 0 }, box);
    this.strip.addEventListener("keydown", event => {
      const to = moved(event.key, this.here, this.texts.length);
      if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.set({ place: to });
    });
    this.strip.addEventListener("pointermove", event => {
      const chip = event.target.closest(".lk-chip");
      if (chip) this.set({ place: Number(chip.dataset.place) });
    });
    this.strip.addEventListener("pointerleave", () => this.set({ place: -1 }));
    this.chips = [];
  }

  // ---- what happens

  ask(question) {
    this.trouble = "";
    this.asker.ask(question);
  }

  append(token) { this.ask({ append: token }); }

  writeOn() {
    this.left = ON;
    this.draw();
    this.writeOne();
  }

  /** Draw a token under the dials, as `draw` does in Python, and ask what comes after it. */
  writeOne() {
    if (!this.left || !this.ready) return;
    this.left--;
    const drawn = filtered(this.logits, this.order, this.get("temperature"), this.get("k"), this.get("p"));
    this.append(this.order[pick(drawn, Math.random())]);
  }

  arrived() {
    if (this.left) this.timer = setTimeout(() => this.root.isConnected && this.writeOne(), calm() ? 8 * PAUSE : PAUSE);
    this.draw();
  }

  halt() {
    clearTimeout(this.timer);
    this.left = 0;
    this.draw();
  }

  // ---- drawing

  arrange(width) { this.root.classList.toggle("lk-narrow", width < 760); }

  drawNow() {
    this.go.textContent = this.left ? "Stop" : "Write on";
    if (this.trouble) { this.say(this.trouble); return; }
    if (!this.ready) { this.say("Waiting for the model."); return; }
    const { temperature, k, p } = Object.fromEntries(["temperature", "k", "p"].map(name => [name, this.get(name)]));
    this.showDials(temperature, k, p);
    const plain = filtered(this.logits, this.order), drawn = filtered(this.logits, this.order, temperature, k, p);
    this.bars.forEach((bar, n) => this.drawBar(bar, n, plain[n], drawn[n]));
    mark(this.layers, this.get("layer"));
    mark(this.heads, this.get("head"));
    const row = rowOf(this.roots, this.get("size"), this.texts.length, this.get("layer"), this.get("head"), this.here);
    this.drawStrip(row);
    this.say(`${describeNext(this.names, this.order, drawn)} Layer ${this.get("layer")}, head ${this.get("head")}: ${describeLook(this.texts, row, this.here, this.given)}`);
  }

  reached() {
    if (!this.ready || this.trouble) return false;
    return drawable(filtered(this.logits, this.order, this.get("temperature"), this.get("k"), this.get("p"))) === 2;
  }

  showDials(temperature, k, p) {
    slide(this.heat, stepOf(temperature));
    this.heat.words.textContent = short(temperature);
    slide(this.most, KS.findLastIndex(value => value <= k));
    this.most.words.textContent = k ? String(k) : "all";
    slide(this.share, Math.round(20 * p));
    this.share.words.textContent = p.toFixed(2);
  }

  drawBar({ row, name, number, fill, tick }, n, plain, drawn) {
    row.hidden = plain === undefined;
    if (row.hidden) return;
    const text = visible(this.names[this.order[n]]);
    name.textContent = text;
    number.textContent = drawn ? percent(drawn) : "cut";
    fill.style.width = `${100 * drawn}%`;
    tick.style.left = `${100 * plain}%`;
    row.toggleAttribute("data-cut", !drawn);
    row.setAttribute("aria-label", `${text}: ${drawn ? percent(drawn) : "cut"}. Write it.`);
  }

  /** A chip for each token: its text, below it how much the chosen one looks at it. */
  drawStrip(row) {
    while (this.chips.length > this.texts.length) this.chips.pop().chip.remove();
    while (this.chips.length < this.texts.length) {
      const chip = make("span", "lk-chip", { role: "option", id: `${this.id}-${this.chips.length}` }, this.strip);
      chip.dataset.place = this.chips.length;
      const text = make("span", "lk-token", {}, chip), meter = make("span", "lk-meter", {}, chip);
      this.chips.push({ chip, text, fill: make("span", "lk-weight", {}, meter) });
    }
    this.chips.forEach(({ chip, text, fill }, j) => {
      text.textContent = this.texts[j];
      fill.style.height = `${100 * row[j]}%`;
      chip.setAttribute("aria-selected", j === this.here);
      chip.setAttribute("aria-label", `${this.texts[j]}, ${percent(row[j])}`);
      chip.toggleAttribute("data-later", j > this.here);
    });
    this.strip.setAttribute("aria-activedescendant", `${this.id}-${this.here}`);
  }

  remove() {
    this.halt();
    super.remove();
    this.asker.stop();
  }
}

export default { render: context => new NextToken(context).begin() };
