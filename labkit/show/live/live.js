// Training curves that grow while the model learns. Points come as messages; the state holds them all from time to time.

import { make } from "../kit/elements.js";
import { lifeOf } from "../kit/life.js";
import { apart, floats, short, ticks } from "../kit/values.js";
import { extend, groups, logTicks, progressText, range, smooth, unpack } from "./data.js";

const COLORS = { light: ["#0072B2", "#C04F00", "#00805D", "#B0548A"], dark: ["#6CC4F5", "#FF9A4D", "#3FD0A4", "#E79BC4"] };
const HEIGHT = 220, LEFT = 46, TOP = 24, BOTTOM = 36;

/** What all views of one model share: the points. */
function pointsOf(model) {
  if (!model.labkitPoints) {
    model.labkitPoints = new Map();
    const merge = () => {
      for (const [name, points] of unpack(model.get("series"), model.get("history"))) {
        const newer = model.labkitPoints.get(name) ?? []; // the state may be older than the messages, or fuller
        model.labkitPoints.set(name, extend(points, newer));
      }
    };
    merge();
    model.on("change:history", merge);
    model.on("msg:custom", (message, buffers) => message.points?.forEach((name, i) => {
      model.labkitPoints.set(name, extend(model.labkitPoints.get(name) ?? [], floats(buffers[i])));
    }));
  }
  return model.labkitPoints;
}

