"""The gate explorer in Chromium without Jupyter: mouse and keys."""

import pytest

from labkit.show.gates.data import GradientDial
from labkit.show.gates.explorer import GateExplorer
from show.gates.examples import example, traces
from show.kit.page import frame, model, pixels, said, show, unguarded

pytestmark = pytest.mark.browser

STRIPS = ".lk-strips"
LEFT, RIGHT = 34, 68


def place(page, step: int, steps: int = 40, n: int = 0) -> tuple[float, float]:
    """A point in the hidden state's strip, at a step: x, and y of its first row."""
    box = page.locator(STRIPS).nth(n).bounding_box()
    return box["x"] + LEFT + (step + 0.5) * (box["width"] - LEFT - RIGHT) / steps, box["y"] + 65 + 1


def test_pointing_names_step_unit_and_values(page):
    show(page, example(beside="Elman"))
    before = [pixels(page, name) for name in (STRIPS, ".lk-traces", ".lk-flow")]
    x, y = place(page, 12)
    page.mouse.move(x, y)
    assert (model(page, "step"), model(page, "unit")) == (12, 0)
    page.mouse.move(x, y + 3 * 5)
    assert model(page, "unit") == 5
    values = traces()["LSTM"].signals
    assert f"LSTM, unit 5: hidden state {values['hidden'][0, 12, 5]:.2f}" in said(page)
    assert f"forget gate {values['forget'][0, 12, 5]:.2f}" in said(page)
    assert said(page).startswith("Step 12 (number 0.")
    after = [pixels(page, name) for name in (STRIPS, ".lk-traces", ".lk-flow")]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_two_networks_follow_one_hand(page):
    show(page, example(beside="Elman"))
    before = pixels(page, STRIPS)
    page.mouse.move(*place(page, 30, n=1))
    assert model(page, "step") == 30
    assert pixels(page, STRIPS) != before, "the other column's cursor moves too"
    assert "Elman, unit 0: hidden state" in said(page)


def test_click_locks_and_escape_unlocks(page):
    show(page, example())
    page.mouse.click(*place(page, 12))
    page.mouse.move(*place(page, 20))
    assert (model(page, "step"), model(page, "locked")) == (12, True)
    assert "Locked" in said(page)
    page.locator(STRIPS).focus()
    page.keyboard.press("Escape")
    page.mouse.move(*place(page, 21))
    assert (model(page, "step"), model(page, "locked")) == (21, False)


def test_everything_by_keyboard(page):
    show(page, example())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    frame(page)
    assert model(page, "network") == "GRU"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    frame(page)
    assert model(page, "beside") == "LSTM"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert model(page, "sequence") == 1
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "PageDown", "ArrowUp", "End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    assert [model(page, name) for name in ("step", "unit", "locked")] == [38, 7, True]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    frame(page)
    assert model(page, "dial") == "sequence length"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert model(page, "setting") == 1
    assert "sequence length 20: gradient 19 steps back LSTM" in said(page)


def test_keys_do_not_reach_the_notebook(page):
    show(page, example())
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(STRIPS)
    for key in ("a", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0


def test_choices_are_told_to_the_kernel(page):
    show(page, example())
    page.get_by_role("radio", name="Elman").click()
    page.get_by_label("beside it").select_option("LSTM")
    page.get_by_role("slider").last.fill("2")
    assert page.evaluate("model.saved") == [{"network": "Elman"}, {"beside": "LSTM"}, {"setting": 2}]
    frame(page)
    assert page.locator(".lk-column .lk-title").all_inner_texts() == ["Elman", "LSTM"]


def test_python_changes_redraw(page):
    show(page, example(beside="GRU"))
    seen = [pixels(page, STRIPS) + pixels(page, ".lk-flow")]
    changes = {"step": 9, "unit": 4, "sequence": 1, "network": "'Elman'", "setting": 2, "dial": "'sequence length'"}
    for name, value in changes.items():
        page.evaluate(f"model.set('{name}', {value})")
        seen.append(pixels(page, STRIPS) + pixels(page, ".lk-flow"))
    assert len(set(seen)) == len(seen)
    page.evaluate("model.set('beside', '')")
    frame(page)
    assert page.locator(".lk-column").count() == 1


def test_one_network_alone_needs_no_choices(page):
    show(page, GateExplorer({"net": traces()["Elman"]}))
    assert page.locator("select").count() == 0
    assert page.locator(".lk-flow").count() == 0
    assert said(page).startswith("Step 0. net, unit 0: hidden state")


def test_a_strip_has_the_colors_of_its_values(page):
    """The middle of a cell of the forget gate's strip has viridis's color for its value, the cell's a diverging one."""
    show(page, example())
    colors = """([x, y]) => [...document.querySelector('.lk-strips').getContext('2d')
        .getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data.slice(0, 3)]"""
    column = page.evaluate("document.querySelector('.lk-strips').clientWidth")
    x = LEFT + (20.5) * (column - LEFT - RIGHT) / 40
    row = {"hidden": 0, "cell": 1, "input": 2, "forget": 3}
    for signal, n in row.items():
        y = 17 + 13 * 2 + 5 + n * (17 + 36 + 5) + 17 + 3 * 8 + 1  # unit 8
        value = float(traces()["LSTM"].signals[signal][0, 20, 8])
        limit = float(abs(traces()["LSTM"].signals[signal]).max()) if signal == "cell" else 1.0
        red, _, blue = page.evaluate(colors, [x, y])
        if signal in ("hidden", "cell"):
            assert (red > blue) == (value > 0)
            assert abs(value) / limit > 0.1 or abs(red - blue) < 60
        else:
            from labkit.show.style import MAGNITUDE

            expected = [round(255 * part) for part in MAGNITUDE(value)]
            assert abs(red - expected[0]) <= 8
            assert abs(blue - expected[2]) <= 8


def test_the_goal_is_a_setting_that_keeps_the_gradient(page):
    norms = {"net": [[1, 0.1, 0.01], [1, 0.9, 0.5], [1, 10, 100]], "other": [[1, 1, 1]] * 3}
    show(page, GateExplorer(traces(), dials={"scale": GradientDial([1, 2, 3], norms)}))
    assert page.inner_text(".lk-goal").startswith("Goal: Find a setting of scale at which the gradient of net")
    assert "reached" not in said(page)
    page.evaluate("model.set('setting', 2)")
    assert "reached" not in said(page)
    page.evaluate("model.set('setting', 1)")
    assert said(page).endswith("Goal reached.")


def test_a_single_network_has_its_gradients_beside_it_and_large(page):
    show(page, example())
    strips, flow = page.locator(STRIPS).bounding_box(), page.locator(".lk-flow").bounding_box()
    assert flow["x"] > strips["x"] + strips["width"]
    assert flow["height"] >= 250
    assert page.locator(".lk-explorer").bounding_box()["height"] < 650
