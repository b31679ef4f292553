// The root of an explorer: its theme, its size, its life.

import { make } from "./elements.js";
import { Goal } from "./goal.js";
import { lifeOf } from "./life.js";

let stages = 0;

/**
 * The root of an explorer. Extend it: build your elements in the constructor, say what it waits for with `expect`, then
 * call `this.start()`. `arrange(width)` fits sizes to the width at hand (called first, and when size or theme change);
 * `drawNow()` draws. Neither is called before what is expected has come. `this.draw()` asks for a drawing in the next
 * frame, `this.say(words)` tells what is seen, `this.set({trait: value})` tells the kernel, `this.colors` has the theme's
 * colors by name, `this.body` is where your elements go. Dials and players are `this.parts`: they follow their traits.
 * `reached()` says whether the goal is reached, where the explorer has one (goal.js).
 */
export class Stage {
  constructor({ model, el }, name, label) {
    Object.assign(this, { model, frame: 0, width: 0, heard: [], parts: [], waits: "", said: "", id: `lk-${name}-${++stages}` });
    this.root = make("div", `lk-explorer lk-${name}`, { role: "group", "aria-label": label }, el);
    this.body = make("div", "lk-body", {}, this.root);
    this.words = make("p", "lk-say", { "aria-live": "polite" }, this.root);
    this.goal = new Goal(this);
  }

  arrange() {}
  drawNow() {}
  reached() { return false; }

  get = name => this.model.get(name);

  /** Set traits and tell the kernel what has changed. Values other than numbers, strings and booleans always count. */
  set(values) {
    const changed = Object.entries(values).filter(([name, value]) => this.get(name) !== value);
    for (const [name, value] of changed) this.model.set(name, value);
    if (changed.length) this.model.save_changes();
    this.draw();
  }

  say(words) {
    this.said = words;
    const all = words + this.goal.words;
    if (this.words.textContent !== all) this.words.textContent = all;
  }

  /** A class color that is readable on the theme: lighter where the page is dark. */
  shade(color) {
    if (!this.isDark || !/^#\w{6}$/.test(color)) return color;
    return `rgb(${color.match(/\w\w/g).map(hex => Math.round(255 - (255 - parseInt(hex, 16)) * 0.62))})`;
  }

  /** Call back when one of these traits changes, until the explorer is gone. */
  hear(names, callback) {
    for (const name of names) {
      this.model.on(`change:${name}`, callback);
      this.heard.push([`change:${name}`, callback]);
    }
  }

  /** Call `take` when these traits of bytes are there, now or later (Colab may open a widget before they are). */
  expect(names, what, take) {
    const look = () => {
      const found = names.map(name => this.get(name));
      this.waits = found.every(bytes => bytes) && found[0].byteLength ? "" : `Waiting for ${what} …`;
      if (this.waits) { this.say(this.waits); return; }
      take(...found);
      this.refresh();
    };
    this.hear(names, look);
    look();
  }

  /** From now on follow size, theme and the traits named: draw again, or for the second kind arrange first. */
  start(traits = [], arranging = []) {
    this.life = lifeOf(this.model);
    this.life.show(this.root);
    this.hear(traits, () => this.draw());
    this.hear(arranging, () => this.refresh());
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
    if (this.waits) return;
    this.arrange(width);
    this.draw();
  }

  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.waits || !this.width || !this.root.isConnected) return;
      for (const part of this.parts) part.sync?.();
      this.drawNow();
      this.goal.look();
    });
  }

  remove() {
    this.life?.stop();
    cancelAnimationFrame(this.frame);
    for (const part of this.parts) part.stop?.();
    this.sizes?.disconnect();
    this.themes?.disconnect();
    this.dark?.removeEventListener("change", this.onDark);
    for (const [event, callback] of this.heard) this.model.off(event, callback);
  }
}
