// node --test: the pure functions of the gate explorer.
import assert from "node:assert/strict";
import test from "node:test";

import { apart } from "../../../labkit/show/kit/values.js";
import * as G from "../../../labkit/show/gates/data.js";

const metas = [
  { name: "LSTM", signals: ["forget", "cell"], shape: [2, 3, 2] },
  { name: "Elman", signals: ["hidden"], shape: [2, 3, 1] },
];
const numbers = Float32Array.from({ length: 30 }, (_, n) => n);
const [lstm, elman] = G.unpack(metas, numbers);

test("networks are cut out of one piece", () => {
  assert.deepEqual([...lstm.values.forget], [...numbers.subarray(0, 12)]);
  assert.deepEqual([...lstm.values.cell], [...numbers.subarray(12, 24)]);
  assert.deepEqual([...elman.values.hidden], [...numbers.subarray(24)]);
  assert.deepEqual(lstm.limits, { forget: 1, cell: 23 });
  assert.equal(G.unpack([metas[1]], new Float32Array(6))[0].limits.hidden, 1, "a state reaches to 1 at least");
});

test("a value by sequence, step and unit; a unit that is not there is the last", () => {
  assert.equal(G.valueOf(lstm, "forget", 0, 1, 1), 3);
  assert.equal(G.valueOf(lstm, "cell", 1, 2, 0), 12 + 6 + 4);
  assert.equal(G.valueOf(elman, "hidden", 1, 0, 5), 27);
  assert.deepEqual([...G.traceOf(lstm, "forget", 1, 1)], [7, 9, 11]);
});

test("a strip has a row for each unit", () => {
  assert.deepEqual([...G.stripOf(lstm, "forget", 1)], [6, 8, 10, 7, 9, 11]);
});

test("dials, with sequences that are shorter", () => {
  const meta = { name: "length", values: [1, 2], networks: ["a", "b"], distances: 3 };
  const norms = Float32Array.of(1, NaN, NaN, 1, 0.1, 0.001, 1, NaN, NaN, 1, 20, 300);
  const [dial] = G.unpackDials([meta], norms);
  assert.deepEqual([...G.normsAt(dial, 0, 0)], [1]);
  assert.deepEqual([...G.normsAt(dial, 1, 1)], [1, 20, 300]);
  assert.deepEqual(G.spanOf(dial).map(x => +x.toPrecision(3)), [0.001, 300]);
  assert.equal(G.describeDial(dial, 1), "length 2: gradient 2 steps back a 0.0010, b 3.0e+2.");
  assert.ok(G.keeps(dial, 0, 0) && !G.keeps(dial, 1, 1));
});

test("labels move apart, and stay inside", () => {
  assert.deepEqual(apart([10, 11, 50], 12, 100), [10, 22, 50]);
  assert.deepEqual(apart([95, 90], 12, 100), [100, 88]);
});

test("rows are as high as fits", () => {
  assert.deepEqual([1, 12, 32, 500].map(G.rowHeight), [8, 3, 1, 1]);
});

test("an axis reaches to what is shown, and to 1 at least", () => {
  assert.equal(G.rangeOf([[0.2, -0.5], [0.1]]), 1);
  assert.equal(G.rangeOf([[0.2, -2.5], [0.1]]), 2.5);
});

test("a point in words", () => {
  const words = G.describePoint(lstm, ["a", "b", "c"], 0, 1, 9);
  assert.equal(words, "LSTM, unit 1: forget gate 3.00, cell state 15.00.");
  assert.equal(G.inWords("candidate"), "candidate");
});
