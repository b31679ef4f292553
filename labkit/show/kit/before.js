// What explorers shared before the kit was divided: those that are not yet ported stand on it.

import { lifeOf } from "./life.js";

// ------------------------------------------------------------------------------------------------- colors

const VIRIDIS = [
  [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137],
  [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37],
];
const BLUE_ORANGE = [[0, 73, 122], [91, 163, 208], [247, 247, 247], [232, 150, 60], [138, 59, 0]]; // style.py's DIVERGING

// Ten classes (Okabe and Ito's colors, and three more), each with a neighbor that differs in lightness. Always with labels.
export const CLASSES = [
  "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A6D00", "#7B52C7", "#6B6B6B", "#C23B68",
];

export function between(stops, x) {
  const place = Math.min(1, Math.max(0, x)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return stops[below].map((c, k) => Math.round(c + (place - below) * (stops[below + 1][k] - c)));
}

/** Color (red, green, blue) of a magnitude between 0 and 1. */
export const viridis = x => between(VIRIDIS, x);

/** Color (red, green, blue) of a number between -1 (blue) and 1 (orange), white at zero. */
export const diverging = x => between(BLUE_ORANGE, (x + 1) / 2);

// ---------------------------------------------------------------------------------- bytes, numbers and keys

/** A DataView or a typed array that looks into a larger buffer, as bytes of its own. */
export function ownBytes(view) {
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** The float32 numbers in a trait of bytes. */
export const floats = view => new Float32Array(ownBytes(view).buffer);

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

export const percent = w => (w > 0 && w < 0.005 ? "<1 %" : `${Math.round(100 * w)} %`);

/** A number in three digits. */
export const short = value => Number.isFinite(value) ? String(+value.toPrecision(3)) : "not a number";

/** The index after a key press in a list of `size`; null if the key is none of the list's. */
export function moved(key, index, size) {
  const to = { ArrowUp: index - 1, ArrowLeft: index - 1, ArrowDown: index + 1, ArrowRight: index + 1, Home: 0,
    End: size - 1, PageUp: index - 8, PageDown: index + 8 }[key];
  return to === undefined ? null : clamp(to, 0, size - 1);
}

/** About `count` round numbers between two values. */
export function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) found.push(+(n * step).toPrecision(12));
  return found;
}

// ------------------------------------------------------------------------------------------------ elements

/** An element with class, attributes and parent; one that takes the focus keeps its keys from the notebook. */
export function make(tag, className, attributes = {}, parent = null, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  // Notebook 7 takes keys before the page sees them: every element that takes the focus has to say so itself.
  if ("tabindex" in attributes || ["button", "input", "select"].includes(tag)) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  parent?.append(element);
  return element;
}

/** A labelled slider; `write(value)` gives the words beside it. Returns the input; set its value with `slide`. */
export function slider(parent, label, { min, max, step = 1, value }, write = String) {
  const box = make("label", "lk-slider", {}, parent, label);
  const input = make("input", "", { type: "range", min, max, step }, box);
  input.words = make("output", "lk-number", {}, box);
  input.write = write;
  input.addEventListener("input", () => slide(input, Number(input.value)));
  slide(input, value);
  return input;
}

export function slide(input, value) {
  input.value = value;
  input.words.textContent = input.write(Number(input.value));
}

/** A radio group of buttons, arrows choose; `mark(group, index)` shows which one is chosen. */
export function choices(parent, label, names, onchoose) {
  const group = make("div", "lk-tabs", { role: "radiogroup", "aria-label": label }, parent);
  names.forEach((name, i) => {
    make("button", "", { role: "radio", type: "button" }, group, name).addEventListener("click", () => onchoose(i));
  });
  group.addEventListener("keydown", event => {
    const to = moved(event.key, [...group.children].indexOf(event.target), names.length);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onchoose(to);
    group.children[to]?.focus();
  });
  mark(group, 0);
  return group;
}

export function mark(group, index) {
  [...group.children].forEach((button, i) => {
    button.setAttribute("aria-checked", i === index);
    button.tabIndex = i === index ? 0 : -1;
  });
}

