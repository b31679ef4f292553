// Lines over a common axis.

import { Paper } from "./paper.js";
import { apart, clamp, short, ticks } from "./values.js";

const FRAME = { top: 24, left: 46, right: 14, base: 30 }, INKS = ["line", "accent"], DASHES = [[], [5, 3]];

/**
 * `show({ title, label, lines, low, high, now, from, to, tick, marks, log, room })` draws what `lines` have from step
 * `from` to step `to`, and a mark at step `now`. A line is { words, values } and, if you like, { color, dash }; it may
 * end early. `low` and `high` are values that fit in any case; `tick(n)` writes a step, and `marks` are the steps that
 * are written. With `log` the axis has powers of ten. With `room` pixels on the right each line has its words at its end.
 * What is shown is said too: the title, and each line's value at the mark. `stepAt(x)` is the way back from a pixel.
 */
export class Chart extends Paper {
  show({ title, label, lines, low = Infinity, high = -Infinity, now = null, from = 0, to = lines[0].values.length - 1,
    tick = String, marks = [from, Math.round((from + to) / 2), to], log = 0, room = 0 }) {
    const { top, left } = FRAME, base = this.height - FRAME.base, right = this.width - FRAME.right - room;
    const up = value => (log ? Math.log10(Math.max(value, log)) : value);
    const values = lines.map(line => Array.from(line.values).slice(from, to + 1).map(up));
    const least = values.reduce((least, line) => Math.min(least, ...line), up(low));
    const most = values.reduce((most, line) => Math.max(most, ...line), Math.max(up(high), least + 1e-6));
    const x = n => left + (right - left) * (n - from) / Math.max(1, to - from);
    const y = value => base - (base - top) * (value - least) / (most - least);
    this.stepAt = px => clamp(Math.round(from + (px - left) / (right - left) * (to - from)), from, to);
    this.clear();
    this.text(title, left, 12, { color: "text" });
    this.box(left + 0.5, top + 0.5, right - left, base - top, { edge: "edge" });
    for (const value of ticks(least, most, log ? 5 : 3)) if (!log || value % 1 === 0) this.scale(value, y(value), right, log);
    this.text(label, (left + right) / 2, this.height - 4, { align: "center" });
    for (const n of marks) {
      const half = 3 * String(tick(n)).length;
      this.text(tick(n), clamp(x(n), half + 2, this.width - half - 2), base + 14, { align: "center" });
    }
    const ends = apart(values.map(line => y(line.at(-1))), 13, base);
    values.forEach((line, k) => {
      const { color = INKS[k % 2], dash = lines[k].color ? [] : DASHES[k % 2] } = lines[k];
      this.line(line.map((value, n) => [x(from + n), y(value)]), color, 2, { dash });
      if (room) this.text(lines[k].words, x(from + line.length - 1) + 6, ends[k] + 4, { color, bold: true });
    });
    if (now !== null && now >= from && now <= to) this.line([[x(now), top], [x(now), base]], "text", 1);
    this.say(`${title}: ${lines.map(({ words, values }) => `${words} ${short(values[now ?? to])}`.trim()).join(" and ")}`);
  }

  /** A value on the axis, with its line. */
  scale(value, y, right, log) {
    if (y > FRAME.top + 1 && y < this.height - FRAME.base - 1) this.line([[FRAME.left + 1, y], [right, y]], "edge", 1);
    this.text(log && value ? `1e${value}`.replace("-", "−") : String(log ? 1 : value).replace("-", "−"), FRAME.left - 5, y + 4, { align: "right" });
  }
}
