"""The feature explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from browser import keep, overlaps
from show.features.examples import explorer
from show.kit.page import LIMIT, frame, latencies, said, show, violations

pytestmark = pytest.mark.browser

PICTURE, MAP = ".lk-input", ".lk-map"
INSIDE = """(right => [...document.querySelectorAll(".lk-features canvas")].every(c => right(c) <=
  right(document.querySelector(".lk-features"))))(element => element.getBoundingClientRect().right)"""
TEXTS = ".lk-tabs button, .lk-switch, .lk-title, .lk-button, .lk-sum-words, .lk-say"


@pytest.mark.parametrize("width", [600, 1100])
@pytest.mark.parametrize("layer", [0, 2])
def test_no_text_overlaps(page, width, layer, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    show(page, explorer(unit=(layer, 3, 5, 6)))
    keep(page, artifacts / f"features-{layer}-{width}.png")
    assert overlaps(page, TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(INSIDE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_amiss_for_axe(page, scheme, artifacts):
    page.emulate_media(color_scheme=scheme)
    show(page, explorer())
    keep(page, artifacts / f"features-{scheme}.png")
    assert page.locator(".lk-features[data-dark]").count() == (scheme == "dark")
    assert violations(page) == []


def test_a_view_that_is_taken_away_stays_quiet(page):
    show(page, explorer())
    page.evaluate("document.querySelector('.lk-features').remove(); document.body.className = 'dark'")
    page.evaluate("model.set('layer', 2)")
    frame(page)


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


def test_maps_may_come_late(page):
    """Colab may open the widget before its buffers have arrived."""
    show(page, explorer())
    page.evaluate("window.late = model.get('maps'); model.set('maps', null)")
    assert "Waiting for the maps" in said(page)
    page.evaluate("model.set('maps', late)")
    assert said(page).startswith("convolution 1")
