"""The player explorer in Chromium without Jupyter: widths, themes, accessibility, late numbers, speed."""

import statistics

import pytest

from labkit.show.players.explorer import PlayerExplorer
from show.kit.page import LIMIT, latencies, show
from show.players.examples import MAP, REACH, game, large, place, real

pytestmark = pytest.mark.browser


def test_one_game_needs_no_choice_and_no_curves_no_charts(page):
    bare = game()
    bare.curves = {}
    show(page, PlayerExplorer({"GAN": bare}, real(), REACH))
    assert not page.get_by_role("radio").first.is_visible()
    assert not page.get_by_label("side by side").is_visible()
    assert page.locator(".lk-chart:visible").count() == 0


def test_fluid_with_three_games_of_two_hundred_samples(page):
    """Thirty steps of the moment with all games on the page: the median from key to pixels stays below 50 ms."""
    show(page, large(moment=0, beside=True))
    page.focus(".lk-map >> nth=0")
    times = latencies(page, ".lk-map", lambda n: page.keyboard.press("." if n < 29 else ","), event="keydown")
    print(f"\nplayers, 3 games of 200 samples, key to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT


def test_fluid_under_the_pointer(page):
    shown = large()
    show(page, shown)
    times = latencies(page, MAP, lambda n: page.mouse.move(*place(page, shown, (37 * n + 11) % 200)))
    print(f"\nplayers, 200 samples, pointer to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
