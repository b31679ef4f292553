"""The agent explorer in Chromium without Jupyter: mouse, keys, films."""

import pytest

from show.agent.examples import CANVAS, CHART, explorer, place
from show.kit.page import frame, model, pixels, said, show, unguarded

pytestmark = pytest.mark.browser


def test_a_click_shows_the_four_values_of_a_cell_beside_the_exact_ones(page):
    shown = explorer()
    show(page, shown)
    page.get_by_role("slider", name="learning").fill("10")
    before = pixels(page, CANVAS)
    page.mouse.click(*place(page, 17))
    assert model(page, "cell") == 17
    assert page.evaluate("model.saved.at(-1)") == {"cell": 17}
    assert pixels(page, CANVAS) != before
    film = shown.data["Q-learning"]
    rows = page.locator("tbody tr").all_inner_texts()
    for row, name, learned, exact in zip(
        rows, ("up", "right", "down", "left"), film.table[10, 17], film.exact[17], strict=True
    ):
        assert row.split() == [name, f"{learned:.3g}", f"{exact:.3g}"]
    assert page.locator("tr.lk-best th").inner_text() == ("up", "right", "down", "left")[film.table[10, 17].argmax()]
    assert page.inner_text(".lk-side .lk-title") == "Row 1, column 5"
    assert "Row 1, column 5: up" in said(page)


def test_the_film_of_learning(page):
    shown = explorer()
    show(page, shown)
    seen = [pixels(page, CANVAS), pixels(page, CHART)]
    page.get_by_role("slider", name="learning").fill("12")
    assert model(page, "film_frame") == 12
    assert f"After 84 episodes, values of states are off by {shown.data['Q-learning'].errors[12]:.3g}" in said(page)
    assert [pixels(page, CANVAS), pixels(page, CHART)] != seen
    page.get_by_role("button", name="one step on").first.click()
    assert model(page, "film_frame") == 13
    page.get_by_role("button", name="play").first.click()
    page.wait_for_function("model.get('film_frame') === 19", timeout=8000)
    page.get_by_role("button", name="play").first.wait_for()
    page.get_by_role("button", name="reset").first.click()
    assert model(page, "film_frame") == 0


def test_the_agent_walks_its_path_and_the_cell_goes_with_it(page):
    show(page, explorer())
    page.evaluate("model.set('film_frame', 6)")
    frame(page)
    steps = page.get_by_role("slider", name="agent's step")
    assert steps.get_attribute("max") == "6"
    steps.fill("4")
    assert (model(page, "step"), model(page, "cell")) == (4, 4)
    assert "at step 4 of 6" in said(page)
    page.get_by_role("button", name="play").nth(1).click()
    page.wait_for_function("model.get('cell') === 6", timeout=8000)
    page.get_by_role("slider", name="learning").fill("2")
    frame(page)
    assert (model(page, "step"), steps.get_attribute("max")) == (0, "2")


def test_an_episode_of_the_cart_is_replayed_with_its_values(page):
    shown = explorer()
    show(page, shown)
    page.get_by_role("radio", name="trained").click()
    assert said(page).startswith("Step 1 of 120: the cart is 0.00 right")
    seen = {pixels(page, CANVAS)}
    page.get_by_role("slider", name="step").fill("119")
    assert "Here the clock ends the episode." in said(page)
    seen.add(pixels(page, CANVAS))
    left = shown.data["trained"].values[119, 0]
    assert page.locator("tbody tr").all_inner_texts()[0].split()[-1] == f"{left:.3g}"
    page.get_by_role("button", name="one step back").click()
    assert model(page, "step") == 118
    page.get_by_role("button", name="reset").click()
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.get('step') > 5", timeout=8000)
    page.get_by_role("button", name="pause").click()
    seen.add(pixels(page, CANVAS))
    assert len(seen) == 3
    page.get_by_role("radio", name="early").click()
    page.get_by_role("slider", name="step").fill("29")
    assert "After this push it is over." in said(page)


def test_where_motion_is_not_wanted_an_episode_plays_slowly(page):
    page.emulate_media(reduced_motion="reduce")
    show(page, explorer())
    page.get_by_role("radio", name="trained").click()
    frame(page)  # then there is one player
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.get('step') > 0", timeout=4000)
    page.wait_for_timeout(500)
    assert model(page, "step") <= 3, "at full speed it would be at 25"


def test_everything_by_keyboard(page):
    show(page, explorer())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert model(page, "view") == "SARSA"
    page.keyboard.press("ArrowLeft")
    page.focus(CANVAS)
    page.evaluate("model.set('cell', 0)")
    seen = []
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowDown", "ArrowDown", "Home", "ArrowUp"):
        page.keyboard.press(key)
        seen.append(model(page, "cell"))
    assert seen == [1, 13, 23, 35, 47, 36, 24]
    page.keyboard.press("PageDown")
    assert model(page, "film_frame") == 1
    page.keyboard.press(" ")
    page.wait_for_function("model.get('film_frame') > 2", timeout=4000)
    page.keyboard.press(" ")
    page.evaluate("model.set('view', 'trained')")
    frame(page)
    page.focus(CANVAS)
    for key in ("ArrowRight", "PageDown", "End", "ArrowLeft"):
        page.keyboard.press(key)
    assert model(page, "step") == 118


def test_keys_do_not_reach_the_notebook(page):
    show(page, explorer())
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(CANVAS)
    for key in ("a", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0


def test_python_changes_redraw(page):
    show(page, explorer())
    seen = [pixels(page, CANVAS)]
    for name, value in [
        ("cell", 7),
        ("film_frame", 9),
        ("step", 3),
        ("view", "'SARSA'"),
        ("view", "'trained'"),
        ("step", 50),
    ]:
        page.evaluate(f"model.set('{name}', {value})")
        frame(page)
        seen.append(pixels(page, CANVAS))
    assert len(set(seen)) == len(seen)
    assert page.locator(".lk-tabs [aria-checked=true]").all_inner_texts() == ["trained"]


def test_only_the_players_of_the_view_are_seen(page):
    show(page, explorer())
    for view, names in (("Q-learning", ["learning", "agent's step"]), ("trained", ["step"])):
        page.evaluate(f"model.set('view', '{view}')")
        frame(page)
        seen = page.locator(".lk-player:visible").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
        assert seen == names
