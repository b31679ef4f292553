"""The feature explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from show.features.examples import explorer
from show.kit.page import LIMIT, latencies, show

pytestmark = pytest.mark.browser

PICTURE, MAP = ".lk-input", ".lk-map"


def test_fluid(page):
    """From the pointer on the map to the unit's frame and sum, and from an arrow key to the moved picture."""
    show(page, explorer())
    box = page.locator(MAP).bounding_box()
    cell = box["width"] / 26
    page.mouse.move(box["x"] + cell / 2, box["y"] + cell / 2)
    over = latencies(
        page, MAP, lambda n: page.mouse.move(box["x"] + cell * (8 + n % 9), box["y"] + cell * (6 + n % 13))
    )
    page.locator(PICTURE).focus()
    keys = latencies(page, PICTURE, lambda n: page.keyboard.press(["ArrowLeft", "ArrowRight"][n % 2]), event="keydown")
    for name, times in (("pointer to map", over), ("key to picture", keys)):
        print(f"\nfeatures, {name}: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
        assert statistics.median(times) <= LIMIT
