// node --test: the pure functions of the latent explorer.
import assert from "node:assert/strict";
import test from "node:test";

import * as L from "../../../labkit/show/latent/data.js";

const near = (a, b, error = 1e-9) => assert.ok(Math.abs(a - b) <= error, `${a} is not ${b}`);
const space = { low: [-3, 0, -1], high: [3, 10, 1] };

test("the plane and the code are each other's way back, and up is up", () => {
  assert.deepEqual(L.toPlane([-3, 10, 0], space, [0, 1], [200, 100]), [0, 0]);
  assert.deepEqual(L.toPlane([3, 0, 0], space, [0, 1], [200, 100]), [200, 100]);
  const z = L.fromPlane([50, 25], [9, 9, 0.5], space, [0, 1], [200, 100]);
  assert.deepEqual(z, [-1.5, 7.5, 0.5]);
  assert.deepEqual(L.toPlane(z, space, [0, 1], [200, 100]), [50, 25]);
  assert.deepEqual(L.fromPlane([0, 0], [1, 2, 0], space, [2, 0], [10, 10]), [3, 2, -1], "other dimensions stay");
});

test("a hand that leaves the plane stays at its edge", () => {
  assert.deepEqual(L.fromPlane([-50, 999], [0, 0, 0], space, [0, 1], [200, 100]), [-3, 0, 0]);
});

test("a picture is blended from the four nearest", () => {
  const grid = Uint8Array.of(0, 100, 200, 40, 60, 80, 0, 0, 9); // 3 x 3 pictures of one pixel
  const at = (u, v) => L.blend(grid, 3, 1, u, v)[0];
  assert.deepEqual([at(0, 0), at(0.5, 0), at(1, 0), at(0, 0.5), at(1, 1)], [0, 100, 200, 40, 9]);
  assert.equal(at(0.25, 0), 50);
  assert.equal(at(0.25, 0.25), 50); // (0 + 100 + 40 + 60) / 4
  assert.equal(at(7, -3), 200, "outside it is the nearest inside");
});

test("blending keeps every pixel at its place", () => {
  const two = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8); // 2 x 2 pictures of two pixels
  assert.deepEqual([...L.blend(two, 2, 2, 1, 0)], [3, 4]);
  assert.deepEqual([...L.blend(two, 2, 2, 0, 1)], [5, 6]);
});

test("a path is walked in equal steps", () => {
  const corner = [[0, 0], [3, 0], [3, 1]];
  assert.deepEqual(L.along(corner, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]);
  const many = L.along([[0, 0], [1, 0], [1, 0], [1, 2]], 4);
  assert.deepEqual(many.map(p => p.map(v => +v.toFixed(9))), [[0, 0], [1, 0], [1, 1], [1, 2]]);
  assert.deepEqual(L.along([[2, 5]], 3), [[2, 5], [2, 5], [2, 5]]);
  assert.deepEqual(L.along([[2, 5], [2, 5]], 2), [[2, 5], [2, 5]]);
});

test("the nearest codes, in all dimensions", () => {
  const codes = Float32Array.of(0, 0, 0, 5, 1, 0, 9, 9);
  assert.deepEqual(L.nearest(codes, [0, 0], 3), [0, 2, 1]);
  assert.equal(L.around(codes, Uint8Array.of(1, 0, 1, 0), ["cat", "dog"], [0, 0]), "2 of the 4 nearest codes are of cat");
  assert.equal(L.around(codes.subarray(0, 6), Uint8Array.of(1, 0, 1), ["cat", "dog"], [0, 0]), "2 of the 3 nearest codes are of dog");
});

test("labels stand at the mean of their class", () => {
  const codes = Float32Array.of(1, 10, 2, 20, 6, 30, 50, 5);
  assert.deepEqual(L.middles(codes, Uint8Array.of(0, 0, 0, 2), 3, 2, [0, 1]), [[3, 20], null, [50, 5]]);
  assert.deepEqual(L.middles(codes, Uint8Array.of(0, 0, 0, 2), 3, 2, [1, 0])[0], [20, 3]);
});

test("the goal is a point among three classes", () => {
  const codes = Float32Array.from({ length: 24 }, (_, k) => Math.floor(k / 2)), thirds = Uint8Array.from({ length: 12 }, (_, n) => n % 3);
  assert.ok(L.isMixed(codes, thirds, [5, 5]));
  assert.ok(!L.isMixed(codes, thirds.map(label => Math.min(label, 1)), [5, 5]), "two classes are not enough");
  assert.ok(!L.isMixed(codes, Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), [3, 3]), "one class has most of them");
});

test("places in words", () => {
  assert.equal(L.place([0.5, -1.234]), "(0.50, -1.23)");
  assert.equal(L.place([1, 2, 3, 4, 5]), "(1.00, 2.00, 3.00, 4.00, …)");
});

test("everything fits the width at hand", () => {
  for (const width of [420, 572, 600, 860, 1072, 1130]) for (const spaces of [1, 2]) {
    const at = L.layout(width, spaces);
    assert.ok(spaces * at.pane + (spaces - 1) * at.gap <= width, `${width} ${spaces}`);
    const row = at.beside ? at.plane + at.picture + 16 : at.plane;
    assert.ok(row <= at.pane, `${width} ${spaces}: ${JSON.stringify(at)}`);
    assert.ok(at.plane >= 190 && at.picture >= 60, `${width} ${spaces}: ${JSON.stringify(at)}`);
    if (at.third) assert.ok(row + 16 + at.board <= at.pane + 1 && at.board >= 200, JSON.stringify(at));
    else near(at.board, at.pane);
  }
});
