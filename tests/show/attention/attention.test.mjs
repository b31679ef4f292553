// node --test: the pure functions of the attention explorer.
import assert from "node:assert/strict";
import test from "node:test";

import { ownBytes } from "../../../labkit/show/kit/values.js";
import * as A from "../../../labkit/show/attention/data.js";

const near = (a, b, error = 1e-6) => assert.ok(Math.abs(a - b) <= error, `${a} is not ${b}`);
const panel = { queries: ["a", "b"], keys: ["x", "y", "z"], shape: [1, 1, 2, 3], mask: null };

test("entropy in closed form", () => {
  assert.equal(A.entropy([1, 0, 0]), 0);
  near(A.entropy([0.5, 0.5]), 1);
  near(A.entropy([0.5, 0.25, 0.125, 0.125]), 1.75);
  near(A.meanEntropy(Float32Array.of(0.5, 0.5, 0, 0), 2), 1);
});

test("most entropy counts the keys that the mask leaves", () => {
  near(A.mostEntropy({ ...panel, shape: [1, 1, 2, 2], mask: Uint8Array.of(1, 0, 1, 1) }), 0.5);
  near(A.mostEntropy({ ...panel, shape: [1, 1, 2, 8] }), 3);
});

test("half precision", () => {
  assert.equal(A.half(0x3c00), 1);
  assert.equal(A.half(0x3800), 0.5);
  near(A.half(0x2e66), 0.1, 1e-4);
  assert.equal(A.half(1), 2 ** -24);
  assert.equal(A.half(0), 0);
});

test("bytes that stand inside a larger buffer", () => {
  const whole = new Uint8Array(16);
  new DataView(whole.buffer).setFloat32(5, 0.75, true);
  assert.deepEqual([...A.decode(ownBytes(new DataView(whole.buffer, 5, 4)), "float32")], [0.75]);
});

test("panels are cut out of one piece", () => {
  const metas = [{ name: "p", queries: ["a"], keys: ["x", "y"], shape: [1, 1, 1, 2], masked: false },
    { name: "q", queries: [" "], keys: ["x"], shape: [1, 2, 1, 1], masked: true }];
  const [p, q] = A.unpack(metas, Float32Array.of(0.25, 0.75, 1, 0), Uint8Array.of(1));
  assert.deepEqual([...p.weights], [0.25, 0.75]);
  assert.equal(p.mask, null);
  assert.deepEqual([[...A.headOf(q, 0, 0)], [...A.headOf(q, 0, 1)], [...q.mask]], [[1], [0], [1]]);
  assert.equal(q.queries[0], "␣");
});

test("the words name the three greatest weights", () => {
  const row = Float32Array.of(0.1, 0.7, 0.2);
  assert.equal(A.describeQuery(panel, row, 0), "“a” (0) looks at “y” 70 %, “z” 20 %, “x” 10 %. Entropy 1.2 of 1.6 bits.");
  const masked = { ...panel, mask: Uint8Array.of(1, 1, 1, 0, 0, 1) };
  assert.match(A.describeQuery(masked, Float32Array.of(0, 0, 1), 1), /“z” 100 %. Entropy 0.0 of 0.0 bits. 2 of 3 keys are masked/);
  assert.match(A.describeQuery(panel, Float32Array.of(0, 0, 0), 1), /may look nowhere/);
  assert.equal(A.describeKey(panel, Float32Array.of(0.004, 0.7), 2), "“z” (2) is looked at by “b” 70 %, “a” <1 %.");
  assert.equal(A.describeCell(masked, row, 1, 0), "“b” (1) to “x” (0): masked, may not look.");
});

test("keys move over the tiles", () => {
  assert.deepEqual(["ArrowDown", "ArrowRight", "ArrowLeft", "End", "x"].map(k => A.movedTile(k, [0, 0], [2, 3])),
    [[1, 0], [0, 1], [0, 0], [0, 2], null]);
});

test("everything fits the width at hand", () => {
  for (const width of [420, 600, 859, 860, 1100]) for (const n of [2, 11, 24, 64]) for (const name of [20, 60, 400]) {
    const at = A.layout(width, n, n, name, name);
    assert.ok(at.heat + at.lines + at.query + at.key + 24 <= at.stage + 1e-9, `${width} ${n} ${name}`);
    assert.ok(at.heat >= 60 && at.lines >= 60, `${width} ${n} ${name}: ${JSON.stringify(at)}`);
    assert.ok((at.wide ? at.tiles + 28 : 0) + at.stage <= width);
  }
});