/** A canvas as sharp as the screen; draw on it in CSS pixels. */
export function resize(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A small canvas with one pixel for each value; `colorOf(value, index)` gives red, green, blue. */
export function raster(values, width, height, colorOf) {
  const canvas = make("canvas"), context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [width, height];
  const image = context.createImageData(width, height);
  values.forEach((value, at) => {
    image.data.set(colorOf(value, at), 4 * at);
    image.data[4 * at + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A text cut to a width in pixels. */
export function fit(context, text, width) {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > width) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** Where a pointer is on an element, in CSS pixels from its upper left corner. */
export function at(event, element) {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// --------------------------------------------------------------------------------------------------- Stage

let stages = 0;

/**
 * The root of an explorer. Extend it: build your elements in the constructor, then call `this.start()`.
 * `arrange(width)` fits sizes to the width at hand (called first, and when size or theme change); `drawNow()` draws.
 * `this.draw()` asks for a drawing in the next frame, `this.say(words)` tells what is seen, `this.set({trait: value})`
 * tells the kernel, `this.colors` has the theme's colors by name, `this.body` is where your elements go.
 */
export class Stage {
  constructor({ model, el }, name, label) {
    Object.assign(this, { model, frame: 0, width: 0, heard: [], id: `lk-${name}-${++stages}` });
    this.root = make("div", `lk-explorer lk-${name}`, { role: "group", "aria-label": label }, el);
    this.body = make("div", "lk-body", {}, this.root);
    this.words = make("p", "lk-say", { "aria-live": "polite" }, this.root);
  }

  arrange() {}
  drawNow() {}

  get = name => this.model.get(name);

  /** Set traits and tell the kernel what has changed. Values other than numbers, strings and booleans always count. */
  set(values) {
    const changed = Object.entries(values).filter(([name, value]) => this.get(name) !== value);
    for (const [name, value] of changed) this.model.set(name, value);
    if (changed.length) this.model.save_changes();
    this.draw();
  }

  say(words) { if (this.words.textContent !== words) this.words.textContent = words; }

  /** Call back when one of these traits changes, until the explorer is gone. */
  hear(names, callback) {
    for (const name of names) {
      this.model.on(`change:${name}`, callback);
      this.heard.push([`change:${name}`, callback]);
    }
  }

  /** From now on follow size, theme and the traits named. */
  start(traits = []) {
    this.life = lifeOf(this.model);
    this.life.show(this.root);
    this.hear(traits, () => this.draw());
    this.root.addEventListener("keydown", event => event.stopPropagation()); // or the notebook takes it for a command
    this.sizes = new ResizeObserver(() => this.body.clientWidth !== this.width && this.refresh());
    this.sizes.observe(this.body);
    this.themes = new MutationObserver(() => this.refresh());
    const watched = { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-jp-theme-name", "style"] };
    for (const element of [document.documentElement, document.body]) this.themes.observe(element, watched);
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.onDark = () => this.refresh());
    return () => this.remove();
  }

  /** Read size and theme again, then arrange and draw. */
  refresh() {
    const width = Math.floor(this.body.clientWidth);
    if (!this.root.isConnected || !width) return; // an output that is being replaced has no style to read
    this.width = width;
    const style = getComputedStyle(this.root);
    const [r, g, b] = style.backgroundColor.match(/[\d.]+/g).map(Number);
    this.isDark = 0.3 * r + 0.6 * g + 0.1 * b < 128;
    this.root.toggleAttribute("data-dark", this.isDark);
    this.font = style.fontFamily;
    const names = ["back", "text", "soft", "edge", "fill", "line", "accent", "t", "s", "hidden", "hatch"];
    this.colors = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--lk-${name}`).trim()]));
    this.arrange(width);
    this.draw();
  }

  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.width && this.root.isConnected) this.drawNow();
    });
  }

  remove() {
    this.life?.stop();
    cancelAnimationFrame(this.frame);
    this.sizes?.disconnect();
    this.themes?.disconnect();
    this.dark?.removeEventListener("change", this.onDark);
    for (const [event, callback] of this.heard) this.model.off(event, callback);
  }
}

// -------------------------------------------------------------------------------------------------- Player

/**
 * Frames one after the other: play, one step back and on, back to the start, and a slider. `onstep(step)` shows a frame.
 * Where motion is not wanted, playing is slow. Call `stop()` when the explorer is removed.
 */
export class Player {
  constructor(parent, { steps, label, onstep, step = 0, pause = 120, write = n => `${n} of ${steps - 1}` }) {
    Object.assign(this, { steps, onstep, pause, timer: 0 });
    const bar = this.bar = make("div", "lk-player", { role: "group", "aria-label": label }, parent);
    const button = (text, name, act) => {
      const made = make("button", "", { type: "button", "aria-label": name, title: name }, bar, text);
      made.addEventListener("click", act);
      return made;
    };
    button("↺", "reset", () => this.go(0));
    button("◀", "one step back", () => this.go(this.step - 1));
    this.button = button("▶", "play", () => this.timer ? this.stop() : this.play());
    button("▶❙", "one step on", () => this.go(this.step + 1));
    this.input = slider(bar, label, { min: 0, max: steps - 1, value: step }, write);
    this.input.addEventListener("input", () => this.go(Number(this.input.value)));
    this.step = step;
  }

  /** Show a step; playing stops, because somebody has chosen. */
  go(step) { this.stop(); this.show(step); }

  /** Show a step, and go on playing if it plays. */
  show(step) {
    this.step = clamp(step, 0, this.steps - 1);
    slide(this.input, this.step);
    this.onstep(this.step);
  }

  /** There are other frames now. */
  renew(steps, step = 0) {
    this.stop();
    Object.assign(this, { steps, step: clamp(step, 0, steps - 1) });
    this.input.max = steps - 1;
    slide(this.input, this.step);
  }

  play() {
    if (this.step >= this.steps - 1) this.show(0);
    this.timer = setInterval(() => {
      if (!this.bar.isConnected || this.step >= this.steps - 1) this.stop();
      else this.show(this.step + 1);
    }, calm() ? Math.max(800, this.pause) : this.pause);
    this.mark("❚❚", "pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.mark("▶", "play");
  }

  mark(text, name) {
    this.button.textContent = text;
    this.button.setAttribute("aria-label", name);
    this.button.title = name;
  }
}

// --------------------------------------------------------------------------------------------------- Asker

/**
 * Questions to the kernel: `ask({...})` sends one at a time, and of those that come meanwhile only the newest.
 * `onanswer(answer, buffers, question)` hears the answers, `onerror(words, question)` what went wrong, a lost kernel too.
 * Without a kernel nothing answers: show first what the browser knows.
 */
export class Asker {
  constructor(model, onanswer, onerror = words => console.error(words)) {
    Object.assign(this, { model, onanswer, onerror, count: 0, flying: null, next: null, life: lifeOf(model) });
    this.id = Math.random().toString(36).slice(2); // two views of one model share its messages
    this.hear = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.hear);
    this.life.listeners.add(this.lose = words => this.fail(words));
  }

  ask(question) {
    if (this.flying) { this.next = question; return; }
    this.flying = question;
    if (!this.life.send({ ...question, ask: `${this.id} ${++this.count}` })) queueMicrotask(() => this.fail(this.life.words));
  }

  receive(message, buffers) {
    if (message.answer !== `${this.id} ${this.count}` || !this.flying) return;
    const question = this.flying, next = this.next;
    this.flying = this.next = null;
    this.life.heard();
    if (next) this.ask(next);
    if (message.error) this.onerror(message.error, question);
    else this.onanswer(message, buffers, question);
  }

  fail(words) {
    const question = this.flying;
    this.flying = this.next = null;
    if (question) this.onerror(words, question);
  }

  stop() {
    this.model.off("msg:custom", this.hear);
    this.life.listeners.delete(this.lose);
  }
}
