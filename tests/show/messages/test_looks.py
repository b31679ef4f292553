"""The message explorer in Chromium without Jupyter: widths, themes, accessibility, late numbers, speed."""

import statistics

import pytest

from labkit.show.messages.explorer import MessageExplorer
from show.kit.page import LIMIT, latencies, model, show
from show.messages.examples import CANVAS, explorer, large, place

pytestmark = pytest.mark.browser


def test_without_depths_the_graph_has_the_page(page):
    shown = explorer()
    show(page, MessageExplorer({"GCN": shown.data["GCN"]}, shown.truth))
    assert not page.locator(".lk-depth").is_visible()
    assert not page.get_by_role("radio").first.is_visible()
    assert model(page, "deep") == []


def test_fluid_with_two_hundred_nodes(page):
    """Thirty moves of the pointer, each to another node: the median from input to changed pixels stays below 50 ms."""
    shown = large()
    shown.round = 3  # at the start nothing has been heard, and pointing at a node draws no edge
    show(page, shown)

    def move(n: int) -> None:
        page.mouse.move(*place(page, shown, (37 * n + 11) % 200))

    times = latencies(page, CANVAS, move, area=(0, 240, 600, 20))
    print(f"\nmessages, 200 nodes, pointer to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
