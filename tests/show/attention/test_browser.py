"""The attention explorer in Chromium without Jupyter: mouse and keys."""

import pytest

from show.attention.examples import SOURCE, TARGET, large
from show.attention.page import HEAT, KEYS, QUERIES, frame, model, pixels, said, show

pytestmark = pytest.mark.browser


STARTS = """() => {
  const context = document.querySelector(".lk-lines").getContext("2d"), ratio = devicePixelRatio;
  const top = parseFloat(getComputedStyle(document.querySelector(".lk-heading")).height);
  const ink = row => context.getImageData(6 * ratio, (top + 30 * row + 15) * ratio, 1, 1).data[3] > 0;
  return [...document.querySelectorAll(".lk-query [role=option]").keys()].filter(ink);
}"""


def starts(page) -> list[int]:
    """The queries from which lines start."""
    frame(page)
    return page.evaluate(STARTS)


def test_hover_shows_where_a_token_looks(page):
    show(page)
    before, lines = pixels(page), pixels(page, ".lk-lines")
    page.locator(f"{QUERIES} [role=option]").nth(5).hover()
    assert said(page).startswith("“f” (5) looks at “")
    assert model(page, "token") == 5
    assert page.evaluate("model.saved.at(-1)") == {"token": 5}
    assert pixels(page) != before
    assert pixels(page, ".lk-lines") != lines


def test_hovering_a_cell_names_its_weight_and_hovering_a_key_who_looks_at_it(page):
    show(page, panel="decoder self-attention")
    box = page.locator(HEAT).bounding_box()
    top = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.lk-heading')).height)")
    cell = (box["width"]) / len(TARGET)
    page.mouse.move(box["x"] + 2.5 * cell, box["y"] + top + 30 * 4.5)
    assert said(page).startswith("“8” (4) to “9” (2): ")
    page.mouse.move(box["x"] + 9.5 * cell, box["y"] + top + 30 * 4.5)
    assert said(page) == "“8” (4) to “0” (9): masked, may not look."
    assert starts(page) == [4]
    page.locator(f"{KEYS} [role=option]").nth(0).hover()
    assert said(page).startswith("“<bos>” (0) is looked at by “<bos>” 100 %")
    assert starts(page) == [0, 1, 2], "a line from each query that looks there"
    page.mouse.move(2, 2)
    assert said(page).startswith("“8” (4) looks at")


def test_click_locks_and_escape_unlocks(page):
    show(page)
    options = page.locator(f"{QUERIES} [role=option]")
    options.nth(3).click()
    options.nth(9).hover()
    assert (model(page, "token"), model(page, "locked")) == (3, True)
    assert "Locked" in said(page)
    page.locator(QUERIES).focus()
    page.keyboard.press("Escape")
    options.nth(8).hover()
    assert (model(page, "token"), model(page, "locked")) == (8, False)


def test_everything_by_keyboard(page):
    show(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "encoder self-attention"
    page.keyboard.press("ArrowRight")
    frame(page)
    assert model(page, "panel") == "decoder self-attention"
    assert page.evaluate("document.activeElement.textContent") == "decoder self-attention"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert model(page, "show_mask") is False
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert (model(page, "layer"), model(page, "head")) == (1, 2)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("layer 1, head 2, entropy")
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert (model(page, "token"), model(page, "locked")) == (2, True)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert "is looked at by" in said(page)
    assert page.locator(f"{KEYS} [aria-selected=true]").inner_text().startswith("1")


def test_keys_do_not_reach_the_notebook(page):
    show(page)
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(QUERIES)
    for key in ("a", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    focusable = "[...document.querySelectorAll('.lk-attention :is(button, input, [tabindex])')]"
    assert page.evaluate(f"{focusable}.filter(e => e.dataset.lmSuppressShortcuts !== 'true').length") == 0


def test_python_changes_redraw(page):
    show(page)
    seen = [pixels(page)]
    for name, value in [("layer", 1), ("head", 2), ("token", 7), ("panel", "'cross-attention'")]:
        page.evaluate(f"model.set('{name}', {value})")
        seen.append(pixels(page))
    assert len(set(seen)) == len(seen)
    assert page.locator(f"{QUERIES} [role=option]").count() == len(TARGET)
    assert page.locator(f"{KEYS} [role=option]").count() == len(SOURCE)
    assert page.inner_text(".lk-title > span") == "Layer 1, head 2"
    assert page.get_attribute(".lk-tile[aria-checked=true]", "aria-label").startswith("layer 1, head 2")


def test_a_click_opens_a_head(page):
    show(page)
    page.locator(".lk-tile").nth(6).click()
    assert page.evaluate("model.saved.at(-1)") == {"layer": 1, "head": 2}
    assert page.locator(".lk-tile").count() == 8


def test_another_panel_pulls_the_token_in(page):
    show(page, token=15)
    page.get_by_role("radio", name="decoder self-attention").click()
    assert said(page).startswith("“3” (10) looks at")
    assert page.evaluate("model.saved.at(-1)") == {"panel": "decoder self-attention", "token": 10}


def test_the_mask_shows_and_hides(page):
    show(page, panel="decoder self-attention", token=2)
    masked = page.locator(f"{KEYS} .lk-closed")
    with_mask = pixels(page)
    assert masked.count() == len(TARGET) - 3
    page.get_by_label("show the mask").uncheck()
    assert pixels(page) != with_mask
    assert not page.locator(".lk-legend").is_visible()
    page.evaluate("model.set('show_mask', true)")
    assert pixels(page) == with_mask


def test_long_names_are_cut_and_blanks_are_seen(page):
    show(page, large())
    option = page.locator(f"{KEYS} [role=option]").nth(40)
    assert option.get_attribute("title") == "internationalization"
    show(page)
    assert page.locator(f"{KEYS} [role=option]").nth(3).inner_text().startswith("␣")
