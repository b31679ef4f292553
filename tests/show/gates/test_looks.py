"""The gate explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from helpers.browser import keep
from show.gates.examples import example, large
from show.kit.page import LIMIT, latencies, show

pytestmark = pytest.mark.browser

STRIPS = ".lk-strips"
LEFT, RIGHT = 34, 68
PARTS = "[...document.querySelectorAll('.lk-gates, .lk-column, .lk-under')]"


@pytest.mark.parametrize("width", [600, 1100])
@pytest.mark.parametrize("make", [example, large])
def test_it_fits_the_page(page, make, width, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 1200})
    explorer = make()
    explorer.beside = "Elman"
    show(page, explorer)
    keep(page, artifacts / f"gates-{make.__name__}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(f"{PARTS}.every(part => part.scrollWidth <= part.clientWidth)")
    side = page.evaluate("getComputedStyle(document.querySelector('.lk-columns')).flexDirection")
    assert side == ("row" if width > 720 else "column")


def test_fluid_near_the_budget(page):
    """Thirty moves of the pointer, each over another step: the median from input to changed pixels is below 50 ms."""
    page.set_viewport_size({"width": 1132, "height": 1400})
    show(page, large())
    box = page.locator(STRIPS).first.bounding_box()
    inner = box["width"] - LEFT - RIGHT

    def move(n: int) -> None:
        page.mouse.move(box["x"] + LEFT + (1.5 + 7 * n % 58) * inner / 60, box["y"] + 40)

    times = latencies(page, STRIPS, move, area=(LEFT, 20, inner, 4))
    print(f"\ngates, 60 steps, 64 units, 2 networks, to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f}")
    assert statistics.median(times) <= LIMIT
