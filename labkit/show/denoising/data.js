// What the denoising explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { at } from "../kit/elements.js";
import { clamp, ownBytes } from "../kit/values.js";

export const FINE = 16000; // data.py's: steps of a 16-bit number from the middle of a plane to its edge

/** The 16-bit numbers in a trait of bytes. */
export const shorts = view => new Int16Array(ownBytes(view).buffer);

/** The pixels of one image of many: row by row in `bytes`, found by its place along each axis of `size`. */
export function imageAt(bytes, size, place) {
  const pixels = size.at(-1) * size.at(-2);
  const index = place.reduce((sum, at, axis) => sum * size[axis] + at, 0);
  return bytes.subarray(index * pixels, (index + 1) * pixels);
}

/** How far two images or films are from each other, in shares of the gray scale, on average over pixels. */
export function apartBy(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length / 255;
}

/** How different images are from one another: the mean distance over all pairs; 0 if there is one only. */
export function variety(images) {
  let sum = 0, pairs = 0;
  images.forEach((a, i) => images.slice(i + 1).forEach(b => { sum += apartBy(a, b); pairs++; }));
  return pairs ? sum / pairs : 0;
}

/** Whether this is the first of several numbers that is at most (or, with -1, at least) a limit: the explorer's goals. */
export const firstWithin = (values, n, limit, sign = 1) => sign * values[n] <= sign * limit && values.slice(0, n).every(v => sign * v > sign * limit);

/** Vectors of one moment, each as long as its share says: (cells, 2) numbers from 16-bit ones. */
export function vectorsAt(arrows, cells, moment, longest) {
  const found = new Float64Array(2 * cells), from = 2 * cells * moment;
  for (let i = 0; i < 2 * cells; i++) found[i] = arrows[from + i] / FINE * longest;
  return found;
}

/** The length that is drawn in full: nine of ten arrows are no longer; a few long ones must not make all others vanish. */
export function usual(vectors) {
  const lengths = [];
  for (let i = 0; i < vectors.length; i += 2) lengths.push(Math.hypot(vectors[i], vectors[i + 1]));
  lengths.sort((a, b) => a - b);
  const place = 0.9 * (lengths.length - 1), below = Math.floor(place);
  const found = lengths[below] + (place - below) * ((lengths[below + 1] ?? lengths[below]) - lengths[below]);
  return Math.max(found, 1e-12);
}

/** Where a place of the plane is drawn on a square of `side` pixels. */
export const toPixels = (x, y, extent, side) => [(x / extent + 1) / 2 * side, (1 - y / extent) / 2 * side];

/** The place of the plane at a pixel, kept inside. */
export function fromPixels(px, py, extent, side) {
  return [clamp(2 * px / side - 1, -1, 1) * extent, clamp(1 - 2 * py / side, -1, 1) * extent];
}

/** Where particle `m` of `count` is at a moment, in the plane's own units. */
export function particleAt(particles, count, moment, m, extent) {
  const at = 2 * (moment * count + m);
  return [particles[at] / FINE * extent, particles[at + 1] / FINE * extent];
}

/** The score at a place, blended from the four arrows around it (row by row from the top), as [x, y]. */
export function scoreNear(vectors, side, extent, [x, y]) {
  const cut = share => { const f = clamp(share * side - 0.5, 0, side - 1), below = Math.min(side - 2, Math.floor(f)); return [below, f - below]; };
  const [column, right] = cut((x / extent + 1) / 2), [row, down] = cut((1 - y / extent) / 2);
  return [0, 1].map(axis => {
    const at = (dx, dy) => vectors[2 * ((row + dy) * side + column + dx) + axis];
    return (at(0, 0) * (1 - right) + at(1, 0) * right) * (1 - down) + (at(0, 1) * (1 - right) + at(1, 1) * right) * down;
  });
}

/** How far apart points are at the end of their ways, on average from their middle. */
export function spreadOf(points) {
  const middle = [0, 1].map(k => points.reduce((sum, p) => sum + p[k], 0) / points.length);
  return points.reduce((sum, p) => sum + Math.hypot(p[0] - middle[0], p[1] - middle[1]), 0) / points.length;
}

/** Sizes of the pictures: `count` images in a row of `width` pixels beside a label of `left`, none larger than `most`. */
export const tile = (width, count, left, most, gap = 4) => Math.floor(Math.min(most, (width - left) / count - gap));
