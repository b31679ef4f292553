"""The next-token explorer on a page with its kernel's half behind it."""

import base64

from playwright.sync_api import Page

from labkit.show.next_token.explorer import NextTokenExplorer
from show.kit import page as explorer_page

SENT = ("size", "tokens", "text", "place", "logits", "given", "weights")
ANSWER = """([id, state, error]) => {
  for (const [name, value] of Object.entries(state)) {
    if (value?.bytes === undefined) { model.set(name, value); continue; }
    model.state[name] = new DataView(Uint8Array.from(atob(value.bytes), c => c.charCodeAt(0)).buffer);
    model.tell(`change:${name}`); // the stand-in's `set` takes all bytes for equal
  }
  model.tell("msg:custom", error ? { answer: id, error } : { answer: id }, []);
}"""
# The milliseconds from the browser's own time of an input to the end of the first frame after something has changed.
LATENCY = """kind => {
  window.latencies = [];
  let event = null;
  document.addEventListener(kind, heard => { event = heard; }, { capture: true });
  new MutationObserver(() => {
    if (!event) return;
    const then = event.timeStamp;
    event = null;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel(); // a message is delivered after the frame has been painted
      port1.onmessage = () => latencies.push(performance.now() - then);
      port2.postMessage(0);
    });
  }).observe(document.querySelector("AREA"), { attributes: true, childList: true, characterData: true, subtree: true });
}"""


def show(page: Page, widget: NextTokenExplorer, kernel: bool = True) -> Page:
    """Put the explorer on a page. With `kernel` its questions are answered, at once."""
    explorer_page.show(page, widget)
    if kernel:
        page.expose_function("kernelHears", lambda question: answered(widget, question))
        page.evaluate(
            "() => { const send = model.send.bind(model); model.send = question => { send(question);"
            f"kernelHears(question).then({ANSWER}); }}; }}"
        )
    return page


def answered(widget: NextTokenExplorer, question: dict) -> list:
    """What the kernel's half does with a question: the traits it sends, ready for the page."""
    try:
        widget.answer({name: value for name, value in question.items() if name != "ask"})
    except ValueError as error:
        return [question["ask"], {}, f"ValueError: {error}"]
    state = {name: getattr(widget, name) for name in SENT}
    coded = {
        name: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in state.items()
    }
    return [question["ask"], coded, ""]


def latencies(page: Page, act, kind: str, area: str, times: int = 30) -> list[float]:
    """Call `act(n)`, which sends one event of a kind and changes `area`; milliseconds until it is seen, least first."""
    page.evaluate(LATENCY.replace("AREA", area), kind)
    for n in range(times):
        act(n)
        page.wait_for_function(f"latencies.length === {n + 1}")
    return sorted(page.evaluate("latencies"))
