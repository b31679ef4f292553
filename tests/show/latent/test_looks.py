"""The latent explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from show.kit.page import LIMIT, pixels
from show.latent.examples import explorer
from show.latent.page import PLANE, drag_latencies, show

pytestmark = pytest.mark.browser


def test_the_theme_changes_while_it_stands_there(page):
    show(page, explorer())
    light = pixels(page, PLANE), pixels(page, "figure canvas")
    page.evaluate("document.documentElement.style.setProperty('--jp-layout-color0', '#111')")
    page.evaluate("document.documentElement.style.setProperty('--jp-content-font-color1', '#eee')")
    dark = pixels(page, PLANE), pixels(page, "figure canvas")
    assert light[0] != dark[0]
    assert light[1] != dark[1], "ink and paper change places"


def test_the_picture_follows_the_hand(page):
    """Thirty moves of a drag: the median from input to changed pixels stays below 50 ms."""
    show(page, explorer(spaces=2))
    times = drag_latencies(page)
    print(f"\nlatent, two spaces, hand to decoded pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
