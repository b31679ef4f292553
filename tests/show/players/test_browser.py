"""The player explorer in Chromium without Jupyter: mouse, keys, playing."""

import re

import numpy as np
import pytest

from labkit.show.players.data import score_at
from show.kit.page import frame, model, pixels, said, show, unguarded
from show.players.examples import MAP, REACH, explorer, place

pytestmark = pytest.mark.browser


def test_pointing_at_a_sample_tells_what_the_discriminator_says_and_where_it_sends_it(page):
    shown = explorer()
    show(page, shown)
    before = pixels(page, MAP)
    page.mouse.move(*place(page, shown, 9))
    words, one = said(page), shown.data["non-saturating"]
    assert (model(page, "sample"), page.evaluate("model.saved.at(-1)")) == (9, {"sample": 9})
    x, y = one.samples[5, 9]
    assert f"Sample 9 at ({x:.2f}, {y:.2f}): D " in words
    d = 1 / (1 + np.exp(-score_at(one.fields[5], one.samples[5, 9:10], REACH)[0]))
    assert float(re.search(r"D (\d+) %", words)[1]) == pytest.approx(100 * d, abs=3)
    assert float(re.search(r"gradient, ([\d.]+) long", words)[1]) == pytest.approx(
        np.linalg.norm(one.directions[5, 9]), rel=0.01
    )
    assert pixels(page, MAP) != before


def test_the_slider_scrubs_through_every_moment(page):
    shown = explorer(moment=0)
    show(page, shown)
    seen, turns = set(), []
    for moment in range(6):
        page.locator(".lk-player input").fill(str(moment))
        seen.add(pixels(page, MAP))
        turns.append(page.inner_text(".lk-cell:not([hidden]) .lk-title .lk-number"))
        assert model(page, "moment") == moment
        assert f"turn {10 * moment} of 50, exact distance" in said(page)
    assert len(seen) == 6
    assert turns == [f"turn {10 * moment}" for moment in range(6)]


def test_play_step_and_reset(page):
    show(page, explorer())
    page.get_by_role("button", name="play").click()
    assert model(page, "moment") < 5
    page.wait_for_function("model.get('moment') === 5", timeout=8000)
    page.get_by_role("button", name="one step back").click()
    assert model(page, "moment") == 4
    page.get_by_role("button", name="reset").click()
    assert model(page, "moment") == 0
    page.get_by_role("button", name="one step on").click()
    assert model(page, "moment") == 1


def test_where_motion_is_not_wanted_playing_is_slow(page):
    page.emulate_media(reduced_motion="reduce")
    show(page, explorer(moment=0))
    page.get_by_role("button", name="play").click()
    page.wait_for_timeout(600)
    assert model(page, "moment") == 0


def test_one_game_or_all_side_by_side(page):
    shown = explorer(sample=3)
    show(page, shown)
    assert page.locator(".lk-cell:visible").count() == 1
    page.get_by_role("radio", name="WGAN-GP").click()
    assert said(page).startswith("WGAN-GP, turn 50 of 50")
    assert "height" in said(page)
    page.get_by_label("side by side").check()
    frame(page)
    assert page.locator(".lk-cell:visible").count() == 3
    assert page.evaluate("model.saved.at(-1)") == {"beside": True}
    words = said(page)
    assert all(f"{name}, turn 50" in words for name in shown.data)
    assert "Sample 3 at" in words
    box = page.locator(".lk-map").nth(1).bounding_box()
    x, y = shown.data["minimax"].samples[5, 11]
    page.mouse.move(box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"])
    assert (model(page, "game"), model(page, "sample")) == ("minimax", 11)
    assert f"Sample 11 at ({x:.2f}, {y:.2f}): D" in said(page)


def test_arrows_can_be_left_out(page):
    show(page, explorer())
    before = pixels(page, MAP)
    page.get_by_role("checkbox", name="arrows").uncheck()
    assert pixels(page, MAP) != before
    assert model(page, "arrows") is False


def test_everything_by_keyboard(page):
    shown = explorer()
    show(page, shown)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    frame(page)
    assert model(page, "game") == "minimax"
    page.focus(MAP)
    points, seen = shown.data["minimax"].samples[5], []
    for key in ("End", "ArrowLeft", "ArrowUp", "PageUp", "Home"):
        page.keyboard.press(key)
        frame(page)
        seen.append(model(page, "sample"))
    assert seen[0] == 39
    assert points[seen[1], 0] < points[39, 0]
    assert points[seen[2], 1] > points[seen[1], 1] or seen[2] == seen[1]
    assert seen[3:] == [max(0, seen[2] - 1), 0]
    page.keyboard.press("Escape")
    assert model(page, "sample") == -1
    page.keyboard.press(",")
    assert model(page, "moment") == 4
    page.keyboard.press(".")
    assert model(page, "moment") == 5
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.get_by_role("button", name="pause").wait_for()
    page.focus(MAP)
    page.keyboard.press(" ")
    page.get_by_role("button", name="play").wait_for()
    page.focus(".lk-player input")
    page.keyboard.press("Home")
    assert model(page, "moment") == 0


def test_keys_do_not_reach_the_notebook(page):
    show(page, explorer())
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(MAP)
    for key in ("a", "ArrowDown", "Escape", " "):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0


def test_python_changes_redraw(page):
    show(page, explorer())
    seen = [pixels(page, MAP)]
    for name, value in [("moment", 2), ("sample", 7), ("game", "'WGAN-GP'"), ("arrows", "false"), ("beside", "true")]:
        page.evaluate(f"model.set('{name}', {value})")
        seen.append(pixels(page, MAP) + str(page.locator(".lk-cell:visible").count()))
    assert len(set(seen)) == len(seen)
    assert page.locator(".lk-tabs [aria-checked=true]").all_inner_texts() == ["WGAN-GP"]
    assert page.get_by_label("side by side").is_checked()
    assert not page.get_by_role("checkbox", name="arrows").is_checked()
    assert page.locator(".lk-player input").input_value() == "2"
