// What the messages explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { at } from "../kit/elements.js";
import { clamp, percent } from "../kit/values.js";

/** The views and deep networks with their own numbers, cut out of what was sent in one piece. */
export function unpackGraph(count, views, deep, numbers, links) {
  let at = 0, link = 0;
  const take = size => numbers.subarray(at, at += size);
  const places = take(2 * count);
  return {
    places,
    views: views.map(view => {
      const { rounds, heads, edges, classes } = view;
      const chances = take((rounds + 1) * count * classes), weights = take(rounds * heads * edges);
      const source = links.subarray(link, link += edges), target = links.subarray(link, link += edges);
      return { ...view, chances, weights, source, target };
    }),
    deep: deep.map(({ name, depths }) => ({ name, depths, places: take(2 * count * depths), apart: take(depths) })),
  };
}

/** How much each edge carries in a round: of one head, or of all (-1) on average. */
export function carried(view, round, head) {
  const { heads, edges } = view, start = round * heads * edges;
  if (head >= 0) return view.weights.subarray(start + head * edges, start + (head + 1) * edges);
  const mean = new Float32Array(edges);
  for (let h = 0; h < heads; h++) for (let e = 0; e < edges; e++) mean[e] += view.weights[start + h * edges + e] / heads;
  return mean;
}

/** How much of what a node holds after some rounds came from each node; the twin of messages.py's `influence`. */
export function influence(view, count, node, rounds, head) {
  let share = new Float64Array(count);
  share[node] = 1;
  for (let round = rounds - 1; round >= 0; round--) {
    const weights = carried(view, round, head), next = new Float64Array(count);
    for (let e = 0; e < view.edges; e++) next[view.source[e]] += weights[e] * share[view.target[e]];
    share = next;
  }
  const total = share.reduce((sum, s) => sum + s, 0) || 1;
  return share.map(s => s / total);
}

/** The likeliest class of a node and its probability. */
export function believes(view, count, round, node) {
  const start = (round * count + node) * view.classes, row = view.chances.subarray(start, start + view.classes);
  const label = row.indexOf(Math.max(...row));
  return { label, chance: row[label], row };
}

/** How sure a probability is: 0 where all classes are as likely, 1 at certainty. */
export const sureness = (chance, classes) => clamp((chance - 1 / classes) / (1 - 1 / classes), 0, 1);

/** A hex color as red, green, blue. */
export const rgbOf = hex => hex.replace("#", "").match(/\w\w/g).map(part => parseInt(part, 16));

/** Between two colors. */
export const mixed = (a, b, share) => a.map((c, i) => Math.round(c + (b[i] - c) * share));

/** The indices of the n largest shares, largest first; zeros are left out. */
export function topShares(shares, n) {
  return [...shares.keys()].filter(j => shares[j] > 0).sort((a, b) => shares[b] - shares[a] || a - b).slice(0, n);
}

/** The next node from here in the direction of an arrow key: near, and not far off the line; itself if there is none. */
export function neighborTo(key, places, node) {
  const [dx, dy] = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key] ?? [0, 0];
  let best = node, least = Infinity;
  for (let j = 0; 2 * j < places.length; j++) {
    const x = places[2 * j] - places[2 * node], y = places[2 * j + 1] - places[2 * node + 1];
    const along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
    if (j !== node && along > 1e-6 && along >= across && along + 2 * across < least) [best, least] = [j, along + 2 * across];
  }
  return best;
}

/** Whether a node is wrong before it has heard anything and right in the last round: the explorer's goal. */
export function corrected(view, count, labels, node) {
  const said = round => believes(view, count, round, node).label;
  return said(0) !== labels[node] && said(view.rounds) === labels[node];
}

/** What the picture says, in words. */
export function describeNode(view, names, labels, round, node, shares) {
  const { label, chance } = believes(view, names.length, round, node);
  const heard = shares.filter(s => s > 0).length;
  const most = topShares(shares, 3).map(j => `${names[j]} ${percent(shares[j])}`).join(", ");
  const truth = label === labels[node] ? "which is right" : `the truth is class ${labels[node]}`;
  const from = round ? ` It has heard from ${heard} of ${names.length} nodes, most from ${most}.` : " It knows only itself.";
  return `${names[node]} after round ${round}: class ${label} with ${percent(chance)}, ${truth}.${from}`;
}
