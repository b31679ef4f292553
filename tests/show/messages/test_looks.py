"""The message explorer in Chromium without Jupyter: widths, themes, accessibility, late numbers, speed."""

import statistics

import pytest

from browser import keep, overlaps
from labkit.show.messages.explorer import MessageExplorer
from show.kit.page import LIMIT, latencies, model, said, show, show_without, violations
from show.messages.examples import CANVAS, explorer, large, place

pytestmark = pytest.mark.browser

TEXTS = ".lk-tabs button, .lk-title, .lk-slider, .lk-legend span, figcaption, .lk-say"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 1100])
def test_looks(page, width, scheme, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for make in (explorer, large):
        shown = make()
        shown.view, shown.node, shown.depth = "GAT", 5, 6
        show(page, shown)
        keep(page, artifacts / f"messages-{make.__name__}-{width}-{scheme}.png")
        assert page.locator(".lk-explorer[data-dark]").count() == (scheme == "dark")
        assert overlaps(page, TEXTS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "[...document.querySelectorAll('.lk-explorer, .lk-graph, .lk-depth')]"
            ".every(e => e.scrollWidth <= e.clientWidth)"
        )
        right = page.evaluate(
            "Math.max(...[...document.querySelectorAll('canvas')].map(c => c.getBoundingClientRect().right))"
        )
        assert right <= width + 16
    assert violations(page) == []


def test_numbers_may_come_late(page):
    show_without(page, explorer(), "numbers")
    assert "Waiting" in said(page)
    page.evaluate("model.set('numbers', late)")
    assert "after round 3" in said(page)


def test_without_depths_the_graph_has_the_page(page):
    shown = explorer()
    show(page, MessageExplorer({"GCN": shown.data["GCN"]}, shown.truth))
    assert not page.locator(".lk-depth").is_visible()
    assert not page.get_by_role("radio").first.is_visible()
    assert model(page, "deep") == []


def test_fluid_with_two_hundred_nodes(page):
    """Thirty moves of the pointer, each to another node: the median from input to changed pixels stays below 50 ms."""
    shown = large()
    show(page, shown)

    def move(n: int) -> None:
        page.mouse.move(*place(page, shown, (37 * n + 11) % 200))

    times = latencies(page, CANVAS, move, area=(0, 240, 600, 20))
    print(f"\nmessages, 200 nodes, pointer to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
