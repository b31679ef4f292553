// From noise to image: all images at a step, and one image at all steps.

import { Frames } from "../kit/before.js";
import { at, fit, make, resize, slide } from "../kit/elements.js";
import { clamp, moved, ownBytes, percent, short } from "../kit/values.js";
import { apartBy, firstWithin, imageAt, tile } from "./data.js";
import { Album, framed, GAP, LEFT, onArrows, write } from "./parts.js";

export class FilmView {
  constructor(stage, box) {
    this.stage = stage;
    this.box = box;
    this.album = new Album();
    const { size: [frames], times } = stage.get("film");
    this.pictures = make("canvas", "lk-pictures", { role: "img", tabindex: 0 }, box);
    this.player = new Frames(box, { steps: frames, label: "frame", pause: 160, step: stage.get("frame"),
      onstep: frame => stage.set({ frame }), write: n => `step ${short(times[n])}` });
    this.caption = make("p", "lk-caption", {}, box);
    this.reel = make("canvas", "lk-reel", { role: "img", tabindex: 0 }, box);
    this.listen();
  }

  take() {
    this.size = this.stage.get("film").size;
    const bytes = ownBytes(this.stage.get("shots")), half = bytes.length / 2;
    this.sets = [bytes.subarray(0, half), bytes.subarray(half)];
    this.album.clear();
    this.off = null;
  }

  picture(set, frame, image) {
    const [, , height, width] = this.size, key = `${set} ${frame} ${image}`;
    return this.album.get(key, imageAt(this.sets[set], this.size, [frame, image]), width, height);
  }

  arrange(width) {
    const [frames, count, height, wide] = this.size, shape = height / wide;
    this.cell = tile(width, count, LEFT, 140);
    this.thumb = tile(width, frames, LEFT, 44, 2);
    this.tall = Math.round(this.cell * shape);
    this.low = Math.round(this.thumb * shape);
    this.context = resize(this.pictures, width, 20 + 2 * (this.tall + GAP + 2));
    this.roll = resize(this.reel, width, 2 * (this.low + GAP) + 14);
    this.width = width;
  }

  listen() {
    const pick = event => {
      const [x] = at(event, this.pictures), image = Math.floor((x - LEFT) / (this.cell + GAP));
      if (x >= LEFT && image < this.size[1]) this.stage.set({ image });
    };
    this.pictures.addEventListener("click", pick);
    onArrows(this.pictures, key => {
      const { stage } = this, image = stage.get("image");
      if (key === "ArrowUp" || key === "ArrowDown") stage.set({ image: clamp(image + (key === "ArrowUp" ? -1 : 1), 0, this.size[1] - 1) });
      else if (key === " ") this.toggle();
      else { const to = moved(key, stage.get("frame"), this.size[0]); if (to === null) return false; this.player.go(to); }
    });
    const along = event => {
      const [x] = at(event, this.reel), frame = Math.floor((x - LEFT) / (this.thumb + 2));
      if (x >= LEFT && frame < this.size[0]) this.player.go(frame);
    };
    this.reel.addEventListener("click", along);
    this.reel.addEventListener("pointermove", event => event.buttons && along(event));
    onArrows(this.reel, key => {
      const to = moved(key, this.stage.get("frame"), this.size[0]);
      if (to === null) return false;
      this.player.go(to);
    });
  }

  toggle() { if (this.player.timer) this.player.stop(); else this.player.play(); }

  drawNow() {
    const { stage, context, cell, tall } = this, { text, soft, accent, edge } = stage.colors, { names, times } = stage.get("film");
    const frame = stage.get("frame"), image = stage.get("image");
    if (this.player.step !== frame) { this.player.step = frame; slide(this.player.input, frame); }
    context.clearRect(0, 0, this.width, this.pictures.clientHeight);
    ["noisy", "guess"].forEach((word, set) => {
      const y = 20 + set * (tall + GAP + 2);
      write(context, word, 0, y + tall / 2, text, "left", `12px ${stage.font}`);
      for (let i = 0; i < this.size[1]; i++) {
        const x = LEFT + i * (cell + GAP);
        framed(context, this.picture(set, frame, i), x, y, cell, tall, i === image ? accent : edge, i === image ? 2 : 1);
        if (!set) write(context, fit(context, names[i], cell), x + cell / 2, 9, i === image ? text : soft, "center");
      }
    });
    this.pictures.setAttribute("aria-label", `Noisy images above, guesses of the clean ones below, at step ${short(times[frame])}. `
      + "Left and right change the step, up and down choose an image, space plays.");
    this.drawReel(frame, image);
    this.tell(frame);
  }

  drawReel(frame, image) {
    const { stage, roll, thumb, low } = this, { text, soft, accent, edge } = stage.colors, { names, times } = stage.get("film");
    this.caption.textContent = `${names[image]}: every recorded step, noisiest left; click one to go there`;
    roll.clearRect(0, 0, this.width, this.reel.clientHeight);
    ["noisy", "guess"].forEach((word, set) => write(roll, word, 0, 2 + set * (low + GAP) + low / 2, text, "left", `12px ${stage.font}`));
    const every = Math.ceil(34 / (thumb + 2));
    for (let f = 0; f < this.size[0]; f++) {
      const x = LEFT + f * (thumb + 2);
      for (const set of [0, 1]) framed(roll, this.picture(set, f, image), x, 2 + set * (low + GAP), thumb, low, edge, 0.5);
      if (f % every === 0 || f === frame) {
        if (f !== frame && Math.abs(f - frame) * (thumb + 2) < 34) continue;
        write(roll, short(times[f]), x + thumb / 2, 2 * (low + GAP) + 8, f === frame ? text : soft, "center", `10px ${stage.font}`);
      }
    }
    roll.strokeStyle = accent;
    roll.lineWidth = 2;
    roll.strokeRect(LEFT + frame * (thumb + 2) - 1, 1, thumb + 2, 2 * low + GAP + 2);
    this.reel.setAttribute("aria-label", `All steps of ${names[image]}, step ${short(times[frame])} chosen. Arrows choose.`);
  }

  tell(frame) {
    const [frames, count] = this.size, block = this.sets[0].length / frames, { times } = this.stage.get("film");
    const cut = (set, f) => this.sets[set].subarray(f * block, (f + 1) * block);
    const end = cut(0, frames - 1), off = set => percent(apartBy(cut(set, frame), end));
    this.stage.say(`Step ${short(times[frame])}, frame ${frame + 1} of ${frames}: the ${count} noisy images are ${off(0)} of the gray `
      + `scale from the final ones, the guesses ${off(1)}.`);
  }

  /** The first frame whose guesses are within a tenth of the gray scale of the final images. */
  reached() {
    const [frames] = this.size, block = this.sets[0].length / frames, end = this.sets[0].subarray((frames - 1) * block);
    this.off ??= Array.from({ length: frames }, (_, f) => apartBy(this.sets[1].subarray(f * block, (f + 1) * block), end));
    return firstWithin(this.off, this.stage.get("frame"), 0.1);
  }

  stop() { this.player.stop(); }
}
