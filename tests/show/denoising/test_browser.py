"""The denoising explorer in Chromium without Jupyter: the film and the dial, by mouse and keys."""

import pytest

from labkit.show.denoising.data import as_bytes
from labkit.show.denoising.explorer import DenoisingExplorer
from show.denoising.examples import example, fresh, guidance
from show.denoising.page import BOARD, PICTURES, PLANE, REEL, SAMPLES, go, show, spot
from show.kit.page import frame, model, pixels, said, unguarded

pytestmark = pytest.mark.browser


def gray_at(page, canvas: str, x: float, y: float) -> int:
    """The red of one pixel of a canvas, at a place in CSS pixels: gray pictures have as much green and blue."""
    frame(page)
    return page.evaluate(
        "([selector, x, y]) => document.querySelector(selector).getContext('2d')"
        ".getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data[0]",
        [canvas, x, y],
    )


def test_the_film_by_keyboard(page):
    explorer = example("film")
    show(page, explorer)
    page.focus(PICTURES)
    seen = [pixels(page, PICTURES)]
    for key, trait, value in (
        ("ArrowRight", "frame", 1),
        ("End", "frame", 10),
        ("ArrowLeft", "frame", 9),
        ("ArrowDown", "image", 1),
        ("Home", "frame", 0),
    ):
        page.keyboard.press(key)
        assert model(page, trait) == value
        seen.append(pixels(page, PICTURES))
    assert len(set(seen)) == 6
    page.keyboard.press("End")
    assert said(page) == (
        "Step 0, frame 11 of 11: the 4 noisy images are 0 % of the gray scale from the final ones, the guesses 0 %."
    )


def test_the_film_draws_what_was_given(page):
    explorer = example("film")
    explorer.frame = 7
    show(page, explorer)
    cell = (page.locator(PICTURES).bounding_box()["width"] - 48) / 4 - 4
    cell = min(140, int(cell))
    film = explorer.parts["film"]
    for row, images in enumerate((film.noisy, film.guesses)):
        for image, (i, j) in ((0, (14, 14)), (2, (20, 8)), (3, (3, 25))):
            x = 48 + image * (cell + 4) + (j + 0.5) * cell / 28
            y = 20 + row * (cell + 6) + (i + 0.5) * cell / 28
            assert abs(gray_at(page, PICTURES, x, y) - int(as_bytes(images)[7, image, i, j])) <= 1


def test_the_reel_chooses_a_step_and_the_pictures_an_image(page):
    show(page, example("film"))
    page.mouse.click(*spot(page, PICTURES, 0.0, 0.0))
    assert model(page, "image") == 0, "the label's side is no image"
    box = page.locator(PICTURES).bounding_box()
    page.mouse.click(box["x"] + 48 + 2.5 * 144, box["y"] + 60)
    assert model(page, "image") == 2
    page.get_by_text("c: every recorded step").wait_for()
    reel = page.locator(REEL).bounding_box()
    page.mouse.move(reel["x"] + 48 + 3.5 * 46, reel["y"] + 20)
    page.mouse.down()
    assert model(page, "frame") in (0, 3)
    page.mouse.move(reel["x"] + 48 + 6.5 * 46, reel["y"] + 20)
    page.mouse.up()
    assert model(page, "frame") == 6
    page.focus(REEL)
    page.keyboard.press("ArrowLeft")
    assert model(page, "frame") == 5


def test_play_runs_to_the_end_and_stops(page):
    show(page, example("film"))
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.get('frame') === 10", timeout=10_000)
    page.get_by_role("button", name="play").wait_for()
    page.get_by_role("button", name="reset").click()
    assert model(page, "frame") == 0


def test_where_motion_is_not_wanted_playing_is_slow(page):
    page.emulate_media(reduced_motion="reduce")
    show(page, example("film"))
    page.focus(PICTURES)
    page.keyboard.press(" ")
    page.wait_for_timeout(500)
    assert model(page, "frame") == 0
    page.wait_for_function("model.get('frame') >= 1", timeout=5000)


