// What the agent explorer knows: values, paths and episodes, and what they say in words. The twin of data.py.

import { clamp, short } from "../kit/values.js";

export const ACTIONS = ["up", "right", "down", "left"], PUSHES = ["push left", "push right"];
const CLOSE = 1e-6; // what differs by less is equally good

/** The views with their own numbers, cut out of what was sent in one piece. */
export function unpackViews(metas, numbers, places) {
  let from = 0, place = 0;
  const take = size => numbers.subarray(from, from += size), walk = size => places.subarray(place, place += size);
  return metas.map(meta => {
    if (meta.kind === "cart") return { ...meta, obs: take(4 * meta.steps), values: take(2 * meta.steps), action: walk(meta.steps) };
    const columns = meta.map[0].length, cells = columns * meta.map.length, letters = meta.map.join("");
    const film = { ...meta, columns, cells, letters, rows: meta.map.length,
      episodes: take(meta.frames), exact: take(4 * cells), table: take(4 * cells * meta.frames), paths: meta.lengths.map(walk) };
    return { ...film, ...spanOf(film), errors: errorsOf(film) };
  });
}

export const acts = letter => letter === "." || letter === "S";

/** The four values of a cell in a frame. */
export const valuesAt = (film, frame, cell) => film.table.subarray(4 * (frame * film.cells + cell), 4 * (frame * film.cells + cell + 1));

export const exactAt = (film, cell) => film.exact.subarray(4 * cell, 4 * cell + 4);

/** The actions that are the best: all that are equally good; the twin of picture.py's `greedy`. */
export function greedy(values) {
  const most = Math.max(...values);
  return [...values.keys()].filter(a => values[a] >= most - CLOSE * Math.max(1, Math.abs(most)));
}

/** The least and the greatest value that a state has in any frame. */
export function spanOf(film) {
  let low = Infinity, high = -Infinity;
  for (let frame = 0; frame < film.frames; frame++) {
    for (let cell = 0; cell < film.cells; cell++) {
      if (!acts(film.letters[cell])) continue;
      const value = Math.max(...valuesAt(film, frame, cell));
      [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  return { low, high: high > low ? high : low + 1 };
}

/** How far the values of the states are off on average, frame by frame; the twin of GridFilm.errors. */
export function errorsOf(film) {
  const standing = [...film.letters].flatMap((letter, cell) => acts(letter) ? [cell] : []);
  return Float64Array.from({ length: film.frames }, (_, frame) => standing.reduce((sum, cell) =>
    sum + Math.abs(Math.max(...valuesAt(film, frame, cell)) - Math.max(...exactAt(film, cell))), 0) / standing.length);
}

/** The cell after a key press; itself at the border, null if the key is none of the grid's. */
export function cellAfter(key, cell, columns, rows) {
  const row = Math.floor(cell / columns), column = cell % columns;
  const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], Home: [row, 0], End: [row, columns - 1] }[key];
  return to ? clamp(to[0], 0, rows - 1) * columns + clamp(to[1], 0, columns - 1) : null;
}

/** Whether an agent reaches the goal cell in this frame and in none before: the explorer's goal for a film. */
export function arrivesFirst(film, frame) {
  const arrives = path => path.length > 0 && film.letters[path.at(-1)] === "G";
  return arrives(film.paths[frame]) && !film.paths.slice(0, frame).some(arrives);
}

/** Whether the pole leans most at this step: the explorer's goal for an episode. */
export function leansMost(cart, step) {
  const lean = n => Math.abs(cart.obs[4 * n + 2]);
  return Array.from({ length: cart.steps }, (_, n) => lean(n)).every(other => other <= lean(step));
}

/** The first and the last step of a long episode that are drawn: about a hundred around this one. */
export function windowOf(step, count) {
  const from = clamp(step - 50, 0, Math.max(0, count - 101));
  return [from, Math.min(count - 1, from + 100)];
}

/** What the grid shows, in words. */
export function describeGrid(film, frame, cell, step) {
  const values = valuesAt(film, frame, cell), exact = exactAt(film, cell), path = film.paths[frame];
  const where = `Row ${Math.floor(cell / film.columns)}, column ${cell % film.columns}`;
  const after = `After ${film.episodes[frame]} episodes, values of states are off by ${short(film.errors[frame])} on average.`;
  const walks = path.length ? ` The agent is at step ${step} of ${path.length - 1}.` : "";
  if (!acts(film.letters[cell])) return `${after} ${where}: nothing is learned here.${walks}`;
  const found = ACTIONS.map((name, a) => `${name} ${short(values[a])} (exact ${short(exact[a])})`).join(", ");
  return `${after} ${where}: ${found}; it would go ${greedy(values).map(a => ACTIONS[a]).join(" or ")}.${walks}`;
}

/** What the cart shows, in words. */
export function describeCart(cart, step) {
  const [place, , angle] = cart.obs.subarray(4 * step, 4 * step + 4), [left, right] = cart.values.subarray(2 * step, 2 * step + 2);
  const side = place >= 0 ? "right" : "left", lean = angle >= 0 ? "right" : "left";
  const degrees = (Math.abs(angle) * 180 / Math.PI).toFixed(1);
  const last = step === cart.steps - 1 ? (cart.truncated ? " Here the clock ends the episode." : " After this push it is over.") : "";
  return `Step ${step + 1} of ${cart.steps}: the cart is ${Math.abs(place).toFixed(2)} ${side} of the middle, the pole leans ` +
    `${degrees}° ${lean}; worth of a push to the left ${short(left)}, to the right ${short(right)}: ${PUSHES[cart.action[step]]}.${last}`;
}
