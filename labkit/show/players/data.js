// What the players explorer knows: pure functions, tested with `node --test`; the twin of data.py where there is one.

import { at } from "../kit/elements.js";
import { clamp, percent, short } from "../kit/values.js";

/** The games with their own numbers, cut out of what was sent; coordinates and directions in units of the plane. */
export function unpackGames({ games, moments, samples, side, reach, far }, places, fields, numbers) {
  const each = 2 * moments * samples, cells = moments * side * side;
  const count = places.length - 2 * each * games.length;
  let at = count, field = 0, number = 0;
  const coordinates = (from, to, limit) => Float32Array.from(places.subarray(from, to), n => n / 32767 * limit);
  const take = size => numbers.subarray(number, number += size);
  return {
    real: coordinates(0, count, far * reach),
    games: games.map(({ name, verdicts, curves }) => {
      const [unit, longest] = take(2), turns = take(moments), limits = take(moments), middles = take(moments);
      return {
        name, verdicts, unit, turns, limits, middles,
        curves: curves.map(words => ({ words, values: take(moments) })),
        samples: coordinates(at, at += each, far * reach),
        directions: coordinates(at, at += each, longest),
        fields: fields.subarray(field, field += cells),
      };
    }),
  };
}

/** What is drawn at a byte of a field: from -1 to 1. */
export const level = byte => (byte - 127) / 127;

/** The field at a point, from -1 to 1, between the four places around it; outside of the square that of its edge. */
export function fieldAt(field, side, reach, x, y) {
  const place = v => clamp((v + reach) / (2 * reach), 0, 1) * (side - 1);
  const p = place(x), q = place(y), i = Math.min(Math.floor(p), side - 2), j = Math.min(Math.floor(q), side - 2);
  const u = p - i, v = q - j, value = (row, column) => level(field[row * side + column]);
  return (1 - v) * ((1 - u) * value(j, i) + u * value(j, i + 1)) + v * ((1 - u) * value(j + 1, i) + u * value(j + 1, i + 1));
}

/** The line segments [x1, y1, x2, y2], in cells from below left, where a field crosses a level (marching squares). */
export function lines(field, side, at) {
  const found = [], h = [0, 0, 0, 0];
  for (let j = 0; j + 1 < side; j++) {
    for (let i = 0; i + 1 < side; i++) {
      const start = j * side + i;
      h[0] = level(field[start]) - at; h[1] = level(field[start + 1]) - at;
      h[2] = level(field[start + side + 1]) - at; h[3] = level(field[start + side]) - at;
      const below = (h[0] < 0) + (h[1] < 0) + (h[2] < 0) + (h[3] < 0);
      if (below === 0 || below === 4) continue;
      const cuts = [];
      for (let k = 0; k < 4; k++) {
        const a = h[k], b = h[(k + 1) % 4];
        if (a < 0 === b < 0) continue;
        const t = a / (a - b), [x, y] = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]][k];
        const [p, q] = [[1, 0], [0, 1], [-1, 0], [0, -1]][k];
        cuts.push([x + t * p, y + t * q]);
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) found.push([...cuts[k], ...cuts[k + 1]]);
    }
  }
  return found;
}

/** An arrow's share of the full length, and its direction on the screen. */
export function arrow(dx, dy, unit) {
  const length = Math.hypot(dx, dy);
  if (!(length > 0)) return { share: 0, x: 0, y: 0 };
  return { share: Math.min(1, length / unit), x: dx / length, y: -dy / length };
}

/** A direction in words: eight of them. */
export function heading(dx, dy) {
  const names = ["right", "up and to the right", "up", "up and to the left", "left", "down and to the left", "down", "down and to the right"];
  return names[(Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) + 8) % 8];
}

/** The next sample in the direction of an arrow key: near, and not far off the line; itself if there is none. */
export function nextSample(key, points, sample) {
  const [dx, dy] = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key];
  let best = sample, least = Infinity;
  for (let k = 0; 2 * k < points.length; k++) {
    const x = points[2 * k] - points[2 * sample], y = points[2 * k + 1] - points[2 * sample + 1];
    const along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
    if (k !== sample && along > 1e-6 && along >= across && along + 2 * across < least) [best, least] = [k, along + 2 * across];
  }
  return best;
}

/** Whether the discriminator takes what it gives this shade for real with 90 % or more: the explorer's goal. */
export const fools = (game, shown) => game.verdicts && (shown + 1) / 2 >= 0.9;

/** What a game's discriminator outputs at a point, in words. */
export function verdict(game, moment, shown) {
  if (game.verdicts) return `D ${percent((shown + 1) / 2)}`;
  return `height ${short(game.middles[moment] + shown * game.limits[moment])}`;
}

/** What a game shows at a moment, in words. */
export function describeGame(game, moment) {
  const curves = game.curves.map(({ words, values }) => `, ${words} ${short(values[moment])}`).join("");
  return `${game.name}, turn ${game.turns[moment]} of ${game.turns.at(-1)}${curves}`;
}

/** What blue, white and orange stand for. */
export function scaleOf(game, moment) {
  if (game.verdicts) return ["D = 0, fake", "0.5", "1, real"];
  const limit = game.limits[moment], middle = game.middles[moment];
  return [`height ${short(middle - limit)}`, short(middle), short(middle + limit)];
}
