import assert from "node:assert/strict";
import { test } from "node:test";

import * as M from "../../../labkit/show/landscape/data.js";

/** A surface whose heights come from a function, on a grid of `n` points from -2 to 2 each way. */
function surfaceOf(height, n = 21) {
  const place = k => -2 + 4 * k / (n - 1);
  const values = Float32Array.from({ length: n * n }, (_, k) => height(place(k % n), place(Math.floor(k / n))));
  return M.unpack([{ name: "s", shape: [n, n], x: [-2, 2], y: [-2, 2], zero: [0, 0], points: 0 }], values)[0];
}

test("a quadratic is met exactly, with its slope", () => {
  const surface = surfaceOf((x, y) => x * x + 3 * x * y - 2 * y + 1);
  for (const [x, y] of [[0, 0], [0.33, -1.27], [1.8, 1.8], [-1.8, 0.05]]) {
    const [height, slopeX, slopeY] = M.heightAt(surface, x, y);
    assert.ok(Math.abs(height - (x * x + 3 * x * y - 2 * y + 1)) < 1e-5);
    assert.ok(Math.abs(slopeX - (2 * x + 3 * y)) < 1e-4);
    assert.ok(Math.abs(slopeY - (3 * x - 2)) < 1e-4);
  }
});

test("the slope is the height's derivative everywhere, also where cells meet", () => {
  const surface = surfaceOf((x, y) => Math.sin(3 * x) * Math.cos(2 * y)), h = 1e-5;
  for (const [x, y] of [[0.1, 0.7], [0.2, 0.4], [-1.4, 1.2], [1.2000001, -0.6]]) {
    const [, slopeX, slopeY] = M.heightAt(surface, x, y);
    const across = (M.heightAt(surface, x + h, y)[0] - M.heightAt(surface, x - h, y)[0]) / (2 * h);
    const along = (M.heightAt(surface, x, y + h)[0] - M.heightAt(surface, x, y - h)[0]) / (2 * h);
    assert.ok(Math.abs(slopeX - across) < 1e-4 && Math.abs(slopeY - along) < 1e-4, `${x} ${y}`);
  }
});

test("surfaces are cut out of one piece, each with its path", () => {
  const meta = { x: [0, 3], y: [0, 4], zero: [0, 0] };
  const numbers = Float32Array.from({ length: 16 + 4 + 20 }, (_, n) => n);
  const [one, two] = M.unpack([{ ...meta, shape: [4, 4], points: 2 }, { ...meta, shape: [5, 4], points: 0 }], numbers);
  assert.deepEqual([...one.path], [16, 17, 18, 19]);
  assert.equal(two.values[0], 20);
  assert.equal(two.values.length, 20);
  const wanted = [1, 2, 4 / 3, 8 / 3];
  one.inside.flat().forEach((value, k) => assert.ok(Math.abs(value - wanted[k]) < 1e-12));
});

test("a way that leaves the surface ends at its edge", () => {
  const surface = surfaceOf((x, y) => 5 * (x * x + y * y));
  const path = M.descend(surface, [1, 0], { optimizer: "SGD", rate: 0.25, momentum: 0, decay: 0 });
  assert.equal(path.length, 2, "the first step mirrors it, the second would land at 2.25");
  assert.ok(M.inWords(path, 1, "SGD").includes("leaves the picture at step 2"));
  const calm = M.descend(surface, [1, 0], { optimizer: "SGD", rate: 0.05, momentum: 0, decay: 0, steps: 30 });
  assert.equal(calm.length, 31);
});

test("the scale of the map has a way back", () => {
  const scale = M.scaleOf(Float32Array.from([0.5, 1, 2, 3, 50]));
  assert.equal(scale.to(0.5), 0);
  for (const value of [0.5, 1.3, 40]) assert.ok(Math.abs(scale.back(scale.to(value)) - value) < 1e-9);
});

test("a contour of a slope is a straight line, of a hill a closed one", () => {
  const slope = Float64Array.from({ length: 25 }, (_, n) => n % 5);
  const line = M.contour(slope, 5, 5, 1.5);
  assert.equal(line.length, 4);
  for (const [a, , c] of line) assert.ok(Math.abs(a - 1.5) < 1e-9 && Math.abs(c - 1.5) < 1e-9);
  const hill = Float64Array.from({ length: 49 }, (_, n) => -Math.hypot(n % 7 - 3, Math.floor(n / 7) - 3));
  const ends = M.contour(hill, 7, 7, -2.1).flatMap(([a, b, c, d]) => [`${a.toFixed(6)} ${b.toFixed(6)}`, `${c.toFixed(6)} ${d.toFixed(6)}`]);
  for (const end of ends) assert.equal(ends.filter(other => other === end).length, 2, "every end is met by another");
});

test("words name what is seen", () => {
  const path = [[1, -0.001, 4], [0.5, 0.2, 1.5]];
  assert.ok(M.inWords(path, 1, "Adam").startsWith("Adam, step 1: at (0.5, 0.2) the loss is 1.5, down from 4 at the start."));
  assert.ok(M.inWords(path, 0, "Adam").includes("(1, 0) the loss is 4, as 4"));
  assert.ok(M.inWords([[1, 1, 1], [-2, 0, 3]], 1, "SGD").includes("(−2, 0) the loss is 3, up from 1"));
});