function render({ model, el }) {
  const points = pointsOf(model), root = make("div", "lk-live", {}, el);
  const life = lifeOf(model);
  let progress = model.get("progress"), frame = 0, width = 0;
  const bar = make("div", "lk-live-bar", {}, root);
  make("strong", "", {}, bar, model.get("title"));
  const meter = make("progress", "", {}, bar), words = make("span", "lk-live-words", {}, bar);
  const label = make("label", "", {}, bar), log = make("input", "", { type: "checkbox" }, label);
  meter.setAttribute("aria-label", `${model.get("title")}: progress`);
  log.checked = model.get("log");
  label.append(" log scale");
  const plots = make("div", "lk-live-plots", {}, root), canvases = new Map();

  function draw() {
    frame = 0;
    if (!root.isConnected) return; // an output that is being replaced has no style to read
    Object.assign(meter, progress.steps ? { max: progress.steps, value: progress.done ? progress.steps : progress.step } : {});
    words.textContent = progressText(progress, life.lost);
    const found = groups([...points.keys()]), dark = isDark(root);
    for (const names of found) {
      const id = names[0];
      if (!canvases.has(id)) canvases.set(id, make("canvas", "", { role: "img" }, plots));
      const columns = Math.max(1, Math.min(found.length, Math.floor(plots.clientWidth / 300)));
      paint(canvases.get(id), names, plots.clientWidth / columns - 8, dark);
    }
  }

  function paint(canvas, names, width, dark) {
    const ratio = window.devicePixelRatio || 1, context = canvas.getContext("2d");
    if (canvas.width !== Math.round(width * ratio)) { // a canvas that keeps its size is not blanked
      [canvas.width, canvas.height] = [Math.round(width * ratio), HEIGHT * ratio];
      Object.assign(canvas.style, { width: `${width}px`, height: `${HEIGHT}px` });
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    const style = getComputedStyle(root), colors = COLORS[dark ? "dark" : "light"];
    context.font = `11px ${style.fontFamily}`;
    const all = names.map((name, k) => {
      const xs = [], ys = [], pairs = points.get(name);
      for (let i = 0; i < pairs.length; i += 2) { xs.push(pairs[i]); ys.push(pairs[i + 1]); }
      const trend = xs.length >= 100 ? smooth(ys, xs.length / 50) : ys;
      return { xs, ys, trend, color: colors[k % colors.length], text: `${name.replaceAll("_", " ")} ${short(trend.at(-1))}` };
    });
    const right = Math.max(...all.map(({ text }) => context.measureText(text).width)) + 12;
    const w = Math.max(60, width - LEFT - right), h = HEIGHT - TOP - BOTTOM;
    const [low, high] = range(all.flatMap(({ ys }) => ys), log.checked);
    const most = Math.max(progress.done ? 1 : progress.steps || 1, ...all.map(({ xs }) => xs.at(-1)));
    const scale = log.checked ? Math.log : Number, X = x => LEFT + x / most * w;
    const Y = y => TOP + h - (scale(y) - scale(low)) / (scale(high) - scale(low)) * h;
    paintAxes(context, { names, low, high, most, w, h, X, Y }, dark ? "#3a4047" : "#e6e6e6", style.color);
    const line = (xs, ys) => {
      context.beginPath();
      let on = false;
      ys.forEach((y, i) => {
        const good = Number.isFinite(y) && (!log.checked || y > 0);
        if (good) context[on ? "lineTo" : "moveTo"](X(xs[i]), Y(y));
        on = good;
      });
      context.stroke();
    };
    const heights = apart(all.map(({ trend }) => Number.isFinite(trend.at(-1)) ? Y(Math.max(low, trend.at(-1))) : TOP), 14, TOP + h);
    all.forEach(({ xs, ys, trend, color, text }, k) => {
      Object.assign(context, { strokeStyle: color, fillStyle: color, lineJoin: "round", lineWidth: 1, globalAlpha: 0.28 });
      if (trend !== ys) line(xs, ys);
      Object.assign(context, { lineWidth: 2, globalAlpha: 1 });
      line(xs, trend);
      if (xs.length < 40) xs.forEach((x, i) => { context.beginPath(); context.arc(X(x), Y(ys[i]), 2.5, 0, 7); context.fill(); });
      context.textAlign = "left";
      context.fillText(text, X(xs.at(-1)) + 6 > LEFT + w ? LEFT + w + 6 : Math.min(X(xs.at(-1)) + 6, LEFT + w + 6), heights[k]);
    });
    canvas.setAttribute("aria-label", `${all.map(({ text }) => text).join(", ")} at step ${progress.step}`);
  }

  function paintAxes(context, { names, low, high, most, w, h, X, Y }, grid, text) {
    Object.assign(context, { strokeStyle: grid, fillStyle: text, lineWidth: 1, textBaseline: "middle", textAlign: "right" });
    for (const t of log.checked ? logTicks(low, high) : ticks(low, high, 4)) {
      context.beginPath(); context.moveTo(LEFT, Y(t)); context.lineTo(LEFT + w, Y(t)); context.stroke();
      context.fillText(short(t), LEFT - 6, Y(t));
    }
    context.textAlign = "center";
    for (const t of ticks(0, most, w / 70)) context.fillText(t.toLocaleString("en-US"), X(t), TOP + h + 12);
    context.fillText("step", LEFT + w / 2, TOP + h + 28);
    context.textAlign = "left";
    context.font = context.font.replace("11px", "600 12px");
    context.fillText(names.length > 1 ? names[0].split("_").at(-1) : names[0].replaceAll("_", " "), LEFT, 9);
    context.font = context.font.replace(/600 12px|bold 12px/, "11px");
  }

  const later = () => { frame ||= requestAnimationFrame(draw); };
  const onMessage = message => { if (message.progress) progress = message.progress; later(); };
  const onProgress = () => { progress = model.get("progress"); later(); };
  life.listeners.add(later);
  model.on("msg:custom", onMessage);
  model.on("change:progress", onProgress);
  model.on("change:history", later);
  log.addEventListener("change", () => { model.set("log", log.checked); model.save_changes(); later(); });
  root.addEventListener("keydown", event => event.stopPropagation());
  const sizes = new ResizeObserver(() => { if (width !== plots.clientWidth) { width = plots.clientWidth; later(); } });
  sizes.observe(plots);
  const themes = new MutationObserver(later);
  themes.observe(document.body, { attributes: true });
  later();
  return () => {
    life.stop();
    cancelAnimationFrame(frame);
    sizes.disconnect();
    themes.disconnect();
    model.off("msg:custom", onMessage);
    model.off("change:progress", onProgress);
    model.off("change:history", later);
  };
}

function isDark(root) {
  const [r, g, b] = getComputedStyle(root).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.3 * r + 0.6 * g + 0.1 * b < 128;
}

export default { initialize: ({ model }) => { pointsOf(model); }, render };
