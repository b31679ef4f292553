// The denoising explorer: a film from noise to image, particles in a field of scores, the guidance dial.

import { choices, make, mark } from "../kit/elements.js";
import { Stage } from "../kit/stage.js";
import { FieldView } from "./field.js";
import { FilmView } from "./film.js";
import { GuidanceView } from "./guidance.js";

const VIEWS = { film: ["From noise to image", FilmView, "shots"], field: ["Score field", FieldView, "particles"],
  guidance: ["Guidance", GuidanceView, "samples"] };

class Denoising extends Stage {
  constructor(context) {
    super(context, "denoising", "Denoising explorer");
    this.given = Object.keys(VIEWS).filter(name => this.get(name).size);
    this.views = {};
    const bar = make("div", "lk-bar", {});
    this.body.before(bar);
    this.tabs = choices(bar, "Which view", this.given.map(name => VIEWS[name][0]), i => this.set({ view: this.given[i] }));
    this.tabs.hidden = this.given.length < 2;
    for (const name of this.given) {
      const box = make("div", "lk-view", {}, this.body);
      this.views[name] = new VIEWS[name][1](this, box);
      this.views[name].box = box;
    }
    this.read();
    this.hear(["shots", "particles", "arrows", "samples", "film", "field", "guidance"], () => { this.read(); this.refresh(); });
    this.hear(["view"], () => { for (const view of Object.values(this.views)) view.player?.stop(); this.refresh(); });
  }

  /** Take the numbers; on Colab they may come after the widget. */
  read() {
    const here = name => (this.get(name)?.byteLength ?? 0) > 0;
    for (const name of this.given) {
      const view = this.views[name];
      view.ready = here(VIEWS[name][2]) && (name !== "field" || here("arrows"));
      if (view.ready) view.take();
    }
  }

  reached() { return this.get("aim") === this.get("view") && this.now.ready && this.now.reached(); }

  get now() { return this.views[this.get("view")]; }

  arrange(width) {
    for (const view of Object.values(this.views)) view.box.hidden = view !== this.now;
    if (this.now.ready) this.now.arrange(width);
  }

  drawNow() {
    mark(this.tabs, this.given.indexOf(this.get("view")));
    if (this.now.ready) this.now.drawNow();
    else this.say("Waiting for the numbers …");
  }

  remove() {
    super.remove();
    for (const view of Object.values(this.views)) view.stop();
  }
}

const FOLLOWED = ["frame", "image", "moment", "noise", "weight", "label"];
export default { render: context => new Denoising(context).start(FOLLOWED) };
