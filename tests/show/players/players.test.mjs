import assert from "node:assert/strict";
import { test } from "node:test";
import * as M from "../../../labkit/show/players/data.js";

const near = (a, b, within = 1e-3) => assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);

// One real sample; two games of two moments, one sample, a field of 2 x 2; the second game has a curve.
const meta = { games: [{ name: "a", verdicts: true, curves: [] }, { name: "b", verdicts: false, curves: ["loss"] }],
  moments: 2, samples: 1, side: 2, reach: 3, far: 2 };
const places = Int16Array.of(32767, -32767, 1, 2, 3, 4, 32767, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, -32767);
const fields = Uint8Array.from({ length: 16 }, (_, n) => n);
const numbers = Float32Array.of(0.5, 2, 0, 10, 1, 1, 0, 0, 0.25, 4, 0, 20, 3, 5, -1, 1, 0.75, 0.5);

test("games are cut where they were joined", () => {
  const { real, games: [a, b] } = M.unpackGames(meta, places, fields, numbers);
  assert.deepEqual([...real], [6, -6]);
  near(a.samples[1] * 32767 / 6, 2);
  assert.deepEqual([...a.directions], [2, 0, 0, 0]);
  near(b.samples[3] * 32767 / 6, 8);
  assert.equal(b.directions[3], -4);
  assert.deepEqual([a.unit, b.unit, ...a.turns, ...b.turns], [0.5, 0.25, 0, 10, 0, 20]);
  assert.deepEqual([[...b.limits], [...b.middles], [...b.curves[0].values]], [[3, 5], [-1, 1], [0.75, 0.5]]);
  assert.deepEqual([[...a.fields], [...b.fields]], [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14, 15]]);
});

test("a field is read between its places, from below left, and at its edge outside", () => {
  const field = Uint8Array.of(127, 254, 0, 127); // below: 0 1; above: -1 0
  near(M.fieldAt(field, 2, 3, -3, -3), 0);
  near(M.fieldAt(field, 2, 3, 3, -3), 1);
  near(M.fieldAt(field, 2, 3, -3, 3), -1);
  near(M.fieldAt(field, 2, 3, 0, -3), 0.5);
  near(M.fieldAt(field, 2, 3, 0, 0), 0);
  near(M.fieldAt(field, 2, 3, -9, 0), -0.5);
});

test("a level line runs where the field crosses it", () => {
  const side = 4, field = Uint8Array.from({ length: 16 }, (_, n) => 127 + 20 * ((n % 4) - 1) - 10); // 0 at column 1.5
  const found = M.lines(field, side, 0);
  assert.equal(found.length, 3);
  for (const [x1, , x2] of found) { near(x1, 1.5); near(x2, 1.5); }
  assert.deepEqual(M.lines(field, side, 0.9), []);
});

test("arrows keep their direction, with y down on the screen, and end at the full length", () => {
  assert.deepEqual(M.arrow(0, 0, 1), { share: 0, x: 0, y: 0 });
  const { share, x, y } = M.arrow(3, 4, 10);
  near(share, 0.5); near(x, 0.6); near(y, -0.8);
  assert.equal(M.arrow(30, 40, 10).share, 1);
});

test("directions in words", () => {
  assert.deepEqual([[1, 0], [1, 1], [0, 2], [-1, 0.1], [-1, -1], [0.1, -1], [1, -1]].map(([x, y]) => M.heading(x, y)),
    ["right", "up and to the right", "up", "left", "down and to the left", "down", "down and to the right"]);
});

test("arrow keys go to the next sample that way, and stay where there is none", () => {
  const points = Float32Array.of(0, 0, 1, 0, 2, 0.1, 1, 5);
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowUp"].map(key => M.nextSample(key, points, 0)), [1, 0, 3]);
  assert.equal(M.nextSample("ArrowDown", points, 3), 1);
});

test("words and colors say what the discriminator says", () => {
  const { games: [a, b] } = M.unpackGames(meta, places, fields, numbers);
  assert.equal(M.verdict(a, 0, 0.5), "D 75 %");
  assert.equal(M.verdict(b, 1, 0.5), "height 3.5");
  assert.equal(M.describeGame(b, 1), "b, turn 20 of 20, loss 0.5");
  assert.deepEqual(M.scaleOf(b, 0), ["height -4", "-1", "2"]);
  assert.equal(M.scaleOf(a, 0)[1], "0.5");
});
