// What live curves know: series, smoothing, axes and words; `smooth` is the twin of smoothing.py.

import { floats } from "../kit/values.js";

/** Series from the state: metas [{name, count}], bytes of float32 (step, value) pairs one series after the other. */
export function unpack(metas, view) {
  const values = floats(view);
  let at = 0;
  return new Map(metas.map(({ name, count }) => [name, [...values.subarray(at, at += 2 * count)]]));
}

/** Add newer points to a series; what it already has is left alone. */
export function extend(points, newer) {
  const last = points.length ? points.at(-2) : -Infinity;
  for (let i = 0; i < newer.length; i += 2) if (newer[i] > last) points.push(newer[i], newer[i + 1]);
  return points;
}

/** The exponentially weighted mean of about the last `span` values; the twin of smoothing.py. */
export function smooth(values, span) {
  const keep = 1 - 1 / Math.max(1, span);
  let total = 0, weight = 0;
  return values.map(value => {
    if (Number.isFinite(value)) { total = keep * total + value; weight = keep * weight + 1; }
    return weight ? total / weight : NaN;
  });
}

/** Series whose names end in the same word share a plot: loss with validation_loss. */
export function groups(names) {
  const found = new Map();
  for (const name of names) {
    const word = name.split("_").at(-1);
    found.set(word, [...(found.get(word) ?? []), name]);
  }
  return [...found.values()];
}

/** Round numbers on a logarithmic axis. */
export function logTicks(low, high) {
  const wide = Math.log10(high / low) > 2.5, found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of wide ? [1] : [1, 2, 5]) found.push(+(digit * 10 ** power).toPrecision(3));
  }
  return found.filter(t => t >= low * 0.999 && t <= high * 1.001);
}

/** The range of a value axis: from zero where the values come near it, 0 to 1 for shares, with some air. */
export function range(values, log) {
  const good = values.filter(v => Number.isFinite(v) && (!log || v > 0));
  if (!good.length) return log ? [0.1, 1] : [0, 1];
  let low = good.reduce((a, b) => Math.min(a, b)), high = good.reduce((a, b) => Math.max(a, b));
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
  if (low >= 0 && low < 0.5 * high) low = 0;
  if (low === 0 && high <= 1 && high > 0.5) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  return [low, high + 0.05 * (high - low)];
}

export function seconds(s) {
  return s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}

/** "step 340 of 1,000 · 12 s · about 20 s left"; "stopped at step 340" where the kernel has been lost on the way. */
export function progressText({ step, steps, elapsed, done }, lost = false) {
  const count = n => n.toLocaleString("en-US");
  if (lost && !done) return `stopped at step ${count(step)}${steps ? ` of ${count(steps)}` : ""}: the kernel was restarted`;
  if (done) return `${count(step)} steps in ${seconds(elapsed)}`;
  if (!steps) return `step ${count(step)} · ${seconds(elapsed)}`;
  const left = step > 0 && elapsed > 1 ? ` · about ${seconds(elapsed / step * Math.max(0, steps - step))} left` : "";
  return `step ${count(step)} of ${count(steps)} · ${seconds(elapsed)}${left}`;
}
