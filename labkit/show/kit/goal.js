// One thing to find, which the explorer checks by itself.

import { make } from "./elements.js";

/**
 * A line above the explorer with what its trait `goal` asks for; hidden while that is empty. After every drawing the
 * stage is asked `reached()`. Once that was true the line says so, and the sentence for screen readers too, until the
 * trait asks for something else.
 */
export class Goal {
  constructor(stage) {
    Object.assign(this, { stage, text: "", done: false });
    this.line = make("p", "lk-goal", { hidden: "" });
    stage.body.before(this.line);
    stage.hear(["goal"], () => this.read());
    this.read();
  }

  read() {
    const text = this.stage.get("goal") ?? "";
    if (text === this.text) return;
    Object.assign(this, { text, done: false });
    this.write();
  }

  write() {
    this.line.hidden = !this.text;
    this.line.toggleAttribute("data-reached", this.done);
    this.line.textContent = this.done ? `✓ Goal reached: ${this.text}` : `Goal: ${this.text}`;
  }

  /** After a drawing: is it reached now? */
  look() {
    if (!this.text || this.done || !this.stage.reached()) return;
    this.done = true;
    this.write();
    this.stage.say(this.stage.said);
  }

  /** What the sentence for screen readers says besides. */
  get words() { return this.done ? " Goal reached." : ""; }
}
