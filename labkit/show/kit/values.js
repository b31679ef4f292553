// Bytes, numbers and keys.

/** A DataView or a typed array that looks into a larger buffer, as bytes of its own. */
export function ownBytes(view) {
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** The float32 numbers in a trait of bytes. */
export const floats = view => new Float32Array(ownBytes(view).buffer);

export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

export const percent = w => (w > 0 && w < 0.005 ? "<1 %" : `${Math.round(100 * w)} %`);

/** A number in three digits. */
export const short = value => Number.isFinite(value) ? String(+value.toPrecision(3)) : "not a number";

/** The index after a key press in a list of `size`; null if the key is none of the list's. */
export function moved(key, index, size) {
  const to = { ArrowUp: index - 1, ArrowLeft: index - 1, ArrowDown: index + 1, ArrowRight: index + 1, Home: 0,
    End: size - 1, PageUp: index - 8, PageDown: index + 8 }[key];
  return to === undefined ? null : clamp(to, 0, size - 1);
}

/** About `count` round numbers between two values. */
export function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) found.push(+(n * step).toPrecision(12));
  return found;
}

/** Places moved so that any two are at least `gap` apart, in the same order: the twin of plots.py's `apart`. */
export function apart(places, gap, most) {
  const order = [...places.keys()].sort((a, b) => places[a] - places[b]), found = [...places];
  let last = -Infinity;
  for (const i of order) found[i] = last = Math.max(places[i], last + gap);
  const shift = Math.max(0, last - most);
  return found.map(place => place - shift);
}

const KINDS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };

/** The numbers of a declared array (traits.py), with its shape; `at(i, j)` cuts out what lies below its first axes. */
export function numbers({ dtype, shape, data }) {
  const values = new KINDS[dtype](ownBytes(data).buffer);
  const at = (...place) => {
    const size = shape.slice(place.length).reduce((a, b) => a * b, 1);
    const start = place.reduce((sum, i, k) => sum + i * shape.slice(k + 1).reduce((a, b) => a * b, 1), 0);
    return values.subarray(start, start + size);
  };
  return { values, shape, at };
}
