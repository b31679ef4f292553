"""The latent explorer on a page with its kernel's half behind it, and what tests ask it."""

import base64

from playwright.sync_api import Page

from labkit.show.latent.explorer import LatentExplorer
from show.kit import page as explorer_page

PLANE = ".lk-plane"
ANSWER = """([id, values, buffers]) => { const take = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
  model.tell("msg:custom", values, buffers.map(text => new DataView(take(text)))); }"""


def show(page: Page, widget: LatentExplorer, kernel: bool = True) -> Page:
    """Put the explorer on a page. With `kernel` its questions are answered, at once."""
    explorer_page.show(page, widget)
    if kernel:
        page.expose_function("kernelHears", lambda question: answered(widget, question))
        page.evaluate(
            "() => { const send = model.send.bind(model); model.send = question => { send(question);"
            f"kernelHears(question).then({ANSWER}); }}; }}"
        )
    return page


def answered(widget: LatentExplorer, question: dict) -> list:
    """What the kernel's half answers, ready for the page."""
    values, buffers = widget.answer({name: value for name, value in question.items() if name != "ask"})
    texts = [base64.b64encode(buffer).decode() for buffer in buffers]
    return [question["ask"], {"answer": question["ask"], **values}, texts]


def box(page: Page, pane: int = 0) -> dict:
    return page.locator(PLANE).nth(pane).bounding_box()


def spot(page: Page, across: float, down: float, pane: int = 0) -> tuple[float, float]:
    """A place on a plane, in shares of its size, on the screen."""
    at = box(page, pane)
    return at["x"] + across * at["width"], at["y"] + down * at["height"]


def decoded(page: Page, pane: int = 0) -> str:
    """The pixels of what is decoded."""
    explorer_page.frame(page)
    selector = f"document.querySelectorAll('.lk-pane')[{pane}].querySelector('figure canvas')"
    return page.evaluate(f"{selector}.toDataURL()")


def drag_latencies(page: Page, times: int = 30) -> list[float]:
    """Drag the point to and fro; milliseconds until the decoded image shows something else, least first."""
    page.mouse.move(*spot(page, 0.3, 0.4))
    page.mouse.down()

    def move(n: int) -> None:
        page.mouse.move(*spot(page, 0.25 + 0.5 * ((7 * n + 3) % 30) / 30, 0.3 + 0.4 * ((11 * n) % 30) / 30))

    found = explorer_page.latencies(page, ".lk-pane figure canvas", move, times, area=(20, 20, 80, 80))
    page.mouse.up()
    return found
