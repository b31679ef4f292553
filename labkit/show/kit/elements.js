// Elements of the page; those that take the focus keep their keys from the notebook.

import { moved } from "./values.js";

/** An element with class, attributes and parent; one that takes the focus keeps its keys from the notebook. */
export function make(tag, className, attributes = {}, parent = null, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  // Notebook 7 takes keys before the page sees them: every element that takes the focus has to say so itself.
  if ("tabindex" in attributes || ["button", "input", "select"].includes(tag)) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  parent?.append(element);
  return element;
}

/** A labelled slider; `write(value)` gives the words beside it. Returns the input; set its value with `slide`. */
export function slider(parent, label, { min, max, step = 1, value }, write = String) {
  const box = make("label", "lk-slider", {}, parent, label);
  const input = make("input", "", { type: "range", min, max, step }, box);
  input.words = make("output", "lk-number", {}, box);
  input.write = write;
  input.addEventListener("input", () => slide(input, Number(input.value)));
  slide(input, value);
  return input;
}

export function slide(input, value) {
  input.value = value;
  input.words.textContent = input.write(Number(input.value));
}

/** A radio group of buttons, arrows choose; `mark(group, index)` shows which one is chosen. */
export function choices(parent, label, names, onchoose) {
  const group = make("div", "lk-tabs", { role: "radiogroup", "aria-label": label }, parent);
  names.forEach((name, i) => {
    make("button", "", { role: "radio", type: "button" }, group, name).addEventListener("click", () => onchoose(i));
  });
  group.addEventListener("keydown", event => {
    const to = moved(event.key, [...group.children].indexOf(event.target), names.length);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onchoose(to);
    group.children[to]?.focus();
  });
  mark(group, 0);
  return group;
}

export function mark(group, index) {
  [...group.children].forEach((button, i) => {
    button.setAttribute("aria-checked", i === index);
    button.tabIndex = i === index ? 0 : -1;
  });
}

/** A canvas as sharp as the screen; draw on it in CSS pixels. */
export function resize(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A small canvas with one pixel for each value; `colorOf(value, index)` gives red, green, blue. */
export function raster(values, width, height, colorOf) {
  const canvas = make("canvas"), context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [width, height];
  const image = context.createImageData(width, height);
  values.forEach((value, at) => {
    image.data.set(colorOf(value, at), 4 * at);
    image.data[4 * at + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A text cut to a width in pixels. */
export function fit(context, text, width) {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width > width) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

/** Where a pointer is on an element, in CSS pixels from its upper left corner. */
export function at(event, element) {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
