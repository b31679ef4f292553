"""The next-token explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from helpers.browser import keep
from show.kit.page import LIMIT, frame
from show.next_token.examples import explorer
from show.next_token.page import latencies, show

pytestmark = pytest.mark.browser

LONG = "the quick brown fox jumps over the lazy dog\nand runs away from it "
PARTS = "[...document.querySelectorAll('.lk-next-token, .lk-next, .lk-behind, .lk-list, .lk-strip')]"


@pytest.mark.parametrize("width", [600, 1100])
def test_it_fits_the_page(page, width, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 1000})
    show(page, explorer(LONG, length=64))
    page.locator(".lk-chip").nth(20).hover()
    frame(page)
    keep(page, artifacts / f"next-token-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(f"{PARTS}.every(part => part.scrollWidth <= part.clientWidth)")
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.lk-columns')).gridTemplateColumns.split(' ').length"
    )
    assert columns == (2 if width > 760 else 1)


def test_fluid(page):
    """Pointing, dials and choosing: the median from input to the painted change is below 50 ms."""
    page.set_viewport_size({"width": 1132, "height": 1000})
    show(page, explorer(LONG, length=64))
    places = [page.locator(".lk-chip").nth(n).bounding_box() for n in range(40)]

    def point(n: int) -> None:
        box = places[(7 * n + 3) % 40]
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    pointing = latencies(page, point, "pointermove", ".lk-strip")
    page.get_by_label("temperature").focus()
    turning = latencies(
        page, lambda n: page.keyboard.press("ArrowRight" if n % 2 else "ArrowLeft"), "keydown", ".lk-list"
    )
    for name, times in (("pointing", pointing), ("turning a dial", turning)):
        print(f"\nnext token, {name}: median {statistics.median(times):.1f} ms, worst {times[-1]:.1f} ms")
        assert statistics.median(times) <= LIMIT
