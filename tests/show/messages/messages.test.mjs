import assert from "node:assert/strict";
import { test } from "node:test";
import * as M from "../../../labkit/show/messages/data.js";

// Three nodes in a row, two rounds, one head; two classes.
const path = { name: "path", rounds: 2, heads: 1, edges: 4, classes: 2, chances: new Float32Array(18).fill(0.5),
  weights: Float32Array.of(1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5), source: Uint16Array.of(0, 1, 1, 2), target: Uint16Array.of(1, 0, 2, 1) };

test("numbers are cut where they were joined", () => {
  const views = [{ name: "a", rounds: 1, heads: 2, edges: 3, classes: 2 }, { name: "b", rounds: 0, heads: 1, edges: 1, classes: 2 }];
  const numbers = Float32Array.from({ length: 4 + 8 + 6 + 4 + 0 + 12 + 3 }, (_, n) => n);
  const graph = M.unpackGraph(2, views, [{ name: "deep", depths: 3 }], numbers, Uint16Array.of(0, 1, 0, 1, 0, 1, 7, 8));
  assert.deepEqual([...graph.places], [0, 1, 2, 3]);
  assert.deepEqual([...graph.views[0].weights], [12, 13, 14, 15, 16, 17]);
  assert.deepEqual([...graph.views[0].target], [1, 0, 1]);
  assert.deepEqual([...graph.views[1].chances], [18, 19, 20, 21]);
  assert.deepEqual([graph.views[1].source[0], graph.views[1].target[0]], [7, 8]);
  assert.deepEqual([...graph.deep[0].apart], [34, 35, 36]);
});

test("heads by themselves and on average", () => {
  const view = { heads: 2, edges: 2, weights: Float32Array.of(1, 0, 0.5, 0.5, 0, 1, 0.25, 0.75) };
  assert.deepEqual([...M.carried(view, 1, 0)], [0, 1]);
  assert.deepEqual([...M.carried(view, 1, 1)], [0.25, 0.75]);
  assert.deepEqual([...M.carried(view, 0, -1)], [0.75, 0.25]);
});

test("influence goes back along the edges, round by round", () => {
  assert.deepEqual([...M.influence(path, 3, 0, 0, -1)], [1, 0, 0]);
  assert.deepEqual([...M.influence(path, 3, 0, 1, -1)], [0, 1, 0]);
  const twice = M.influence(path, 3, 0, 2, 0);
  assert.ok(Math.abs(twice[0] - 2 / 3) < 1e-9 && twice[1] === 0);
});

test("beliefs, and how sure they are", () => {
  const view = { ...path, chances: Float32Array.of(0.5, 0.5, 0.25, 0.75, 1, 0) };
  assert.deepEqual([M.believes(view, 3, 0, 1).label, M.believes(view, 3, 0, 1).chance], [1, 0.75]);
  assert.equal(M.sureness(0.25, 4), 0);
  assert.equal(M.sureness(1, 4), 1);
});

test("colors mix", () => {
  assert.deepEqual(M.rgbOf("#0072B2"), [0, 114, 178]);
  assert.deepEqual(M.mixed([0, 100, 200], [100, 0, 200], 0.5), [50, 50, 200]);
});

test("arrows go to the next node that way, and stay where there is none", () => {
  const places = Float32Array.of(0, 0, 1, 0, 2, 0.1, 1, 5);
  assert.equal(M.neighborTo("ArrowRight", places, 0), 1);
  assert.equal(M.neighborTo("ArrowRight", places, 1), 2);
  assert.equal(M.neighborTo("ArrowUp", places, 1), 3);
  assert.equal(M.neighborTo("ArrowLeft", places, 0), 0);
});

test("words say the class, the truth and the sources", () => {
  const words = M.describeNode(path, ["ann", "bob", "cyd"], [0, 1, 1], 2, 0, M.influence(path, 3, 0, 2, -1));
  assert.equal(words, "ann after round 2: class 0 with 50 %, which is right. It has heard from 2 of 3 nodes, most from ann 67 %, cyd 33 %.");
  assert.match(M.describeNode(path, ["ann", "bob", "cyd"], [1, 1, 1], 0, 0, [1, 0, 0]), /the truth is class 1\. It knows only itself\./);
});
