// What the features explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { at } from "../kit/elements.js";
import { short } from "../kit/values.js";

/** Each layer with its own maps, filters and biases, cut out of what was sent in one piece. */
export function cut(metas, maps, filters) {
  let atMap = 0, atFilter = 0;
  const take = (values, from, count) => values.subarray(from, from + count);
  return metas.map(meta => {
    const size = meta.shape.reduce((a, b) => a * b), weights = (meta.filters ?? [0]).reduce((a, b) => a * b);
    const own = { ...meta, maps: take(maps, atMap, size), weights: take(filters, atFilter, weights) };
    own.bias = take(filters, atFilter + weights, meta.filters ? meta.filters[0] : 0);
    atMap += size;
    atFilter += weights + own.bias.length;
    return { ...own, limit: own.maps.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1, signed: own.maps.some(v => v < 0) };
  });
}

/** The pixels moved by whole rows and columns; what comes in from outside is `empty`. */
export function movedPixels(pixels, [channels, height, width], down, right, empty = 0) {
  const out = new Uint8Array(pixels.length).fill(empty);
  for (let c = 0; c < channels; c++) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const [fromY, fromX] = [y - down, x - right];
    if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
    out[(c * height + y) * width + x] = pixels[(c * height + fromY) * width + fromX];
  }
  return out;
}

/** A stroke of the brush: full at (row, column), half beside it. Returns whether anything has changed. */
export function paint(pixels, [channels, height, width], row, column) {
  let changed = false;
  for (let y = row - 1; y <= row + 1; y++) for (let x = column - 1; x <= column + 1; x++) {
    if (y < 0 || y >= height || x < 0 || x >= width) continue;
    const ink = y === row && x === column ? 255 : y === row || x === column ? 150 : 60;
    for (let c = 0; c < channels; c++) {
      const at = (c * height + y) * width + x;
      if (pixels[at] < ink) { pixels[at] = ink; changed = true; }
    }
  }
  return changed;
}

/** The first and last pixel of a unit's field on an axis of `size` pixels. */
export function seen([reach, jump, start], unit, size) {
  const first = start + unit * jump;
  return [Math.max(first, 0), Math.min(first + reach, size) - 1];
}

/** How many tiles stand beside each other, and how large they are: as large as fits. */
export function tiling(count, rows, columns, width, height, gap = 4) {
  let best = null;
  for (let across = 1; across <= count; across++) {
    const side = Math.min(96, Math.floor((width - gap * (across - 1)) / across)), tall = Math.round(side * rows / columns);
    const down = Math.ceil(count / across);
    if (side >= 4 && down * (tall + gap) <= height && (!best || side > best.side)) best = { across, side, tall, down, gap };
  }
  const across = Math.max(1, Math.floor((width + gap) / (20 + gap)));
  return best ?? { across, side: 20, tall: Math.round(20 * rows / columns), down: Math.ceil(count / across), gap };
}

/** What a unit of a convolution adds up: products channel by channel of what is below, and which of them counts most. */
export function arithmetic(layer, below, channel, row, column) {
  const [, channels, tall, wide] = layer.filters, [, height, width] = below.shape, size = tall * wide;
  const patch = new Float32Array(channels * size), products = new Float32Array(channels * size);
  const kernel = layer.weights.subarray(channel * channels * size, (channel + 1) * channels * size);
  const sums = new Float64Array(channels);
  for (let c = 0, at = 0; c < channels; c++) for (let i = 0; i < tall; i++) for (let j = 0; j < wide; j++, at++) {
    const y = row * layer.stride + i - layer.padding, x = column * layer.stride + j - layer.padding;
    patch[at] = y < 0 || y >= height || x < 0 || x >= width ? 0 : below.values[(c * height + y) * width + x];
    products[at] = patch[at] * kernel[at];
    sums[c] += products[at];
  }
  let most = 0;
  sums.forEach((sum, c) => { if (Math.abs(sum) > Math.abs(sums[most])) most = c; });
  const of = values => values.subarray(most * size, (most + 1) * size);
  const total = sums.reduce((a, b) => a + b, 0), bias = layer.bias[channel];
  return { patch: of(patch), kernel: of(kernel), products: of(products), most, share: sums[most], total, bias,
    count: products.length, channels, tall, wide };
}

/** The arithmetic in words. */
export function sumInWords({ count, channels, most, share, total, bias, tall, wide }) {
  const parts = channels > 1 ? ` (${channels} channels × ${tall * wide}; channel ${most}, shown here, gives ${short(share)})` : "";
  return `${count} products${parts} add up to ${short(total)}; with the bias ${short(bias)}: ${short(total + bias)}.`;
}

/** The unit in words. */
export function unitInWords(layer, channel, row, column, [, height, width]) {
  const [, rows, columns] = layer.shape, value = layer.maps[(channel * rows + row) * columns + column];
  const who = `${layer.name}, channel ${channel}, unit (${row}, ${column}): ${short(value)}.`;
  if (!layer.field) return who;
  const [[top, bottom], [left, right]] = [seen(layer.field, row, height), seen(layer.field, column, width)];
  return `${who} It can see rows ${top} to ${bottom} and columns ${left} to ${right} of the picture.`;
}

/** Whether no unit of the layer has a larger value: the explorer's goal. */
export function isLargest(layer, channel, row, column) {
  const [, rows, columns] = layer.shape, value = layer.maps[(channel * rows + row) * columns + column];
  return layer.maps.every(other => other <= value);
}

/** Bytes as text for a question. */
export const base64 = bytes => btoa(String.fromCharCode(...bytes));
