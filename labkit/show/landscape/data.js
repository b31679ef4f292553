// What the landscape explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { at } from "../kit/elements.js";
import { clamp, short } from "../kit/values.js";

export const OPTIMIZERS = ["SGD", "momentum", "Nesterov", "Adam", "AdamW"];
export const STEPS = 120, BETA2 = 0.999, EPSILON = 1e-8, LEVELS = 12;

/** The surfaces with their own heights and paths, cut out of what was sent in one piece. */
export function unpack(metas, numbers) {
  let start = 0;
  return metas.map(meta => {
    const [rows, columns] = meta.shape;
    const values = numbers.subarray(start, start += rows * columns);
    const path = numbers.subarray(start, start += 2 * meta.points);
    const dx = (meta.x[1] - meta.x[0]) / (columns - 1), dy = (meta.y[1] - meta.y[0]) / (rows - 1);
    const inside = [[meta.x[0] + dx, meta.x[1] - dx], [meta.y[0] + dy, meta.y[1] - dy]];
    return { ...meta, values, path, dx, dy, inside };
  });
}

/** The first of four neighbors, how much each counts, and how much for the slope: cubic convolution. */
function weights(place, count) {
  const left = clamp(Math.floor(place), 1, count - 3), t = place - left;
  const value = [-0.5 * t ** 3 + t ** 2 - 0.5 * t, 1.5 * t ** 3 - 2.5 * t ** 2 + 1, -1.5 * t ** 3 + 2 * t ** 2 + 0.5 * t,
    0.5 * t ** 3 - 0.5 * t ** 2];
  const slope = [-1.5 * t ** 2 + 2 * t - 0.5, 4.5 * t ** 2 - 5 * t, -4.5 * t ** 2 + 4 * t + 0.5, 1.5 * t ** 2 - t];
  return [left - 1, value, slope];
}

/** Height and slope (along x, along y) at a point that the surface holds. */
export function heightAt(surface, x, y) {
  const [rows, columns] = surface.shape;
  const [column, across, alongX] = weights((x - surface.x[0]) / surface.dx, columns);
  const [row, down, alongY] = weights((y - surface.y[0]) / surface.dy, rows);
  let height = 0, slopeX = 0, slopeY = 0;
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const value = surface.values[(row + i) * columns + column + j];
      height += down[i] * across[j] * value;
      slopeX += down[i] * alongX[j] * value;
      slopeY += alongY[i] * across[j] * value;
    }
  }
  return [height, slopeX / surface.dx, slopeY / surface.dy];
}

/** Whether a point is on the part that is shown. */
export function holds(surface, [x, y]) {
  const [[left, right], [bottom, top]] = surface.inside, slack = 1e-9 * (right - left + top - bottom);
  return left - slack <= x && x <= right + slack && bottom - slack <= y && y <= top + slack;
}

/** What is multiplied by the learning rate, from the gradient and the number of the step: the optimizer's memory. */
function mover(optimizer, momentum) {
  const first = [0, 0], square = [0, 0], keep = optimizer === "SGD" ? 0 : momentum;
  return (gradient, step) => gradient.map((g, i) => {
    if (!optimizer.startsWith("Adam")) {
      first[i] = keep * first[i] + g;
      return optimizer === "Nesterov" ? g + keep * first[i] : first[i];
    }
    first[i] = momentum * first[i] + (1 - momentum) * g;
    square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
    return first[i] / (1 - momentum ** step) / (Math.sqrt(square[i] / (1 - BETA2 ** step)) + EPSILON);
  });
}

/** Points and heights [x, y, height] from the start on; fewer where the way leaves the surface. */
export function descend(surface, start, { optimizer, rate, momentum, decay, steps = STEPS }) {
  let place = start, [height, ...slope] = heightAt(surface, ...place);
  const move = mover(optimizer, momentum), points = [[...place, height]], { zero } = surface;
  for (let step = 1; step <= steps; step++) {
    const decoupled = optimizer === "AdamW";
    const gradient = slope.map((g, i) => decoupled ? g : g + decay * (place[i] - zero[i]));
    const shrunk = place.map((p, i) => decoupled ? p - rate * decay * (p - zero[i]) : p), by = move(gradient, step);
    place = shrunk.map((p, i) => p - rate * by[i]);
    if (!holds(surface, place)) break;
    [height, ...slope] = heightAt(surface, ...place);
    points.push([...place, height]);
  }
  return points;
}

/** The scale of the map: logarithmic above the lowest height, so that the bottom of a valley shows. And its way back. */
export function scaleOf(values) {
  const sorted = Float32Array.from(values).sort(), n = sorted.length, low = sorted[0];
  const middle = n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  const unit = Math.max((middle - low) / 10, 1e-12);
  return { to: value => Math.log1p((value - low) / unit), back: shown => low + unit * Math.expm1(shown) };
}

/** The line segments [x1, y1, x2, y2], in cells, where a grid of numbers crosses a level (marching squares). */
export function contour(grid, rows, columns, level) {
  const segments = [];
  for (let i = 0; i + 1 < rows; i++) {
    for (let j = 0; j + 1 < columns; j++) {
      const corners = [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]];
      const heights = corners.map(([x, y]) => grid[y * columns + x] - level), cuts = [];
      for (let k = 0; k < 4; k++) {
        const a = heights[k], b = heights[(k + 1) % 4];
        if (a < 0 === b < 0) continue;
        const [x, y] = corners[k], [p, q] = corners[(k + 1) % 4], t = a / (a - b);
        cuts.push([x + t * (p - x), y + t * (q - y)]);
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) segments.push([...cuts[k], ...cuts[k + 1]]);
    }
  }
  return segments;
}

/** Whether a path leaves the picture or ends higher than it began: the explorer's goal. */
export const diverges = path => path.length <= STEPS || path.at(-1)[2] > path[0][2];

/** What is seen, in a sentence. */
export function inWords(path, step, optimizer) {
  const [x, y, height] = path[step], start = path[0][2];
  const left = path.length <= STEPS ? ` The way leaves the picture at step ${path.length}: too large a step, or too much speed.` : "";
  const down = height < start ? "down from" : height > start ? "up from" : "as";
  const [px, py] = [x, y].map(value => String(+value.toFixed(2) || 0).replace("-", "−"));
  return `${optimizer}, step ${step}: at (${px}, ${py}) the loss is ${short(height)}, ${down} ${short(start)} at the start.${left}`;
}
