// Colors for numbers and for classes.

const VIRIDIS = [
  [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137],
  [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37],
];
const BLUE_ORANGE = [[0, 73, 122], [91, 163, 208], [247, 247, 247], [232, 150, 60], [138, 59, 0]]; // style.py's DIVERGING

// Ten classes (Okabe and Ito's colors, and three more), each with a neighbor that differs in lightness. Always with labels.
export const CLASSES = [
  "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A6D00", "#7B52C7", "#6B6B6B", "#C23B68",
];

function between(stops, x) {
  const place = Math.min(1, Math.max(0, x)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return stops[below].map((c, k) => Math.round(c + (place - below) * (stops[below + 1][k] - c)));
}

/** Color (red, green, blue) of a magnitude between 0 and 1. */
export const viridis = x => between(VIRIDIS, x);

/** Color (red, green, blue) of a number between -1 (blue) and 1 (orange), white at zero. */
export const diverging = x => between(BLUE_ORANGE, (x + 1) / 2);
