"""Any explorer on a page of its own, what tests ask it, and how soon it follows the hand."""

import os
from collections.abc import Callable

import anywidget
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from labkit.show.kit.page import to_html

# Milliseconds. The bar is a median of 50 on a quiet machine: `make bench` asks for it. Beside other tests the times
# measure those, so that here a limit only finds what stands still.
LIMIT = float(os.environ.get("LABKIT_LATENCY", 500))
SLOWER = float(os.environ.get("LABKIT_SLOWER", 1))  # `make bench` says 4: a weak machine


def show(page: Page, widget: anywidget.AnyWidget) -> Page:
    """Put an explorer on a page without Jupyter, and wait until it has drawn."""
    page.set_content(to_html(widget))
    page.wait_for_selector("body[data-ready]")
    return page


def show_without(page: Page, widget: anywidget.AnyWidget, trait: str) -> None:
    """As `show`, but a trait has not arrived: `model.set(trait, late)` on the page brings it.

    Colab may open a widget before its buffers are there.
    """
    late = f"window.late = state.{trait}; delete state.{trait}; const model ="
    page.set_content(to_html(widget).replace("const model =", late))
    page.wait_for_selector("body[data-ready]")


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe has against the explorer, rule and element: nothing, on a page that everybody can use."""
    found = Axe().run(page, context=".lk-explorer", options={"resultTypes": ["violations", "incomplete"]}).response
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


def frame(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def said(page: Page) -> str:
    """The sentence for screen readers."""
    frame(page)
    return page.inner_text(".lk-say")


def model(page: Page, name: str):
    """A trait as the page has it."""
    return page.evaluate(f"model.get('{name}')")


def pixels(page: Page, selector: str) -> str:
    """What a canvas shows."""
    frame(page)
    return page.evaluate(f"document.querySelector('{selector}').toDataURL()")


def unguarded(page: Page) -> int:
    """How many elements that take the focus leave their keys to the notebook: on a good page none."""
    return page.evaluate(
        "[...document.querySelectorAll('.lk-explorer :is(button, input, select, [tabindex])')]"
        ".filter(element => element.dataset.lmSuppressShortcuts !== 'true').length"
    )


# The milliseconds from the browser's own time of an input to the end of the first frame in which pixels differ.
LATENCY = """([selector, area, kind]) => {
  const canvas = document.querySelector(selector), context = canvas.getContext("2d"), ratio = devicePixelRatio;
  const [x, y, width, height] = area ? area.map(n => n * ratio) : [0, 0, canvas.width, canvas.height];
  const look = () => new Uint32Array(context.getImageData(x, y, width, height).data.buffer);
  const same = (a, b) => a.every((pixel, k) => pixel === b[k]);
  window.latencies = [];
  let before = look();
  document.addEventListener(kind, event => {
    const wait = () => {
      const now = look();
      if (same(now, before)) { requestAnimationFrame(wait); return; }
      before = now;
      const { port1, port2 } = new MessageChannel(); // a message is delivered after the frame has been painted
      port1.onmessage = () => latencies.push(performance.now() - event.timeStamp);
      port2.postMessage(0);
    };
    requestAnimationFrame(wait);
  }, { capture: true });
}"""


def slow_down(page: Page, times: float) -> None:
    """From now on the page's processor is so many times slower: a weak machine."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def latencies(
    page: Page,
    canvas: str,
    act: Callable[[int], None],
    times: int = 30,
    area: tuple[float, float, float, float] | None = None,
    event: str = "pointermove",
) -> list[float]:
    """Call `act(n)` (a move, a key) `times` times; milliseconds until `canvas` shows something else, least first.

    Each act must send one `event` ("pointermove", "keydown") and change pixels in `area` (x, y, width, height in CSS
    pixels from the canvas's corner; small areas are read faster, and reading counts).
    """
    if page.url == "about:blank":  # in JupyterLab the rest of the page would be measured
        slow_down(page, SLOWER)
    page.evaluate(LATENCY, [canvas, area, event])
    for n in range(times):
        act(n)
        page.wait_for_function(f"latencies.length === {n + 1}")
    return sorted(page.evaluate("latencies"))
