// What the next_token explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { percent } from "../kit/values.js";

/** A token that can be seen: blanks have no picture of their own. The twin of `visible` in data.py. */
export const visible = token => token.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥") || "∅";

/** Tokens from the likeliest on; of equal ones the smaller number first. */
export const ranked = logits => [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);

/** Probabilities of tokens in the order `order`: temperature, the k largest (0: all), the fewest with share p. */
export function filtered(logits, order, temperature = 1, k = 0, p = 1) {
  const most = logits[order[0]], weights = order.map(n => Math.exp((logits[n] - most) / temperature));
  for (let n = k || weights.length; n < weights.length; n++) weights[n] = 0;
  const total = weights.reduce((sum, w) => sum + w, 0);
  let before = 0, left = 0;
  for (let n = 0; n < weights.length; n++) {
    const share = weights[n] / total;
    weights[n] = n && before >= p ? 0 : share;
    before += share;
    left += weights[n];
  }
  return weights.map(w => w / left);
}

/** The place in a list of probabilities where their sum passes u, between 0 and 1. */
export function pick(probabilities, u) {
  let sum = 0, last = 0;
  for (let n = 0; n < probabilities.length; n++) {
    if (!probabilities[n]) continue;
    last = n;
    if (u < (sum += probabilities[n])) return n;
  }
  return last;
}

/** How many tokens can be drawn: with two the explorer's goal is reached. */
export const drawable = probabilities => probabilities.filter(p => p > 0).length;

/** How open the next token is, in bits. */
export const bits = probabilities => probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0);

/** The weights of one head from one token, from bytes that hold their square roots; they sum to 1 again. */
export function rowOf(bytes, [, heads], count, layer, head, place) {
  const start = ((layer * heads + head) * count + place) * count;
  const row = Array.from(bytes.subarray(start, start + count), root => (root / 255) ** 2);
  const sum = row.reduce((total, w) => total + w, 0);
  return row.map(w => (sum ? w / sum : 0));
}

/** Indices of the n greatest numbers, greatest first; zeros are left out. */
export const best = (row, n) => [...row.keys()].filter(j => row[j] > 0).sort((a, b) => row[b] - row[a] || a - b).slice(0, n);

/** What comes next, in words. */
export function describeNext(names, order, drawn) {
  const list = best(drawn, 3).map(n => `“${visible(names[order[n]])}” ${percent(drawn[n])}`).join(", ");
  const left = drawn.filter(p => p > 0).length;
  return `Next: ${list}. ${left} of ${order.length} tokens can be drawn; ${bits(drawn).toFixed(1)} bits.`;
}

/** Where a token looks, and how it came to be there, in words. */
export function describeLook(texts, row, place, given) {
  const list = best(row, 3).map(j => `“${texts[j]}” ${percent(row[j])}`).join(", ");
  const surprise = place > 0 ? ` The model had given it ${percent(given[place])}.` : "";
  return `“${texts[place]}” (${place}) looks at ${list}.${surprise}`;
}

/** Settings of the temperature's slider: even steps of its logarithm, with 1 in the middle. */
export const temperatureAt = step => +(2 ** (step / 8)).toPrecision(2);
export const stepOf = temperature => Math.round(8 * Math.log2(temperature));
