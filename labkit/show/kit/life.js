// Whether a kernel stands behind an explorer, and what to say when it does not. Imports nothing: the older explorers, which
// are not linked from modules, take this file as it is.

const LOST = "This explorer has lost its kernel: run its cell again (after a restart, first the cells above it).";
const SAVED = "This explorer is as it was saved. To connect it to Python again, run its cell (first the cells above it).";
const BUSY = "The kernel is busy: the answer comes when the running cells are done.";
const QUIET = "The kernel has not answered yet.";
const RUN = '[data-command^="notebook:run-cell"]'; // the button in the tool bar of JupyterLab and Notebook 7
const SECOND = 1000, PATIENCE = 4; // seconds in which an idle kernel would have answered

const lives = new WeakMap();

/** The life of a view's model: the same for its stage and its askers. */
export function lifeOf(model) {
  if (!lives.has(model)) lives.set(model, new Life(model));
  return lives.get(model);
}

/** Does this widget of the notebook (not the page's handle on it) have a kernel? */
const alive = own => own.comm_live && !own.comm?.mute;

/**
 * JupyterLab saves only widgets with a kernel: at the next save it would forget one that has lost its own, and show an
 * error when the notebook is opened again. So such a widget keeps a connection on which nothing is sent.
 */
export function keep(own) {
  if (!own || own.comm_live) return;
  const nothing = () => "";
  own.comm = { mute: true, comm_id: own.model_id, send: nothing, close: nothing, open: nothing, on_msg: nothing, on_close: nothing };
  own.comm_live = true;
}

/** Once it is shown nowhere, it need not be saved any more. */
export function forget(own) {
  if (own?.comm?.mute) own.comm_live = false;
}

class Life {
  constructor(model) {
    Object.assign(this, { model, lost: false, own: null, waiting: 0, idle: 0, timer: 0, line: null, listeners: new Set() });
    this.look = () => { if (this.own && !alive(this.own)) this.lose(LOST); };
    model.on("comm_live_update", this.look);
    this.found = this.find();
  }

  /** The notebook's own widget, by the key that Python gave it: only it knows whether there is a kernel. */
  async find() {
    this.own = await this.model.widget_manager?.get_model?.(this.model.get("key"))?.catch?.(() => null) ?? null;
    if (this.own && !alive(this.own)) this.lose(SAVED);
  }

  /** Show below the explorer what has happened to its kernel. */
  show(root) {
    this.root = root;
    this.write();
  }

  /** Send a question; false if nobody hears it. */
  send(message) {
    if (this.lost) return false;
    try { this.model.send(message); } catch { this.lose(LOST); }
    if (!this.lost && !this.waiting++) this.wait();
    return !this.lost;
  }

  /** An answer has come. */
  heard() {
    this.waiting = Math.max(0, this.waiting - 1);
    if (!this.waiting) this.rest();
  }

  wait() {
    if (!this.model.widget_manager) return; // a page without Jupyter
    this.idle = 0;
    this.timer = setInterval(() => {
      const status = this.model.widget_manager?.kernel?.status;
      this.idle = status === "idle" ? this.idle + 1 : 0;
      if (["dead", "restarting", "autorestarting"].includes(status) || this.idle > PATIENCE) this.lose(LOST);
      else this.write(status === "busy" ? BUSY : QUIET);
    }, SECOND);
  }

  rest() {
    clearInterval(this.timer);
    if (!this.lost) this.write("");
  }

  lose(words) {
    const first = !this.lost;
    this.lost = true;
    for (const widget of [this.own, this.own?.get("layout")]) keep(widget); // a restart says more than once that it begins
    if (!first) return;
    this.waiting = 0;
    this.rest();
    this.write(words);
    for (const listener of [...this.listeners]) listener(words);
  }

  write(words = this.words ?? "") {
    this.words = words;
    if (!this.root || (!words && !this.line)) return;
    this.line ??= this.root.appendChild(Object.assign(document.createElement("p"), { className: "lk-life" }));
    this.line.setAttribute("role", "status");
    this.line.hidden = !words;
    this.line.textContent = words;
    if (this.lost && this.runner()) this.line.append(" ", this.button());
  }

  runner() { return this.root.closest(".jp-NotebookPanel")?.querySelector(RUN); }

  button() {
    const button = document.createElement("button");
    Object.assign(button, { className: "lk-button", type: "button", textContent: "Run its cell" });
    button.setAttribute("data-lm-suppress-shortcuts", "true");
    button.addEventListener("click", () => { // the notebook has chosen the cell that was clicked in
      for (const kind of ["mousedown", "click"]) this.runner()?.dispatchEvent(new MouseEvent(kind, { bubbles: true })); // it hears one
    });
    return button;
  }

  stop() {
    clearInterval(this.timer);
    this.model.off("comm_live_update", this.look);
    this.listeners.clear();
    lives.delete(this.model);
    const { own } = this;
    setTimeout(() => { // after the view has left
      if (own && !Object.keys(own.views ?? {}).length) { forget(own); forget(own.get("layout")); }
    });
  }
}
