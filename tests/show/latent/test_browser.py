"""The latent explorer in Chromium without Jupyter: mouse, keys, one question at a time."""

import pytest

from show.kit.page import frame, model, pixels, said, unguarded
from show.latent.examples import codes, explorer
from show.latent.page import PLANE, decoded, show, spot

pytestmark = pytest.mark.browser


def test_dragging_moves_the_point_and_the_picture(page):
    show(page, explorer())
    before, plane = decoded(page), pixels(page, PLANE)
    page.mouse.move(*spot(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.75, 0.25))
    assert decoded(page) != before
    assert pixels(page, PLANE) != plane
    assert model(page, "point") == [[0, 0]], "the kernel hears of it when the hand lets go"
    page.mouse.up()
    assert model(page, "point")[0] == pytest.approx([1.5, 1.5], abs=0.05)
    assert said(page).startswith("VAE at (1.5")


def test_what_is_drawn_last_is_the_kernels_own(page):
    widget = explorer()
    show(page, widget)
    page.mouse.click(*spot(page, 0.71, 0.33))
    page.wait_for_function("model.sent.length > 0")
    frame(page)
    blended = decoded(page)
    page.evaluate("model.set('point', model.get('point').map(z => [...z]))")
    assert decoded(page) == blended, "the same place gives the same picture"
    show_without = decoded(show(page.context.new_page(), explorer(), kernel=False))
    assert show_without != blended


def test_one_question_is_in_flight_and_the_newest_wins(page):
    show(page, explorer(), kernel=False)
    page.mouse.move(*spot(page, 0.2, 0.2))
    page.mouse.down()
    for step in range(8):
        page.mouse.move(*spot(page, 0.2 + 0.08 * step, 0.3))
    page.mouse.up()
    assert page.evaluate("model.sent.filter(message => message.codes).length") == 1
    first = page.evaluate("model.sent[0].ask")
    page.evaluate(f"model.tell('msg:custom', {{ answer: '{first}' }}, [new DataView(new ArrayBuffer(784))])")
    asked = page.evaluate("model.sent.filter(message => message.codes).at(-1).codes[0]")
    assert asked == pytest.approx([(0.2 + 0.08 * 7 - 0.5) * 6, 1.2], abs=0.05)
    assert page.evaluate("model.sent.filter(message => message.codes).length") == 2


def test_without_a_kernel_the_grid_moves(page):
    show(page, explorer(), kernel=False)
    seen = {decoded(page)}
    for share in (0.2, 0.4, 0.6, 0.8):
        page.mouse.click(*spot(page, share, 0.13))
        seen.add(decoded(page))
    assert len(seen) == 5


def test_a_click_on_a_code_shows_its_image_and_its_spread(page):
    show(page, explorer(spaces=2))
    row = 40  # not among the inputs: its image comes from the kernel
    x, y = codes()[row].tolist()
    page.mouse.click(*spot(page, (x + 3) / 6, (3 - y) / 6, pane=1))
    assert model(page, "chosen") == row
    assert model(page, "point")[0] == pytest.approx(list(10 * codes()[row]), abs=1e-4)
    page.get_by_text("input: a right").first.wait_for()
    assert "± 0.20 and ± 0.30" in said(page)


def test_inputs_by_keyboard(page):
    widget = explorer(spaces=2)
    show(page, widget)
    strip = page.get_by_role("listbox")
    strip.focus()
    page.keyboard.press("End")
    assert model(page, "chosen") == widget.rows[-1]
    page.keyboard.press("ArrowLeft")
    assert model(page, "chosen") == widget.rows[-2]
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    assert model(page, "chosen") == -1
    assert not page.locator("figcaption", has_text="input").first.is_visible()


def test_the_point_by_keyboard(page):
    show(page, explorer())
    page.focus(PLANE)
    before = decoded(page)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert model(page, "point")[0] == pytest.approx([0.04 * 6 - 0.004 * 6, 0.02 * 6])
    assert decoded(page) != before
    page.keyboard.press("n")
    assert model(page, "chosen") == 0
    page.keyboard.press("p")
    assert model(page, "chosen") == 59
    page.keyboard.press("Escape")
    assert model(page, "chosen") == -1


def test_the_whole_plane_is_decoded(page):
    show(page, explorer())
    before = pixels(page, PLANE)
    page.get_by_label("decode the whole plane").check()
    assert pixels(page, PLANE) != before
    page.get_by_label("decode the whole plane").uncheck()
    assert pixels(page, PLANE) == before


def test_python_moves_the_point_and_the_choice(page):
    show(page, explorer(spaces=2))
    seen = [pixels(page, PLANE)]
    page.evaluate("model.set('point', [[5, 5], [1, 1]])")
    seen.append(pixels(page, PLANE))
    assert "VAE at (1.00, 1.00)" in said(page)
    page.evaluate("model.set('chosen', 3)")
    seen.append(pixels(page, PLANE))
    assert len(set(seen)) == 3


def test_keys_do_not_reach_the_notebook(page):
    show(page, explorer(latent=3))
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(PLANE)
    for key in ("a", "ArrowDown", "Escape", "n"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0
