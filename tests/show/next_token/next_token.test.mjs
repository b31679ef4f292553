// node --test: the pure functions of the next-token explorer.
import assert from "node:assert/strict";
import test from "node:test";

import * as N from "../../../labkit/show/next_token/data.js";

const close = (got, wanted) => got.forEach((x, n) => assert.ok(Math.abs(x - wanted[n]) < 1e-9, `${got} is not ${wanted}`));
const logits = [0.1, 0.4, 0.2, 0.3].map(Math.log), order = N.ranked(logits);

test("tokens from the likeliest on; of equal ones the smaller number first", () => {
  assert.deepEqual(order, [1, 3, 2, 0]);
  assert.deepEqual(N.ranked([1, 2, 1, 2]), [1, 3, 0, 2]);
});

test("temperature, top-k, top-p", () => {
  close(N.filtered(logits, order), [0.4, 0.3, 0.2, 0.1]);
  close(N.filtered(logits, order, 0.5), [16, 9, 4, 1].map(x => x / 30));
  close(N.filtered(logits, order, 1, 2), [4 / 7, 3 / 7, 0, 0]);
  close(N.filtered(logits, order, 1, 0, 0.65), [4 / 7, 3 / 7, 0, 0]);
  close(N.filtered(logits, order, 1, 0, 0.75), [4 / 9, 3 / 9, 2 / 9, 0]);
  close(N.filtered(logits, order, 1, 0, 0), [1, 0, 0, 0]);
  close(N.filtered(logits, order, 1, 3, 0.5), [4 / 7, 3 / 7, 0, 0]);
  close(N.filtered([1000, 0], [0, 1], 0.1), [1, 0]);
});

test("a draw falls where the sum passes it", () => {
  assert.deepEqual([0, 0.39, 0.41, 0.69, 0.71].map(u => N.pick([0.4, 0.3, 0, 0.3], u)), [0, 0, 1, 1, 3]);
  assert.equal(N.pick([0.5, 0.5 - 1e-12, 0], 1 - 1e-13), 1, "what rounding leaves over is the last that can be drawn");
});

test("bits", () => {
  assert.equal(N.bits([0.5, 0.25, 0.25, 0]), 1.5);
  assert.equal(N.bits([1, 0]), 0);
});

test("a head's row from its roots sums to one", () => {
  const bytes = Uint8Array.from([255, 0, 0, 255, 128, 128, 180, 180]);
  close(N.rowOf(bytes, [1, 2], 2, 0, 1, 0), [0.5, 0.5]);
  close(N.rowOf(bytes, [2, 1], 2, 1, 0, 1), [0.5, 0.5]);
  close(N.rowOf(bytes, [1, 2], 2, 0, 0, 1), [0, 1]);
});

test("in words", () => {
  const names = ["a", " b", "c", "\n"];
  assert.equal(N.describeNext(names, order, [0.6, 0.4, 0, 0]), "Next: “␣b” 60 %, “⏎” 40 %. 2 of 4 tokens can be drawn; 1.0 bits.");
  assert.equal(N.describeLook(["a", "b"], [0.25, 0.75], 1, [1, 0.3]), "“b” (1) looks at “b” 75 %, “a” 25 %. The model had given it 30 %.");
  assert.equal(N.describeLook(["a", "b"], [1, 0], 0, [1, 0.3]), "“a” (0) looks at “a” 100 %.");
});

test("the dial has 1 in its middle and comes back to where it was", () => {
  assert.deepEqual([-16, 0, 16].map(N.temperatureAt), [0.25, 1, 4]);
  for (let step = -16; step <= 16; step++) assert.equal(N.stepOf(N.temperatureAt(step)), step);
});
