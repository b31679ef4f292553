"""The latent explorer in Chromium without Jupyter: widths, themes, accessibility, speed."""

import statistics

import pytest

from browser import keep, overlaps
from labkit.show.kit.page import to_html
from show.kit.page import LIMIT, frame, pixels, said, violations
from show.latent.examples import explorer
from show.latent.page import PLANE, drag_latencies, show

pytestmark = pytest.mark.browser

TEXTS = ".lk-tabs button, .lk-switch, .lk-title, figcaption, .lk-slider, .lk-inputs > span, .lk-button, .lk-say"


@pytest.mark.parametrize("width", [600, 1100])
@pytest.mark.parametrize(("latent", "spaces"), [(2, 1), (2, 2), (6, 1), (6, 2)])
def test_no_text_overlaps(page, width, latent, spaces, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    show(page, explorer(latent, spaces, chosen=4))
    page.focus(PLANE)
    for key in ("Enter", "ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    frame(page)
    keep(page, artifacts / f"latent-{latent}-{spaces}-{width}.png")
    assert overlaps(page, TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    parts = "[...document.querySelectorAll('.lk-latent, .lk-pane, .lk-row')]"
    assert page.evaluate(f"{parts}.every(part => part.scrollWidth <= part.clientWidth + 1)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("latent", [2, 4])
def test_nothing_is_amiss_for_axe(page, scheme, latent, artifacts):
    page.emulate_media(color_scheme=scheme)
    show(page, explorer(latent, spaces=2, chosen=4))
    keep(page, artifacts / f"latent-{latent}-{scheme}.png")
    assert page.locator(".lk-latent[data-dark]").count() == (scheme == "dark")
    assert violations(page) == []


def test_the_theme_changes_while_it_stands_there(page):
    show(page, explorer())
    light = pixels(page, PLANE), pixels(page, "figure canvas")
    page.evaluate("document.documentElement.style.setProperty('--jp-layout-color0', '#111')")
    page.evaluate("document.documentElement.style.setProperty('--jp-content-font-color1', '#eee')")
    dark = pixels(page, PLANE), pixels(page, "figure canvas")
    assert light[0] != dark[0]
    assert light[1] != dark[1], "ink and paper change places"


def test_a_view_that_is_taken_away_stays_quiet(page):
    show(page, explorer())
    page.evaluate("document.querySelector('.lk-latent').remove(); document.body.className = 'dark'")
    page.evaluate("model.set('chosen', 2)")
    frame(page)


def test_codes_may_come_late(page):
    """Colab may open the widget before its buffers have arrived."""
    html = to_html(explorer())
    late = (
        "window.late = [state.codes, state.spreads, state.grid]; delete state.codes; delete state.grid; const model ="
    )
    page.set_content(html.replace("const model =", late))
    page.wait_for_selector("body[data-ready]")
    assert "Waiting" in said(page)
    page.evaluate("model.set('codes', late[0]); model.set('grid', late[2])")
    assert "VAE at" in said(page)


def test_the_picture_follows_the_hand(page):
    """Thirty moves of a drag: the median from input to changed pixels stays below 50 ms."""
    show(page, explorer(spaces=2))
    times = drag_latencies(page)
    print(f"\nlatent, two spaces, hand to decoded pixels: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
