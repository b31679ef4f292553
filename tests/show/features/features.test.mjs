// node --test: the pure functions of the feature explorer.
import assert from "node:assert/strict";
import test from "node:test";

import * as F from "../../../labkit/show/features/data.js";

const near = (a, b, error = 1e-5) => assert.ok(Math.abs(a - b) <= error, `${a} is not ${b}`);

test("maps, filters and biases are cut out of one piece", () => {
  const metas = [{ name: "a", shape: [1, 1, 2], filters: [1, 1, 1, 2] }, { name: "b", shape: [2, 1, 1], filters: null }];
  const [a, b] = F.cut(metas, Float32Array.of(1, -3, 5, 6), Float32Array.of(7, 8, 9));
  assert.deepEqual([[...a.maps], [...a.weights], [...a.bias]], [[1, -3], [7, 8], [9]]);
  assert.deepEqual([[...b.maps], [...b.bias], a.limit, a.signed, b.signed], [[5, 6], [], 3, true, false]);
});

test("filters of a later layer begin where the biases before end", () => {
  const meta = { name: "a", shape: [1, 1, 1], filters: [1, 1, 1, 1] };
  const [, second] = F.cut([meta, meta], new Float32Array(2), Float32Array.of(1, 2, 3, 4));
  assert.deepEqual([...second.weights, ...second.bias], [3, 4]);
});

test("a picture moves, and nothing comes round", () => {
  const x = Uint8Array.of(1, 2, 3, 4);
  assert.deepEqual([...F.movedPixels(x, [1, 2, 2], 1, 0)], [0, 0, 1, 2]);
  assert.deepEqual([...F.movedPixels(x, [1, 2, 2], 0, -1, 9)], [2, 9, 4, 9]);
  assert.deepEqual([...F.movedPixels(x, [2, 1, 2], 0, 1)], [0, 1, 0, 3], "every channel by itself");
});

test("the brush is full in the middle, and never takes ink away", () => {
  const x = new Uint8Array(9);
  x[1] = 200;
  assert.equal(F.paint(x, [1, 3, 3], 1, 1), true);
  assert.deepEqual([...x], [60, 200, 60, 150, 255, 150, 60, 150, 60]);
  assert.equal(F.paint(x, [1, 3, 3], 1, 1), false);
  assert.equal(F.paint(x, [1, 3, 3], 9, 9), false);
});

test("what a unit sees ends at the edge of the picture", () => {
  assert.deepEqual(F.seen([3, 1, 0], 4, 28), [4, 6]);
  assert.deepEqual(F.seen([10, 4, 0], 4, 28), [16, 25]);
  assert.deepEqual(F.seen([7, 2, -3], 0, 28), [0, 3]);
  assert.deepEqual(F.seen([7, 2, -3], 13, 28), [23, 27]);
});

test("tiles fit, and are as large as they can be", () => {
  for (const [count, width] of [[1, 500], [8, 300], [32, 560], [64, 600], [200, 600]]) {
    const t = F.tiling(count, 26, 26, width, 300);
    assert.ok(t.across * t.side + (t.across - 1) * t.gap <= width);
    assert.ok(t.across * t.down >= count);
  }
  assert.equal(F.tiling(4, 10, 10, 800, 300).side, 96);
  assert.equal(F.tiling(9000, 10, 10, 600, 300).side, 20, "so many that they are cut off rather than invisible");
});

test("a unit's arithmetic, with stride and padding", () => {
  const layer = { filters: [1, 2, 2, 2], weights: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 10), bias: Float32Array.of(0.5), stride: 2, padding: 1 };
  const below = { shape: [2, 3, 3], values: Float32Array.from({ length: 18 }, (_, i) => i) };
  const corner = F.arithmetic(layer, below, 0, 0, 0);
  assert.deepEqual([...corner.products], [0, 0, 0, 90], "the second channel counts most");
  assert.deepEqual([corner.most, corner.share, corner.total, corner.count], [1, 90, 90, 8]);
  const inside = F.arithmetic(layer, below, 0, 1, 1);
  near(inside.total, 4 + 10 + 21 + 32 + 170);
  assert.deepEqual([...inside.patch], [13, 14, 16, 17]);
});

test("words", () => {
  const sum = { count: 9, channels: 1, most: 0, share: 1.5, total: 1.5, bias: -0.25, tall: 3, wide: 3 };
  assert.equal(F.sumInWords(sum), "9 products add up to 1.5; with the bias -0.25: 1.25.");
  assert.match(F.sumInWords({ ...sum, count: 72, channels: 8, most: 5 }), /72 products \(8 channels × 9; channel 5, shown here, gives 1.5\)/);
  const layer = { name: "convolution 1", shape: [1, 2, 2], maps: Float32Array.of(1, 2, 3, 4.5678), field: [3, 1, 0] };
  assert.equal(F.unitInWords(layer, 0, 1, 1, [1, 4, 4]),
    "convolution 1, channel 0, unit (1, 1): 4.57. It can see rows 1 to 3 and columns 1 to 3 of the picture.");
  assert.equal(F.unitInWords({ ...layer, field: null }, 0, 0, 1, [1, 4, 4]), "convolution 1, channel 0, unit (0, 1): 2.");
});

test("bytes as text", () => assert.equal(F.base64(Uint8Array.of(0, 255, 7)), "AP8H"));

test("the goal is the largest unit of a layer, and no other", () => {
  const layer = { shape: [2, 1, 2], maps: Float32Array.of(-9, 3, 5, 4) };
  assert.ok(F.isLargest(layer, 1, 0, 0));
  assert.ok(!F.isLargest(layer, 1, 0, 1) && !F.isLargest(layer, 0, 0, 0));
});
