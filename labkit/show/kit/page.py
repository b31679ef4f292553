"""A page without Jupyter from the same ES module: for the browser tests now, and for a published site.

anywidget's front-end talks to a model: `get`, `set`, `save_changes`, `on`, `off`, `send`. A stand-in of twenty lines
has the same methods and no kernel behind it. The page is one file and loads nothing.
"""

import base64
import html
import json
from typing import Any

import anywidget

MODEL = """
const bytes = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
class Model {
  constructor(state) { Object.assign(this, { state, callbacks: {}, dirty: new Set(), saved: [], sent: [] }); }
  get(name) { return this.state[name]; }
  set(name, value) {
    if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
    this.state[name] = value;
    this.dirty.add(name);
    this.tell("change:" + name);
  }
  save_changes() {
    if (this.dirty.size) this.saved.push(Object.fromEntries([...this.dirty].map(name => [name, this.state[name]])));
    this.dirty.clear();
  }
  on(event, callback) { (this.callbacks[event] ||= []).push(callback); }
  off(event, callback) { this.callbacks[event] = (this.callbacks[event] || []).filter(f => callback && f !== callback) }
  send(message) { this.sent.push(message); }
  tell(event, ...details) { for (const callback of this.callbacks[event] || []) callback(...details); }
}
"""

STYLE = """
body { margin: 16px; font: 15px/1.5 system-ui, sans-serif; background: #fff; color: #1f2328; }
@media (prefers-color-scheme: dark) {
  :root { --jp-layout-color0: #111418; --jp-content-font-color1: #e6e9ed; }
  body { background: #111418; color: #e6e9ed; }
}
"""


def to_html(widget: anywidget.AnyWidget, title: str = "labkit", words: str = "") -> str:
    """Return a self-contained page that shows a widget in its present state, after a paragraph of `words`.

    `window.model` is the stand-in, and `body[data-ready]` says that the widget has drawn.
    """
    skip = {"layout", "tabbable", "tooltip", "key"}
    state = {name: _encode(getattr(widget, name)) for name in widget.keys if name not in skip and name[0] != "_"}
    heading = f"<h1>{html.escape(title)}</h1><p>{html.escape(words)}</p>" if words else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(title)}</title><style>{STYLE}{getattr(widget, "_css", "")}</style></head>
<body><main>{heading}<div id="widget"></div></main>
<script type="module">{MODEL}
const state = {_script(state)};
for (const name in state) if (state[name]?.$bytes !== undefined) state[name] = bytes(state[name].$bytes);
const address = URL.createObjectURL(new Blob([{_script(str(widget._esm))}], {{ type: "text/javascript" }}));
const {{ default: module }} = await import(address);
const model = window.model = new Model(state);
await module.initialize?.({{ model }});
await module.render({{ model, el: document.getElementById("widget") }});
requestAnimationFrame(() => requestAnimationFrame(() => document.body.dataset.ready = "1"));
</script></body></html>"""


def _encode(value: Any) -> Any:
    return {"$bytes": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _script(value: Any) -> str:
    return json.dumps(value).replace("</", "<\\/")  # or a string could end the script