def test_the_dial_turns_by_slider_row_and_key(page):
    show(page, example("guidance"))
    seen = [pixels(page, SAMPLES)]
    page.get_by_role("slider", name="guidance weight").press("ArrowRight")
    assert model(page, "weight") == 1
    seen.append(pixels(page, SAMPLES))
    page.mouse.click(*spot(page, BOARD, 0.1, 0.9))
    assert model(page, "weight") == 3
    seen.append(pixels(page, SAMPLES))
    page.focus(BOARD)
    page.keyboard.press("ArrowUp")
    assert model(page, "weight") == 2
    page.get_by_role("radio", name="right").click()
    assert model(page, "label") == 1
    seen.append(pixels(page, SAMPLES))
    assert len(set(seen)) == 4
    assert "right at guidance weight 2, 80 % recognized: the 4 recorded samples" in said(page)


def test_new_samples_come_from_the_kernel(page):
    show(page, example("guidance"))
    before = pixels(page, SAMPLES)
    page.get_by_role("button", name="draw new samples").click()
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('new samples')")
    assert pixels(page, SAMPLES) != before
    cell = 132
    for j in (2, 14):
        expected = int(as_bytes(fresh(0, 0.0))[0, 14, j])
        assert gray_at(page, SAMPLES, 1 + (j + 0.5) * cell / 28, 2 + 14.5 * cell / 28) == expected
    page.get_by_role("slider", name="guidance weight").press("ArrowRight")
    assert "recorded samples" in said(page), "the others are as they were"


def test_new_samples_are_those_of_the_class_and_weight_that_were_asked(page):
    show(page, example("guidance"))
    page.get_by_role("radio", name="below").click()
    page.get_by_role("slider", name="guidance weight").press("ArrowRight")
    page.get_by_role("button", name="draw new samples").click()
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('new samples')")
    assert page.evaluate("model.sent.at(-1)") | {"ask": 0} == {"ask": 0, "weight": 1, "label": 2}
    assert "below at guidance weight 1" in said(page)
    page.get_by_role("slider", name="guidance weight").press("ArrowLeft")
    assert "recorded samples" in said(page), "the other weights are as they were"
    page.get_by_role("slider", name="guidance weight").press("ArrowRight")
    assert "new samples" in said(page), "and these are kept"
    page.get_by_role("radio", name="left").click()
    assert "recorded samples" in said(page), "the other classes are as they were"


def test_an_error_in_the_kernel_is_told_and_the_next_question_is_heard(page):
    show(page, example("guidance"), kernel=False)
    button = page.get_by_role("button", name="draw")
    button.click()
    page.evaluate("model.tell('msg:custom', { answer: model.sent[0].ask, error: 'ValueError: no' }, [])")
    assert "ValueError: no" in said(page)
    assert button.inner_text() == "draw new samples"
    button.click()
    assert page.evaluate("model.sent.length") == 2


def test_without_a_function_there_is_no_button(page):
    show(page, DenoisingExplorer(guidance=guidance()))
    assert not page.get_by_role("button", name="draw new samples").is_visible()


def test_views_change_by_mouse_and_from_python(page):
    show(page, example())
    for view, canvas in (("field", PLANE), ("guidance", SAMPLES), ("film", PICTURES)):
        go(page, view)
        assert model(page, "view") == view
        assert page.locator(".lk-view:visible").count() == 1
        assert page.locator(canvas).is_visible()
    page.evaluate("model.set('view', 'field')")
    frame(page)
    assert page.locator(PLANE).is_visible()
    before = pixels(page, PLANE)
    page.evaluate("model.set('moment', 20)")
    assert pixels(page, PLANE) != before


def test_keys_do_not_reach_the_notebook(page):
    show(page, example())
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    for view, canvas in (("film", PICTURES), ("field", PLANE), ("guidance", BOARD)):
        go(page, view)
        page.focus(canvas)
        for key in ("a", "ArrowDown", "Escape", "PageDown"):
            page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0
