// What the gate explorer knows: gates and states over time, gradients against distance, and what they say in words.

import { clamp, short } from "../kit/values.js";

const GATES = ["input", "forget", "output", "reset", "update"];
export const LEAST = 1e-12; // what is smaller is drawn here: the twin of picture.py
export const TRACE = { input: 0, forget: 6, output: 2, reset: 0, update: 6, candidate: 8, cell: 3 }; // in CLASSES
export const NETWORK = [0, 3, 2, 7, 6, 9]; // in CLASSES: those that can be read as words, too

export const isGate = signal => GATES.includes(signal);

/** A signal's name as a heading. */
export const inWords = signal =>
  isGate(signal) ? `${signal} gate` : ["hidden", "cell"].includes(signal) ? `${signal} state` : signal;

/** The networks with their own numbers, cut out of what was sent in one piece; `limits` is each signal's range. */
export function unpack(metas, numbers) {
  let from = 0;
  return metas.map(({ name, signals, shape }) => {
    const size = shape[0] * shape[1] * shape[2], values = {}, limits = {};
    for (const signal of signals) {
      values[signal] = numbers.subarray(from, from += size);
      limits[signal] = isGate(signal) ? 1 : values[signal].reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    }
    return { name, signals, shape, values, limits };
  });
}

/** The dials with the norms of each network, cut out of what was sent in one piece. */
export function unpackDials(metas, numbers) {
  let from = 0;
  return metas.map(meta => {
    const size = meta.values.length * meta.distances;
    return { ...meta, norms: meta.networks.map(() => numbers.subarray(from, from += size)) };
  });
}

/** One number of a network; a unit that it does not have is its last. */
export function valueOf(network, signal, sequence, step, unit) {
  const [, steps, units] = network.shape;
  return network.values[signal][(sequence * steps + step) * units + Math.min(unit, units - 1)];
}

/** A unit's values over time. */
export const traceOf = (network, signal, sequence, unit) =>
  Float32Array.from({ length: network.shape[1] }, (_, step) => valueOf(network, signal, sequence, step, unit));

/** One sequence as rows of units, each a row of steps: what a strip shows. */
export function stripOf(network, signal, sequence) {
  const [, steps, units] = network.shape, all = network.values[signal], from = sequence * steps * units;
  return Float32Array.from({ length: units * steps }, (_, k) => all[from + (k % steps) * units + Math.floor(k / steps)]);
}

/** The norms of one network at one setting of a dial, as far as there are any. */
export function normsAt(dial, network, setting) {
  const all = dial.norms[network].subarray(setting * dial.distances, (setting + 1) * dial.distances);
  const end = all.findIndex(norm => Number.isNaN(norm));
  return end < 0 ? all : all.subarray(0, end);
}

/** The least and the greatest norm over all settings, so that the axis stands still while the dial moves. */
export function spanOf(dial) {
  const all = dial.norms.flatMap(norms => Array.from(norms).filter(norm => !Number.isNaN(norm)));
  return [all.reduce((a, b) => Math.min(a, b), 1), all.reduce((a, b) => Math.max(a, b), 1)];
}

/** Whether a network's gradient is neither a tenth nor ten times what it was, at the farthest step: the explorer's goal. */
export function keeps(dial, network, setting) {
  const norms = normsAt(dial, network, setting), share = norms.at(-1) / norms[0];
  return share >= 0.1 && share <= 10;
}

/** What an axis that is centered on zero has to reach: 1, or more where a line does. */
export const rangeOf = lines => lines.reduce((most, line) => line.reduce((m, x) => Math.max(m, Math.abs(x)), most), 1);

/** How high a row of a strip is: whole pixels, as high as fits well. */
export const rowHeight = units => clamp(Math.floor(44 / units), 1, 8);

/** What one network does at a point, in words. */
export function describePoint(network, labels, sequence, step, unit) {
  const own = Math.min(unit, network.shape[2] - 1);
  const values = network.signals.map(signal => `${inWords(signal)} ${valueOf(network, signal, sequence, step, own).toFixed(2)}`);
  return `${network.name}, unit ${own}: ${values.join(", ")}.`;
}

/** What the gradients do at a setting, in words. */
export function describeDial(dial, setting) {
  const ends = dial.networks.map((name, n) => {
    const norms = normsAt(dial, n, setting);
    return `${name} ${norms.at(-1).toPrecision(2)}`;
  });
  const reach = normsAt(dial, 0, setting).length - 1;
  return `${dial.name} ${short(dial.values[setting])}: gradient ${reach} steps back ${ends.join(", ")}.`;
}
