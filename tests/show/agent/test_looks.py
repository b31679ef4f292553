"""The agent explorer in Chromium without Jupyter: widths, themes, accessibility, late numbers, speed."""

import statistics

import pytest

from labkit.show.agent.explorer import AgentExplorer
from show.agent.examples import CANVAS, SMALL, film, large, place
from show.kit.page import LIMIT, latencies, model, said, show

pytestmark = pytest.mark.browser


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
