// What the three views of the denoising explorer share.

import { raster } from "../kit/elements.js";

export const LEFT = 48, GAP = 4;

/** Gray pictures as small canvases, each made once. */
export class Album {
  constructor() { this.made = new Map(); }
  get(key, pixels, width, height) {
    if (!this.made.has(key)) this.made.set(key, raster([...pixels], width, height, value => [value, value, value]));
    return this.made.get(key);
  }
  clear() { this.made.clear(); }
}

/** A picture with a frame around it. */
export function framed(context, picture, x, y, width, height, color, thick) {
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, x, y, width, height);
  context.strokeStyle = color;
  context.lineWidth = thick;
  context.strokeRect(x - thick / 2, y - thick / 2, width + thick, height + thick);
}

export function write(context, words, x, y, color, align = "left", font = "") {
  if (font) context.font = font;
  Object.assign(context, { fillStyle: color, textAlign: align, textBaseline: "middle" });
  context.fillText(words, x, y);
}

/** Chooses with the arrows; the rest of the keys are left alone. */
export function onArrows(canvas, act) {
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key) === false) return;
    event.preventDefault();
  });
}
