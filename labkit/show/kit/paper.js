// A canvas with pens.

import { make, resize } from "./elements.js";

/**
 * A canvas in CSS pixels whose pens know the theme: a color is one of the theme's names ("text", "soft", "line", ...) or
 * any other color. `halo` draws a wider line in white below, to be seen on any ground. `say` names it for screen readers.
 */
export class Paper {
  constructor(stage, parent, attributes = {}, className = "") {
    this.stage = stage;
    this.canvas = make("canvas", className, { role: "img", ...attributes }, parent);
    this.pen = this.canvas.getContext("2d");
  }

  resize(width, height) {
    Object.assign(this, { width, height });
    resize(this.canvas, width, height);
  }

  clear() { this.pen.clearRect(0, 0, this.width, this.height); }

  color(name) { return this.stage.colors[name] ?? name; }

  say(words) { this.canvas.setAttribute("aria-label", words); }

  line(points, color = "line", width = 2, { dash = [], halo = 0 } = {}) {
    const { pen } = this;
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    Object.assign(pen, { lineJoin: "round", lineCap: dash.length ? "butt" : "round" });
    if (halo) { Object.assign(pen, { strokeStyle: "#ffffff", lineWidth: halo }); pen.stroke(); }
    pen.setLineDash(dash);
    Object.assign(pen, { strokeStyle: this.color(color), lineWidth: width });
    pen.stroke();
    pen.setLineDash([]);
  }

  box(x, y, width, height, { fill = "", edge = "", thick = 1, halo = 0 } = {}) {
    const { pen } = this;
    pen.lineJoin = "miter";
    if (fill) { pen.fillStyle = this.color(fill); pen.fillRect(x, y, width, height); }
    for (const [color, wide] of [["#ffffff", halo], [edge, thick]]) {
      if (!color || !wide) continue;
      Object.assign(pen, { strokeStyle: this.color(color), lineWidth: wide });
      pen.strokeRect(x, y, width, height);
    }
  }

  dot(x, y, radius, { fill = "line", edge = "", thick = 1 } = {}) {
    const { pen } = this;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = this.color(fill);
    pen.fill();
    if (!edge) return;
    Object.assign(pen, { strokeStyle: this.color(edge), lineWidth: thick });
    pen.stroke();
  }

  text(words, x, y, { color = "soft", size = 11, align = "left", base = "alphabetic", bold = false } = {}) {
    const font = `${bold ? "700 " : ""}${size}px ${this.stage.font}`;
    Object.assign(this.pen, { font, fillStyle: this.color(color), textAlign: align, textBaseline: base });
    this.pen.fillText(words, x, y);
  }

  /** From a point into a direction of length 1. */
  arrow(x, y, [dx, dy], length, color = "line", width = 1.2) {
    const { pen } = this, tip = [x + length * dx, y + length * dy], head = 0.34 * length;
    this.line([[x + 0.2 * length * dx, y + 0.2 * length * dy], tip], color, width);
    pen.beginPath();
    pen.moveTo(...tip);
    for (const side of [1, -1]) pen.lineTo(tip[0] - head * (dx + 0.6 * side * dy), tip[1] - head * (dy - 0.6 * side * dx));
    pen.fillStyle = this.color(color);
    pen.fill();
  }
}
