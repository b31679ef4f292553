// What the latent explorer knows: planes and codes, blended pictures, paths, and what lies around a point.

import { clamp } from "../kit/values.js";

/** Where a code lies on a plane of `width` x `height` pixels; `low` and `high` are its limits, up is up. */
export function toPlane(z, { low, high }, [i, j], [width, height]) {
  return [(z[i] - low[i]) / (high[i] - low[i]) * width, (high[j] - z[j]) / (high[j] - low[j]) * height];
}

/** The code below a place on the plane: `z` with two dimensions changed, kept within the limits. */
export function fromPlane([x, y], z, { low, high }, [i, j], [width, height]) {
  const moved = [...z];
  moved[i] = low[i] + clamp(x / width, 0, 1) * (high[i] - low[i]);
  moved[j] = high[j] - clamp(y / height, 0, 1) * (high[j] - low[j]);
  return moved;
}

/** The picture at (u, v), both from 0 to 1 from the upper left, blended from the four nearest of a grid. */
export function blend(grid, side, pixels, u, v) {
  const cut = f => { const place = clamp(f, 0, 1) * (side - 1), below = Math.min(side - 2, Math.floor(place)); return [below, place - below]; };
  const [column, right] = cut(u), [row, down] = cut(v), out = new Uint8ClampedArray(pixels);
  const corners = [[0, 0, (1 - right) * (1 - down)], [1, 0, right * (1 - down)], [0, 1, (1 - right) * down], [1, 1, right * down]];
  const starts = corners.map(([dx, dy, weight]) => [((row + dy) * side + column + dx) * pixels, weight]);
  for (let p = 0; p < pixels; p++) {
    let sum = 0;
    for (const [start, weight] of starts) sum += weight * grid[start + p];
    out[p] = sum;
  }
  return out;
}

/** `count` points along a path, equally far apart; a path that goes nowhere stays where it is. */
export function along(path, count) {
  const lengths = path.slice(1).map((point, n) => Math.hypot(...point.map((value, d) => value - path[n][d])));
  const total = lengths.reduce((sum, length) => sum + length, 0), found = [];
  for (let k = 0, leg = 0, before = 0; k < count; k++) {
    const target = total * k / Math.max(1, count - 1);
    while (leg < lengths.length - 1 && before + lengths[leg] < target) before += lengths[leg++];
    const share = lengths[leg] ? (target - before) / lengths[leg] : 0;
    found.push(path[leg].map((value, d) => value + share * ((path[leg + 1] ?? path[leg])[d] - value)));
  }
  return found;
}

/** Rows of the `count` codes nearest to z, nearest first. */
export function nearest(codes, z, count) {
  const d = z.length, n = codes.length / d, far = new Float64Array(n);
  for (let row = 0; row < n; row++) for (let k = 0; k < d; k++) far[row] += (codes[row * d + k] - z[k]) ** 2;
  return [...far.keys()].sort((a, b) => far[a] - far[b] || a - b).slice(0, count);
}

/** What the codes around a point are of, in words. */
export function around(codes, labels, names, z) {
  const rows = nearest(codes, z, 10), counts = names.map((_, label) => rows.filter(row => labels[row] === label).length);
  const most = counts.indexOf(Math.max(...counts));
  return `${counts[most]} of the ${rows.length} nearest codes are of ${names[most]}`;
}

export const place = z => `(${z.slice(0, 4).map(value => value.toFixed(2)).join(", ")}${z.length > 4 ? ", …" : ""})`;

/** The mean of each class on the plane, where its label stands; null for a class without images. */
export function middles(codes, labels, classes, d, [i, j]) {
  const sums = Array.from({ length: classes }, () => [0, 0, 0]);
  labels.forEach((label, row) => [codes[row * d + i], codes[row * d + j], 1].forEach((value, k) => { sums[label][k] += value; }));
  return sums.map(([x, y, count]) => (count ? [x / count, y / count] : null));
}

/** Whether the ten codes nearest to z are of three classes or more, none with over half of them: the explorer's goal. */
export function isMixed(codes, labels, z) {
  const counts = new Map();
  for (const row of nearest(codes, z, 10)) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  return counts.size >= 3 && Math.max(...counts.values()) <= 5;
}

/** Sizes from the width at hand: planes are square, pictures stand beside them, and a third column where there is room. */
export function layout(width, spaces) {
  const gap = 22, pane = Math.floor((width - gap * (spaces - 1)) / spaces), beside = pane >= 430, third = pane >= 860;
  const picture = third ? 224 : beside ? Math.round(clamp(pane * 0.29, 118, 200)) : Math.floor(Math.min(130, (pane - 12) / 2));
  const rest = third ? 284 : 0, plane = Math.floor(clamp(beside ? pane - picture - rest - 18 : pane, 160, 540));
  return { pane, gap, beside, third, plane, picture, board: third ? pane - plane - picture - 40 : pane };
}
