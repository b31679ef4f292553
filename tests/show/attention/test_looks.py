"""The attention explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from browser import keep, overlaps
from labkit.show.attention.explorer import AttentionExplorer
from show.attention.examples import large, translation
from show.attention.page import frame, latencies, pixels, said, show
from show.kit.page import LIMIT, show_without, violations

pytestmark = pytest.mark.browser

PARTS = "[...document.querySelectorAll('.lk-attention, .lk-one')]"
TEXTS = ".lk-tabs button, .lk-switch, .lk-title > span, .lk-layer, .lk-tile small, .lk-heading, .lk-name, .lk-key b"


@pytest.mark.parametrize("width", [600, 1100])
@pytest.mark.parametrize("panels", [translation, large])
def test_no_text_overlaps(page, panels, width, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    show(page, panels(), token=10 if panels is translation else 41)
    keep(page, artifacts / f"attention-{panels.__name__}-{width}.png")
    assert overlaps(page, TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(f"{PARTS}.every(part => part.scrollWidth <= part.clientWidth)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("panel", list(translation()))
def test_nothing_is_amiss_for_axe(page, scheme, panel, artifacts):
    page.emulate_media(color_scheme=scheme)
    show(page, panel=panel, token=3)
    keep(page, artifacts / f"attention-{panel.split()[0]}-{scheme}.png")
    assert page.locator(".lk-attention[data-dark]").count() == (scheme == "dark")
    assert violations(page) == []


def test_the_theme_changes_while_it_stands_there(page):
    show(page)
    light = pixels(page)
    page.evaluate("document.documentElement.style.setProperty('--jp-layout-color0', '#111')")
    page.evaluate("document.documentElement.style.setProperty('--jp-content-font-color1', '#eee')")
    assert pixels(page) != light
    assert page.locator(".lk-attention[data-dark]").count() == 1


def test_a_view_that_is_taken_away_stays_quiet(page):
    show(page)
    page.evaluate("document.querySelector('.lk-attention').remove(); document.body.className = 'dark'")
    page.evaluate("model.set('panel', 'cross-attention')")
    frame(page)


def test_weights_may_come_late(page):
    show_without(page, AttentionExplorer(translation()), "weights")
    assert "Waiting" in said(page)
    page.evaluate("model.set('weights', late)")
    assert "looks at" in said(page)


def test_fluid_with_6_layers_8_heads_64_tokens(page):
    """Thirty moves of the pointer, each over another row: the median from input to changed pixels stays below 50 ms."""
    show(page, large())
    times = latencies(page)
    print(f"\nattention, 6 x 8 x 64, pointer to pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
