"""The attention explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from show.attention.examples import large
from show.attention.page import latencies, pixels, show
from show.kit.page import LIMIT

pytestmark = pytest.mark.browser


def test_the_theme_changes_while_it_stands_there(page):
    show(page)
    light = pixels(page)
    page.evaluate("document.documentElement.style.setProperty('--jp-layout-color0', '#111')")
    page.evaluate("document.documentElement.style.setProperty('--jp-content-font-color1', '#eee')")
    assert pixels(page) != light
    assert page.locator(".lk-attention[data-dark]").count() == 1


def test_fluid_with_6_layers_8_heads_64_tokens(page):
    """Thirty moves of the pointer, each over another row: the median from input to changed pixels stays below 50 ms."""
    show(page, large())
    times = latencies(page)
    print(f"\nattention, 6 x 8 x 64, pointer to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
