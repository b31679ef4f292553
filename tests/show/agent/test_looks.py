"""The agent explorer in Chromium without Jupyter: widths, themes, accessibility, late numbers, speed."""

import statistics

import pytest

from browser import keep, overlaps
from labkit.show.agent.explorer import AgentExplorer
from show.agent.examples import CANVAS, SMALL, explorer, film, large, place
from show.kit.page import LIMIT, latencies, model, said, show, show_without, violations

pytestmark = pytest.mark.browser

TEXTS = ".lk-tabs button, .lk-title, .lk-slider, .lk-legend, th, td, .lk-say"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 1100])
def test_looks(page, width, scheme, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for view, step in (("Q-learning", 5), ("trained", 40)):
        shown = explorer()
        shown.film_frame, shown.cell = 12, 17
        shown.view, shown.step = view, step
        show(page, shown)
        keep(page, artifacts / f"agent-{view}-{width}-{scheme}.png")
        assert page.locator(".lk-explorer[data-dark]").count() == (scheme == "dark")
        assert overlaps(page, TEXTS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(
            "[...document.querySelectorAll('.lk-explorer, .lk-world, .lk-side')]"
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
    assert "After 0 episodes" in said(page)


def test_one_view_needs_no_choice_and_a_film_no_paths(page):
    plain = film(SMALL, frames=3)
    plain.paths = [[], [], []]
    show(page, AgentExplorer({"only": plain}))
    assert not page.get_by_role("radio").first.is_visible()
    page.mouse.click(*place(page, 4, columns=3, rows=2))
    assert model(page, "cell") == 4
    assert "Row 1, column 1" in said(page)
    assert "The agent is" not in said(page)


def test_fluid_with_two_hundred_frames(page):
    """Thirty keys, each to another frame of the film: the median from input to changed pixels stays below 50 ms."""
    show(page, large())
    page.focus(CANVAS)
    times = latencies(page, CANVAS, lambda n: page.keyboard.press("PageDown"), area=(0, 60, 300, 20), event="keydown")
    print(f"\nagent, 200 frames, key to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
