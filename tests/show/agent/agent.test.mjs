import assert from "node:assert/strict";
import { test } from "node:test";
import * as M from "../../../labkit/show/agent/data.js";

const metas = [{ name: "grid", kind: "grid", map: ["S.", "HG"], frames: 2, lengths: [1, 3] }, { name: "cart", kind: "cart", steps: 2, truncated: true }];
const exact = [0, 3, 0, 0, -1, -1, -1, 2, 9, 9, 9, 9, 9, 9, 9, 9];
const tables = [...Array(16).fill(0), 1, 1, 0, 0, 0, 0, 0, 2, 50, 50, 50, 50, 50, 50, 50, 50];
const numbers = Float32Array.of(0, 12, ...exact, ...tables, 0.5, 0, 0.1, 0, -0.5, 0, -0.1, 0, 60, 61, 62, 63);
const places = Uint16Array.of(0, 0, 1, 3, 1, 0);
const [grid, cart] = M.unpackViews(metas, numbers, places);

test("numbers are cut where they were joined", () => {
  assert.deepEqual([...grid.episodes], [0, 12]);
  assert.deepEqual([...M.exactAt(grid, 1)], [-1, -1, -1, 2]);
  assert.deepEqual([...M.valuesAt(grid, 1, 0)], [1, 1, 0, 0]);
  assert.deepEqual(grid.paths.map(path => [...path]), [[0], [0, 1, 3]]);
  assert.deepEqual([...cart.action], [1, 0]);
  assert.deepEqual([...cart.values], [60, 61, 62, 63]);
});

test("colors and errors are of the cells in which an agent acts", () => {
  assert.deepEqual([grid.low, grid.high], [0, 2]);
  assert.deepEqual([...grid.errors], [(3 + 2) / 2, (2 + 0) / 2]);
  assert.ok(M.acts(".") && M.acts("S") && !M.acts("G") && !M.acts("#"));
});

test("all that is best is greedy", () => {
  assert.deepEqual(M.greedy(Float32Array.of(1, 1, 0, 0)), [0, 1]);
  assert.deepEqual(M.greedy(Float32Array.of(-3, -2, -3, -3)), [1]);
  assert.deepEqual(M.greedy(Float32Array.of(0, 0, 0, 0)), [0, 1, 2, 3]);
});

test("arrows go to the next cell and stop at the border", () => {
  assert.equal(M.cellAfter("ArrowRight", 0, 3, 2), 1);
  assert.equal(M.cellAfter("ArrowRight", 2, 3, 2), 2);
  assert.equal(M.cellAfter("ArrowDown", 1, 3, 2), 4);
  assert.equal(M.cellAfter("ArrowDown", 4, 3, 2), 4);
  assert.equal(M.cellAfter("ArrowUp", 4, 3, 2), 1);
  assert.equal(M.cellAfter("End", 3, 3, 2), 5);
  assert.equal(M.cellAfter("x", 3, 3, 2), null);
});

test("words of the grid", () => {
  assert.equal(M.describeGrid(grid, 1, 0, 2), "After 12 episodes, values of states are off by 1 on average. Row 0, column 0: " +
    "up 1 (exact 0), right 1 (exact 3), down 0 (exact 0), left 0 (exact 0); it would go up or right. The agent is at step 2 of 2.");
  assert.match(M.describeGrid(grid, 1, 2, 0), /Row 1, column 0: nothing is learned here/);
});

test("words of the cart", () => {
  assert.equal(M.describeCart(cart, 0), "Step 1 of 2: the cart is 0.50 right of the middle, the pole leans 5.7° right; " +
    "worth of a push to the left 60, to the right 61: push right.");
  assert.match(M.describeCart(cart, 1), /0\.50 left of the middle, the pole leans 5\.7° left.*push left\. Here the clock ends/);
  assert.match(M.describeCart({ ...cart, truncated: false }, 1), /After this push it is over\.$/);
});

test("of a long episode a hundred steps are drawn", () => {
  assert.deepEqual(M.windowOf(0, 500), [0, 100]);
  assert.deepEqual(M.windowOf(200, 500), [150, 250]);
  assert.deepEqual(M.windowOf(499, 500), [399, 499]);
  assert.deepEqual(M.windowOf(20, 30), [0, 29]);
});
