"""The latent explorer in Chromium without Jupyter: paths, and more than two dimensions."""

import pytest

from show.kit.page import frame, model, pixels
from show.latent.examples import explorer
from show.latent.page import PLANE, decoded, show, spot

pytestmark = pytest.mark.browser


def test_a_path_by_mouse_is_played(page):
    show(page, explorer())
    page.get_by_role("radio", name="draw a path").click()
    page.mouse.move(*spot(page, 0.2, 0.8))
    page.mouse.down()
    for step in range(10):
        page.mouse.move(*spot(page, 0.2 + 0.06 * step, 0.8 - 0.06 * step))
    page.mouse.up()
    assert page.locator(".lk-film").is_visible()
    page.get_by_role("button", name="reset").click()
    start = model(page, "point")[0]
    assert start == pytest.approx([-1.8, -1.8], abs=0.05)
    page.get_by_role("slider").first.fill("40")
    assert model(page, "point")[0] == pytest.approx([(0.2 + 0.54 - 0.5) * 6, (0.5 - 0.8 + 0.54) * 6], abs=0.05)
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.sent.filter(message => message.codes).length > 4")
    page.get_by_role("button", name="clear the path").click()
    assert not page.locator(".lk-film").is_visible()
    assert not page.locator(".lk-player").is_visible()


def test_clicks_extend_the_path_and_the_page_stays_where_it_is(page):
    show(page, explorer())
    page.get_by_role("radio", name="draw a path").click()
    assert page.inner_text(".lk-hint").startswith("Drag over a plane or click places on it")
    before = page.locator(".lk-explorer").bounding_box()["height"]
    for across, down in ((0.3, 0.5), (0.7, 0.5), (0.7, 0.2)):
        page.mouse.click(*spot(page, across, down))
    assert page.locator(".lk-film").is_visible()
    assert page.locator(".lk-explorer").bounding_box()["height"] == before
    assert page.inner_text(".lk-player output") == "100 %", "the point is at the end of the path"
    assert model(page, "point")[0] == pytest.approx([1.2, 1.8], abs=0.05)
    page.get_by_role("button", name="reset").click()
    assert model(page, "point")[0] == pytest.approx([-1.2, 0.0], abs=0.05)


def test_a_path_by_keyboard(page):
    show(page, explorer())
    page.focus(PLANE)
    for key in ("Enter", *["ArrowRight"] * 5, "Enter", *["ArrowUp"] * 5, "Enter"):
        page.keyboard.press(key)
    assert page.locator(".lk-film").is_visible()
    page.get_by_role("slider").first.fill("20")
    assert model(page, "point")[0] == pytest.approx([0.6, 0.0], abs=0.01)
    page.focus(PLANE)
    page.keyboard.press("Escape")
    assert not page.locator(".lk-film").is_visible()


def test_the_film_is_the_kernels(page):
    show(page, explorer(spaces=2))
    page.focus(f".lk-pane:nth-child(2) {PLANE}")
    for key in ("Enter", *["ArrowRight"] * 5, "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("model.sent.some(message => message.space === 1 && message.codes[1].length === 9)")
    assert page.evaluate("model.sent.find(message => message.space === 1).codes[0]") == []


def test_all_dimensions_have_a_slider_and_a_traversal(page):
    show(page, explorer(latent=4))
    assert page.locator(".lk-sliders input").count() == 4
    before = decoded(page)
    page.locator(".lk-sliders input").nth(2).fill("1")
    page.wait_for_function("model.sent.some(message => message.traversals)")
    assert model(page, "point")[0][2] == pytest.approx(explorer(latent=4).limits[0][1][2], abs=1e-4)
    frame(page)
    assert decoded(page) != before, "beyond the plane only the kernel knows"
    board = page.locator(".lk-board").bounding_box()
    page.mouse.click(board["x"] + board["width"] - 8, board["y"] + board["height"] / 8)
    assert model(page, "point")[0][0] == pytest.approx(explorer(latent=4).limits[0][1][0], abs=1e-4)


def test_two_dimensions_make_the_plane(page):
    show(page, explorer(latent=3))
    before = pixels(page, PLANE)
    page.locator("select").first.select_option("2")
    assert model(page, "across") == 2
    assert pixels(page, PLANE) != before
    page.locator("select").last.select_option("2")
    assert (model(page, "across"), model(page, "up")) == (1, 2), "the two change places rather than be the same"
    page.mouse.click(*spot(page, 0.5, 0.03))
    assert model(page, "point")[0][2] > 2
    assert model(page, "point")[0][0] == 0
