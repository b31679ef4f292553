"""The feature explorer in Chromium without Jupyter: mouse, keys, questions to the kernel."""

import base64

import numpy as np
import pytest

from show.features.examples import explorer, look, one, seven
from show.kit.page import frame, model, pixels, said, show, unguarded

pytestmark = pytest.mark.browser

PICTURE, TILES, MAP, SUM = ".lk-input", ".lk-tiles", ".lk-map", ".lk-products"


def asked(page) -> list[dict]:
    """The questions that the page has sent."""
    frame(page)
    return page.evaluate("model.sent")


def reply(page, buffers: str = "[]") -> None:
    """Answer the newest question, as a kernel would."""
    page.evaluate(f"model.tell('msg:custom', {{ answer: model.sent.at(-1).ask }}, {buffers})")


def unpacked(question: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(question["pixels"]), np.uint8).reshape(28, 28)


def test_pointing_at_a_unit(page):
    show(page, explorer())
    before = pixels(page, SUM)
    box = page.locator(MAP).bounding_box()
    cell = box["width"] / 26
    page.mouse.move(box["x"] + 8.5 * cell, box["y"] + 5.5 * cell)
    assert said(page).startswith("convolution 1, channel 3, unit (5, 8)")
    assert "rows 5 to 7 and columns 8 to 10" in said(page)
    assert model(page, "row") == 5
    assert page.evaluate("model.saved.at(-1)") == {"row": 5, "column": 8}
    assert pixels(page, SUM) != before
    assert asked(page) == [], "nothing here needs the kernel"


def test_the_sum_is_the_units_value(page):
    made = explorer(unit=(2, 5, 4, 6))
    show(page, made)
    words = page.inner_text(".lk-sum-words")
    assert words.startswith("72 products (8 channels × 9; channel")
    value = made.found[2][5, 4, 6]
    assert words.endswith(f": {float(f'{value:.3g}'):g}.")
    assert f"unit (4, 6): {float(f'{value:.3g}'):g}." in said(page)


def test_clicking_a_tile_chooses_its_channel(page):
    show(page, explorer())
    box = page.locator(TILES).bounding_box()
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    assert model(page, "channel") == 0
    assert said(page).startswith("convolution 1, channel 0")


def test_everything_by_keyboard(page):
    show(page, explorer(unit=(0, 0, 0, 0)))
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.locator(".lk-tabs [role=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    assert model(page, "layer") == 1
    page.locator(".lk-sum").wait_for(state="hidden")  # pooling multiplies nothing
    page.locator(TILES).focus()
    for key in ("ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
    assert model(page, "channel") == 6
    page.locator(MAP).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    assert (model(page, "row"), model(page, "column")) == (1, 1)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0


def test_another_layer_pulls_the_unit_in(page):
    show(page, explorer(unit=(0, 7, 25, 20)))
    page.get_by_role("radio", name="pooling 1").click()
    assert page.evaluate("model.saved.at(-1)") == {"layer": 1, "row": 12, "column": 12}
    assert said(page).startswith("pooling 1, channel 7, unit (12, 12)")


def test_arrows_move_the_picture_and_ask_for_its_maps(page):
    show(page, explorer())
    before = pixels(page, PICTURE)
    page.locator(PICTURE).focus()
    page.keyboard.press("ArrowRight")
    (question,) = asked(page)
    assert (question["maps"], question["unit"]) == (True, None)
    np.testing.assert_array_equal(unpacked(question)[:, 1:], explorer().bytes.pack(seven())[0, :, :-1])
    assert pixels(page, PICTURE) != before, "the picture moves at once"
    assert "Waiting for the kernel" in said(page)
    reply(page)
    assert "Waiting" not in said(page)


def test_one_question_in_flight_and_the_newest_wins(page):
    show(page, explorer())
    page.locator(PICTURE).focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    assert len(asked(page)) == 1
    reply(page)
    first, last = asked(page)
    assert last["maps"]
    np.testing.assert_array_equal(unpacked(last)[5:], explorer().bytes.pack(seven())[0, :-5])
    assert first["ask"] != last["ask"]
    assert "Waiting" in said(page)
    reply(page)
    assert len(asked(page)) == 2
    assert "Waiting" not in said(page)


def test_maps_that_come_from_the_kernel_are_drawn(page):
    made = explorer()
    show(page, made)
    before = pixels(page, TILES)
    page.get_by_role("radio", name="a one").click()
    assert len(asked(page)) == 1
    maps = b"".join(maps.tobytes() for maps in look(one()))
    data = base64.b64encode(maps).decode()
    page.evaluate(f"model.set('maps', bytes = Uint8Array.from(atob('{data}'), c => c.charCodeAt(0)))")
    reply(page)
    assert pixels(page, TILES) != before
    assert "unit (10, 12)" in said(page)


def test_a_picture_that_python_puts_in_is_taken(page):
    show(page, explorer())
    before = pixels(page, PICTURE)
    page.evaluate("model.set('pixels', new Uint8Array(784))")
    assert pixels(page, PICTURE) != before
    assert asked(page) == []


def test_drawing_and_clearing(page):
    show(page, explorer())
    page.get_by_role("button", name="clear").click()
    reply(page)
    page.get_by_label("draw").check()
    box = page.locator(PICTURE).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 120, steps=8)
    page.mouse.up()
    frame(page)
    reply(page)
    drawn = unpacked(asked(page)[-1])
    assert (drawn == 255).sum() >= 6
    assert drawn[:, 15:].sum() == 0
    page.get_by_role("button", name="reset").click()
    reply(page)
    np.testing.assert_array_equal(unpacked(asked(page)[-1]), explorer().bytes.pack(seven())[0])


def test_dragging_moves_the_picture(page):
    show(page, explorer())
    box = page.locator(PICTURE).bounding_box()
    pixel = box["width"] / 28
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100 + 2 * pixel, box["y"] + 100 + 3 * pixel)
    page.mouse.up()
    np.testing.assert_array_equal(unpacked(asked(page)[0])[3:, 2:], explorer().bytes.pack(seven())[0, :-3, :-2])


def test_without_what_the_kernel_can_say_nothing_is_offered(page):
    show(page, explorer(weigh=None, classify=None, classes=()))
    assert page.get_by_label("show what the unit weighs").is_hidden()
    assert page.locator(".lk-bars").is_hidden()
    assert "The model says" not in said(page)


def test_an_error_of_the_kernel_is_said(page):
    show(page, explorer())
    page.locator(PICTURE).focus()
    page.keyboard.press("ArrowLeft")
    frame(page)
    page.evaluate("model.tell('msg:custom', { answer: model.sent.at(-1).ask, error: 'ValueError: too dark' }, [])")
    assert "ValueError: too dark" in said(page)
