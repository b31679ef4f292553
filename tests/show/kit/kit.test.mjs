// node --test: the pure functions that all explorers share.
import assert from "node:assert/strict";
import test from "node:test";

import { Asker } from "../../../labkit/show/kit/asker.js";
import * as C from "../../../labkit/show/kit/colors.js";
import * as S from "../../../labkit/show/kit/values.js";

test("colors of magnitudes and of signed numbers", () => {
  assert.deepEqual(C.viridis(0), [68, 1, 84]);
  assert.deepEqual(C.viridis(1), [253, 231, 37]);
  assert.deepEqual(C.viridis(2), C.viridis(1));
  assert.deepEqual(C.diverging(0), [247, 247, 247]);
  const [blue, orange] = [C.diverging(-1), C.diverging(1)];
  assert.ok(blue[2] > blue[0] && orange[0] > orange[2]);
  assert.equal(new Set(C.CLASSES).size, 10);
});

test("bytes that stand inside a larger buffer", () => {
  const whole = new Uint8Array(16);
  new DataView(whole.buffer).setFloat32(5, 0.75, true);
  assert.deepEqual([...S.floats(new DataView(whole.buffer, 5, 4))], [0.75]);
  const own = S.ownBytes(whole.subarray(5, 9));
  own[0] = 9;
  assert.equal(whole[5], 0);
});

test("keys move within a list", () => {
  const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "End", "Home", "PageDown", "a"];
  assert.deepEqual(keys.map(key => S.moved(key, 1, 5)), [0, 2, 0, 2, 4, 0, 4, null]);
  assert.deepEqual(["ArrowUp", "ArrowDown"].map(key => S.moved(key, 0, 1)), [0, 0]);
});

test("round numbers on an axis", () => {
  assert.deepEqual(S.ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(S.ticks(-3, 7, 5), [-2, 0, 2, 4, 6]);
});

test("numbers in words", () => {
  assert.deepEqual([0, 0.004, 0.005, 0.5, 1].map(S.percent), ["0 %", "<1 %", "1 %", "50 %", "100 %"]);
  assert.deepEqual([1234.5, 0.00012345, NaN].map(S.short), ["1230", "0.000123", "not a number"]);
});

test("an asker has one question in flight, and the newest wins", () => {
  const sent = [], heard = [], errors = [];
  const model = { on: (_, callback) => { model.tell = callback; }, off: () => { model.tell = null; }, send: m => sent.push(m) };
  const asker = new Asker(model, (answer, buffers, question) => heard.push([answer.y, question.x]), words => errors.push(words));
  for (const x of [1, 2, 3]) asker.ask({ x });
  assert.deepEqual(sent.map(m => m.x), [1]);
  model.tell({ answer: "another view's 1", y: 0 }, []);
  assert.deepEqual(heard, []);
  model.tell({ answer: sent[0].ask, y: 10 }, []);
  assert.deepEqual(sent.map(m => m.x), [1, 3], "2 was overtaken");
  model.tell({ answer: sent[0].ask, y: 10 }, []);
  assert.deepEqual(heard, [[10, 1]], "an answer counts once");
  model.tell({ answer: sent[1].ask, error: "ValueError: no" }, []);
  assert.deepEqual(errors, ["ValueError: no"]);
  asker.ask({ x: 4 });
  assert.equal(sent.at(-1).x, 4, "after an error too");
  asker.stop();
  assert.equal(model.tell, null);
});
