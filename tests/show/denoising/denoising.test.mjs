// node --test: the pure functions of the denoising explorer.
import assert from "node:assert/strict";
import test from "node:test";

import * as D from "../../../labkit/show/denoising/data.js";

test("an image is found by its place along every axis", () => {
  const bytes = Uint8Array.from({ length: 2 * 3 * 2 * 2 }, (_, n) => n);
  assert.deepEqual([...D.imageAt(bytes, [2, 3, 2, 2], [1, 2])], [20, 21, 22, 23]);
  assert.deepEqual([...D.imageAt(bytes, [2, 3, 2, 2], [0, 1])], [4, 5, 6, 7]);
  assert.deepEqual([...D.imageAt(bytes, [6, 2, 2], [5])], [20, 21, 22, 23]);
});

test("distance in shares of the gray scale, and variety over all pairs", () => {
  const [black, white, gray] = [[0, 0], [255, 255], [0, 255]].map(list => Uint8Array.from(list));
  assert.equal(D.apartBy(black, white), 1);
  assert.equal(D.apartBy(black, gray), 0.5);
  assert.equal(D.variety([black, white, gray]), (1 + 0.5 + 0.5) / 3);
  assert.equal(D.variety([black, black]), 0);
  assert.equal(D.variety([white]), 0);
});

test("16-bit numbers honor their offset in a larger buffer", () => {
  const whole = Int16Array.of(7, -16000, 32767);
  assert.deepEqual([...D.shorts(new DataView(whole.buffer, 2))], [-16000, 32767]);
});

test("vectors of a moment are shares of its longest", () => {
  const arrows = Int16Array.of(0, 0, 0, 0, 16000, 0, 0, -8000);
  assert.deepEqual([...D.vectorsAt(arrows, 2, 1, 5)], [5, 0, 0, -2.5]);
});

test("the length that is drawn in full leaves out the longest tenth", () => {
  const vectors = Float64Array.from({ length: 22 }, (_, n) => (n % 2 ? 0 : n / 2));
  assert.ok(Math.abs(D.usual(vectors) - 9) < 1e-12);
  vectors[20] = 1e6;
  assert.ok(Math.abs(D.usual(vectors) - 9) < 1e-12, "one long arrow changes nothing");
  assert.ok(D.usual(new Float64Array(8)) > 0, "and where nothing pulls, nothing is divided by zero");
});

test("the plane and its pixels are each other's inverse, up is up", () => {
  assert.deepEqual(D.toPixels(-2, 2, 2, 400), [0, 0]);
  assert.deepEqual(D.toPixels(0, -1, 2, 400), [200, 300]);
  assert.deepEqual(D.fromPixels(200, 300, 2, 400), [0, -1]);
  assert.deepEqual(D.fromPixels(-50, 900, 2, 400), [-2, -2], "what is outside is at the edge");
});

test("a particle at a moment", () => {
  const particles = Int16Array.of(0, 0, 1, 1, 16000, -8000, 2, 2);
  assert.deepEqual(D.particleAt(particles, 2, 1, 0, 3), [3, -1.5]);
});

test("the score between the arrows is blended, and at an arrow it is that arrow", () => {
  const side = 3, extent = 3, vectors = new Float64Array(2 * side * side);
  for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
    vectors[2 * (row * side + column)] = 2 * (column - 1); // x of the cell's middle
    vectors[2 * (row * side + column) + 1] = 3 * 2 * (1 - row); // 3 y
  }
  for (const place of [[2, -2], [0.5, 1.5], [-1, 0]]) {
    const [x, y] = D.scoreNear(vectors, side, extent, place);
    assert.ok(Math.abs(x - place[0]) < 1e-9 && Math.abs(y - 3 * place[1]) < 1e-9, `${place}: ${x} ${y}`);
  }
});

test("how far ends lie apart", () => {
  assert.equal(D.spreadOf([[1, 0], [-1, 0], [0, 1], [0, -1]]), 1);
  assert.equal(D.spreadOf([[5, 5]]), 0);
});

test("images are as large as fits", () => {
  assert.equal(D.tile(600, 5, 50, 140), 106);
  assert.equal(D.tile(2000, 5, 50, 140), 140);
});
