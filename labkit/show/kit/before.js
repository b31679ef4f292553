// The player of explorers that are not yet ported to player.js.

import { calm, make, slide, slider } from "./elements.js";
import { clamp } from "./values.js";

/**
 * Frames one after the other, for explorers that keep the step themselves (see player.js for those that do not): play, one step back and on, back to the start, and a slider. `onstep(step)` shows a frame.
 * Where motion is not wanted, playing is slow. Call `stop()` when the explorer is removed.
 */
export class Frames {
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
