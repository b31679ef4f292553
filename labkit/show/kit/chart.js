// Lines over a common axis.

import { Paper } from "./paper.js";
import { clamp, short, ticks } from "./values.js";

const TOP = 24, LEFT = 46, RIGHT = 14, BASE = 30, COLORS = ["line", "accent"], DASHES = [[], [5, 3]];

/**
 * `show({ title, label, lines: [{ words, values }], low, now, from, to, tick, digits })` draws what `lines` have from
 * step `from` to step `to`, and a mark at step `now`. `low` is the least value that fits; `tick(n)` writes a step.
 * What is shown is said too: the title, and each line's value at the mark.
 */
export class Chart extends Paper {
  show({ title, label, lines, low = Infinity, now, from = 0, to = lines[0].values.length - 1, tick = String }) {
    const values = lines.map(line => line.values), base = this.height - BASE, right = this.width - RIGHT;
    const least = values.reduce((least, line) => Math.min(least, ...line), low);
    const most = values.reduce((most, line) => Math.max(most, ...line), least + 1e-6);
    const x = n => LEFT + (right - LEFT) * (n - from) / Math.max(1, to - from);
    const y = value => base - (base - TOP) * (value - least) / (most - least);
    this.clear();
    this.text(title, LEFT, 12);
    this.box(LEFT + 0.5, TOP + 0.5, right - LEFT, base - TOP, { edge: "edge" });
    for (const value of ticks(least, most, 3)) this.text(value, LEFT - 5, y(value) + 4, { align: "right" });
    this.text(label, (LEFT + right) / 2, this.height - 4, { align: "center" });
    for (const n of [from, Math.round((from + to) / 2), to]) this.text(tick(n), clamp(x(n), LEFT + 24, right - 12), base + 14, { align: "center" });
    values.forEach((line, k) => {
      const points = Array.from({ length: to - from + 1 }, (_, n) => [x(from + n), y(line[from + n])]);
      this.line(points, COLORS[k % 2], 2, { dash: DASHES[k % 2] });
    });
    this.line([[x(now), TOP], [x(now), base]], "text", 1);
    this.say(`${title}: ${lines.map(({ words, values }) => `${words} ${short(values[now])}`.trim()).join(" and ")}`);
  }
}
