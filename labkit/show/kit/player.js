// Frames one after the other.

import { calm, make, slide, slider } from "./elements.js";
import { clamp } from "./values.js";

/**
 * Play, one step back and on, back to the start, and a slider, for a trait that counts frames: the trait is the only
 * place where the step is kept. `steps()` says how many there are now (with none the player is hidden), `write(n)` what
 * stands beside the slider; `onstep(n)` sets the trait, if more than the trait changes. Where motion is not wanted,
 * playing is slow.
 */
export class Player {
  constructor(stage, parent, trait, { label, steps, pause = 120, write, onstep = n => stage.set({ [trait]: n }) }) {
    Object.assign(this, { stage, trait, steps, pause, onstep, timer: 0, count: -1 });
    const bar = this.bar = make("div", "lk-player", { role: "group", "aria-label": label }, parent);
    const button = (text, name, act) => {
      const made = make("button", "", { type: "button", "aria-label": name, title: name }, bar, text);
      made.addEventListener("click", act);
      return made;
    };
    button("↺", "reset", () => this.go(0));
    button("◀", "one step back", () => this.go(this.step - 1));
    this.button = button("▶", "play", () => this.toggle());
    button("▶❙", "one step on", () => this.go(this.step + 1));
    this.input = slider(bar, label, { min: 0, max: 0, value: 0 });
    this.input.write = write ?? (n => `${n} of ${this.count - 1}`); // not before there is something to write about
    this.input.addEventListener("input", () => this.go(Number(this.input.value)));
    stage.parts.push(this);
  }

  get step() { return clamp(this.stage.get(this.trait), 0, Math.max(0, this.steps() - 1)); }

  /** Show a step; playing stops, because somebody has chosen. */
  go(step) { this.stop(); this.show(step); }

  /** Show a step, and go on playing if it plays. */
  show(step) { this.onstep(clamp(step, 0, this.steps() - 1)); }

  /** Before every drawing: as many frames as there are now, and the one that the trait says. */
  sync() {
    const count = this.steps();
    if (count !== this.count) {
      this.stop();
      this.count = count;
      this.bar.hidden = !count;
      this.input.max = count - 1;
    }
    if (count) slide(this.input, this.step);
  }

  toggle() { if (this.timer) this.stop(); else this.play(); }

  play() {
    if (this.step >= this.steps() - 1) this.show(0);
    this.timer = setInterval(() => {
      if (!this.bar.isConnected || this.step >= this.steps() - 1) this.stop();
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
