// What the attention explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { viridis } from "../kit/colors.js";
import { at } from "../kit/elements.js";
import { percent } from "../kit/values.js";

/** Color of a weight: the same scale for every head; the square root lets small weights show. */
export const colorOf = weight => viridis(Math.sqrt(weight));

/** A float16 between 0 and 1 (no sign, no infinity) from its 16 bits. */
export function half(bits) {
  const exponent = bits >> 10, fraction = bits & 1023;
  return exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : fraction * 2 ** -24;
}

/** The weights from bytes: the way back from packing.py's `pack`. */
export function decode(bytes, encoding) {
  if (encoding === "float32") return new Float32Array(bytes.buffer);
  if (encoding === "float16") return Float32Array.from(new Uint16Array(bytes.buffer), half);
  return Float32Array.from(bytes, root => (root / 255) ** 2);
}

/** Make every row that looks anywhere sum to 1 again: rounding to 16 or 8 bits has moved it a little. */
export function normalize(weights, keys) {
  for (let start = 0; start < weights.length; start += keys) {
    let sum = 0;
    for (let j = 0; j < keys; j++) sum += weights[start + j];
    if (sum > 0) for (let j = 0; j < keys; j++) weights[start + j] /= sum;
  }
  return weights;
}

/** The panels with their own weights and masks, cut out of what was sent in one piece. */
export function unpack(metas, weights, masks) {
  let atWeight = 0, atMask = 0;
  return metas.map(meta => {
    const [layers, heads, queries, keys] = meta.shape, count = layers * heads * queries * keys;
    const own = normalize(weights.subarray(atWeight, atWeight += count), keys);
    const mask = meta.masked ? masks.subarray(atMask, atMask += queries * keys) : null;
    return { ...meta, queries: meta.queries.map(visible), keys: meta.keys.map(visible), weights: own, mask };
  });
}

/** The (queries x keys) weights of one head. */
export function headOf(panel, layer, head) {
  const [, heads, queries, keys] = panel.shape, start = (layer * heads + head) * queries * keys;
  return panel.weights.subarray(start, start + queries * keys);
}

/** How widely a query looks, in bits; the twin of entropy.py. */
export function entropy(row) {
  let bits = 0;
  for (const w of row) if (w > 0) bits -= w * Math.log2(w);
  return bits;
}

/** Mean entropy over the queries that look anywhere. */
export function meanEntropy(weights, keys) {
  let bits = 0, looking = 0;
  for (let start = 0; start < weights.length; start += keys) {
    const row = weights.subarray(start, start + keys);
    if (row.some(w => w > 0)) { looking++; bits += entropy(row); }
  }
  return bits / Math.max(1, looking);
}

/** The greatest mean entropy that the mask leaves possible. */
export function mostEntropy(panel) {
  const [, , queries, keys] = panel.shape;
  if (!panel.mask) return Math.log2(keys);
  let bits = 0, looking = 0;
  for (let i = 0; i < queries; i++) {
    const seen = panel.mask.subarray(i * keys, (i + 1) * keys).reduce((sum, may) => sum + may, 0);
    if (seen) { looking++; bits += Math.log2(seen); }
  }
  return bits / Math.max(1, looking);
}

/** Whether at least half of a head's weight lies on the token before, on average: the explorer's goal. */
export function looksBack(weights, count) {
  let sum = 0;
  for (let i = 1; i < count; i++) sum += weights[i * count + i - 1];
  return sum / (count - 1) >= 0.5;
}

/** Whether a head spreads its attention more evenly than all others of its panel: the explorer's goal without such a head. */
export function mostEven(panel, layer, head) {
  const [layers, heads] = panel.shape, bits = (l, h) => meanEntropy(headOf(panel, l, h), panel.keys.length);
  return Array.from({ length: layers * heads }, (_, n) => bits(Math.floor(n / heads), n % heads)).every(other => other <= bits(layer, head) + 1e-9);
}

/** Indices of the n greatest weights, greatest first; zeros are left out. */
export function top(row, n) {
  return [...row.keys()].filter(j => row[j] > 0).sort((a, b) => row[b] - row[a] || a - b).slice(0, n);
}

/** A token that can be seen: blanks have no picture of their own. */
export const visible = token => token.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥") || "∅";

/** What the picture says, in words, for a query that looks. */
export function describeQuery(panel, row, i) {
  const who = `“${panel.queries[i]}” (${i})`, seen = top(row, 3);
  if (!seen.length) return `${who} may look nowhere: all its keys are masked.`;
  const keys = panel.keys.length;
  const hidden = panel.mask ? panel.mask.subarray(i * keys, (i + 1) * keys).reduce((sum, may) => sum + !may, 0) : 0;
  const may = Math.log2(keys - hidden).toFixed(1);
  const masked = hidden ? ` ${hidden} of ${keys} keys are masked.` : "";
  const list = seen.map(j => `“${panel.keys[j]}” ${percent(row[j])}`).join(", ");
  return `${who} looks at ${list}. Entropy ${entropy(row).toFixed(1)} of ${may} bits.${masked}`;
}

/** What the picture says, in words, for a key that is looked at. */
export function describeKey(panel, column, j) {
  const seen = top(column, 3), who = `“${panel.keys[j]}” (${j})`;
  if (!seen.length) return `Nobody looks at ${who}.`;
  return `${who} is looked at by ${seen.map(i => `“${panel.queries[i]}” ${percent(column[i])}`).join(", ")}.`;
}

/** What the picture says, in words, for one cell. */
export function describeCell(panel, weights, i, j) {
  const at = i * panel.keys.length + j, pair = `“${panel.queries[i]}” (${i}) to “${panel.keys[j]}” (${j})`;
  return panel.mask && !panel.mask[at] ? `${pair}: masked, may not look.` : `${pair}: ${percent(weights[at])}.`;
}

/** The (layer, head) after a key press on the tiles; null if the key is none of theirs. */
export function movedTile(key, [layer, head], [layers, heads]) {
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key] ?? [0, 0];
  if (key === "Home") return [layer, 0];
  if (key === "End") return [layer, heads - 1];
  if (!down && !right) return null;
  return [Math.min(layers - 1, Math.max(0, layer + down)), Math.min(heads - 1, Math.max(0, head + right))];
}

/** Where everything stands, from the width at hand: all in CSS pixels. */
export function layout(width, queries, keys, queryWidth, keyWidth) {
  const wide = width >= 860;
  const tiles = wide ? Math.min(300, Math.round(0.27 * width)) : width;
  const stage = wide ? width - tiles - 28 : width;
  const pitch = Math.min(30, Math.max(12, Math.floor(480 / Math.max(queries, keys))));
  const names = [queryWidth, keyWidth].map(w => Math.ceil(Math.min(stage * 0.17, Math.max(52, w)))), number = 42;
  const room = stage - names[0] - names[1] - number - 4 * 6; // four gaps
  const heat = Math.min(keys * pitch, room - 76);
  return { wide, tiles, stage, pitch, heat, lines: Math.min(240, room - heat), query: names[0], key: names[1] + number };
}
