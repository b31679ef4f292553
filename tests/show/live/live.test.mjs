// node --test: the pure functions of the training curves.
import assert from "node:assert/strict";
import test from "node:test";

import { apart, ticks } from "../../../labkit/show/kit/values.js";
import * as L from "../../../labkit/show/live/data.js";

test("series come out of one piece of bytes", () => {
  const bytes = new Float32Array([0, 9, 1, 8, 5, 0.5]);
  const found = L.unpack([{ name: "loss", count: 2 }, { name: "score", count: 1 }], bytes);
  assert.deepEqual([...found], [["loss", [0, 9, 1, 8]], ["score", [5, 0.5]]]);
});

test("what came before is not added again", () => assert.deepEqual(L.extend([1, 9, 2, 8], [2, 8, 3, 7]), [1, 9, 2, 8, 3, 7]));

test("names that end alike share a plot", () => {
  assert.deepEqual(L.groups(["loss", "exact_match", "validation_loss"]), [["loss", "validation_loss"], ["exact_match"]]);
});

test("ticks are round and inside", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(0, 1000, 5), [0, 200, 400, 600, 800, 1000]);
  assert.deepEqual(L.logTicks(0.09, 2), [0.1, 0.2, 0.5, 1, 2]);
  assert.deepEqual(L.logTicks(1e-4, 1), [0.0001, 0.001, 0.01, 0.1, 1]);
});

test("the range holds all values", () => {
  assert.deepEqual(L.range([0.2, 0.9], false), [0, 1]);
  assert.deepEqual(L.range([0, 4], false), [0, 4.2]);
  assert.deepEqual(L.range([NaN, Infinity], false), [0, 1]);
  const [low, high] = L.range([-1, 0.001, 3], true);
  assert.ok(low > 0 && low <= 0.001 && high >= 3);
});

test("labels stand apart and inside", () => {
  assert.deepEqual(apart([50, 52, 10], 14, 100), [50, 64, 10]);
  assert.deepEqual(apart([95, 99], 14, 100), [86, 100]);
});

test("progress in words", () => {
  assert.equal(L.progressText({ step: 250, steps: 1000, elapsed: 5 }), "step 250 of 1,000 · 5 s · about 15 s left");
  assert.equal(L.progressText({ step: 250, steps: 0, elapsed: 300 }), "step 250 · 5 min");
  assert.equal(L.progressText({ step: 1000, steps: 1000, elapsed: 20, done: true }), "1,000 steps in 20 s");
});
