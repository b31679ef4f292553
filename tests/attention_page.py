"""The attention explorer on a page of its own, and what tests ask it."""

from playwright.sync_api import Page

from attention_examples import translation
from labkit.show.attention import AttentionExplorer
from labkit.show.page import to_html

HEAT = ".lk-heat"
QUERIES, KEYS = ".lk-query [role=listbox]", ".lk-key [role=listbox]"


def show(page: Page, panels: dict | None = None, **chosen) -> Page:
    page.set_content(to_html(AttentionExplorer(panels or translation(), **chosen)))
    page.wait_for_selector("body[data-ready]")
    return page


def frame(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def said(page: Page) -> str:
    frame(page)
    return page.inner_text(".lk-say")


def model(page: Page, name: str):
    return page.evaluate(f"model.get('{name}')")


def pixels(page: Page, selector: str = HEAT) -> str:
    frame(page)
    return page.evaluate(f"document.querySelector('{selector}').toDataURL()")


# The milliseconds from the browser's own time of an input to the end of the first frame in which pixels differ.
LATENCY = """() => {
  const canvas = document.querySelector(".lk-heat"), context = canvas.getContext("2d");
  const strip = () => context.getImageData(canvas.width / 2, 0, 4, canvas.height).data.join();
  window.latencies = [];
  let before = strip();
  canvas.addEventListener("pointermove", event => {
    const look = () => {
      const now = strip();
      if (now === before) { requestAnimationFrame(look); return; }
      before = now;
      const { port1, port2 } = new MessageChannel(); // a message is delivered after the frame has been painted
      port1.onmessage = () => latencies.push(performance.now() - event.timeStamp);
      port2.postMessage(0);
    };
    requestAnimationFrame(look);
  });
}"""


def latencies(page: Page, moves: int = 30) -> list[float]:
    """Move the pointer to another row of the heat map `moves` times; milliseconds to changed pixels, least first."""
    heading = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.lk-heading')).height)")
    box = page.locator(HEAT).bounding_box()
    rows = page.locator(".lk-query [role=option]").count()
    height = (box["height"] - heading) / rows
    page.evaluate(LATENCY)
    for n in range(moves):
        page.mouse.move(box["x"] + 40, box["y"] + heading + height * ((7 * n + 3) % (rows * 2 // 3) + 0.5))
        page.wait_for_function(f"latencies.length === {n + 1}")
    return sorted(page.evaluate("latencies"))
