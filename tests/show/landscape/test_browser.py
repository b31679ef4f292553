"""The landscape explorer in Chromium without Jupyter: mouse, keys, dials, widths, themes, accessibility, speed."""

import statistics

import pytest

from helpers.browser import keep, overlaps
from labkit.show.landscape.explorer import LandscapeExplorer
from show.kit.page import LIMIT, frame, latencies, model, pixels, said, unguarded
from show.landscape.page import GRAPH, MAP, show, surfaces

pytestmark = pytest.mark.browser
TEXTS = ".lk-tabs button, .lk-group > span, .lk-about, .lk-slider, .lk-switch, .lk-say"


def drag_to(page, across: float, down: float):
    """Press on the map at a share of its width and height."""
    box = page.locator(MAP).bounding_box()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_the_page_says_what_python_says(page):
    for chosen in (
        {"surface": "ravine", "optimizer": "momentum", "step": 30},
        {"surface": "bend", "optimizer": "Adam"},
    ):
        explorer = LandscapeExplorer(surfaces(), **chosen)
        x, y, loss = explorer.path[explorer.step]
        show(page, **chosen)
        x, y = (f"{value:.2f}".rstrip("0").rstrip(".").replace("-0.00", "0").replace("-", "−") for value in (x, y))
        assert said(page).startswith(
            f"{chosen['optimizer']}, step {explorer.step}: at ({x}, {y}) the loss is {loss:.3g}"
        )


def test_a_click_and_a_drag_move_the_start(page):
    show(page, surface="ravine")
    before = pixels(page, MAP)
    drag_to(page, 0.75, 0.25)
    page.mouse.down()
    left, right = -4 + 8 / 60, 4 - 8 / 60
    assert model(page, "x") == pytest.approx(left + 0.75 * (right - left), abs=0.02)
    assert model(page, "y") == pytest.approx(right - 0.25 * (right - left), abs=0.02)
    drag_to(page, 0.25, 0.75)
    assert model(page, "x") == pytest.approx(left + 0.25 * (right - left), abs=0.02)
    page.mouse.up()
    drag_to(page, 0.9, 0.9)
    assert model(page, "x") == pytest.approx(left + 0.25 * (right - left), abs=0.02), "let go"
    assert pixels(page, MAP) != before
    assert set(page.evaluate("model.saved.at(-1)")) <= {"x", "y"}


def test_everything_by_keyboard(page):
    show(page, surface="ravine", step=0)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert (model(page, "surface"), model(page, "rate"), model(page, "step")) == ("bend", 0.02, 120)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert model(page, "optimizer") == "Nesterov"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert model(page, "rate") == pytest.approx(0.02 * 10**0.05, rel=0.06)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert model(page, "momentum") == pytest.approx(0.89)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert model(page, "decay") == pytest.approx(0.01)
    page.keyboard.press("Tab")
    x, y = model(page, "x"), model(page, "y")
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    wide = 8 - 16 / 60
    assert model(page, "x") == pytest.approx(x + 0.03 * wide)
    assert model(page, "y") == pytest.approx(y + 0.035 * wide)
    for _ in range(100):
        page.keyboard.press("ArrowLeft")
    assert model(page, "x") == pytest.approx(-4 + 8 / 60), "no further than the edge"


def test_play_step_and_reset(page):
    show(page, surface="ravine", optimizer="momentum", step=5)
    page.get_by_role("button", name="one step on").click()
    assert model(page, "step") == 6
    assert said(page).startswith("momentum, step 6:")
    page.get_by_role("button", name="reset").click()
    assert model(page, "step") == 0
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.get('step') >= 3")
    page.get_by_role("button", name="pause").click()
    stopped = model(page, "step")
    page.wait_for_timeout(200)
    assert model(page, "step") == stopped


def test_a_path_that_leaves_the_picture_says_so_and_is_short(page):
    show(page, surface="ravine", rate=1.2)
    explorer = LandscapeExplorer(surfaces(), "ravine", rate=1.2)
    count = len(explorer.path)
    assert count < 20
    assert f"leaves the picture at step {count}" in said(page)
    assert page.get_attribute(".lk-player input", "max") == str(count - 1)
    page.evaluate("model.set('rate', 0.1)")
    assert "leaves" not in said(page)
    assert page.get_attribute(".lk-player input", "max") == "120"


def test_python_changes_redraw(page):
    show(page, optimizer="momentum", step=20)
    seen = [(pixels(page, MAP), pixels(page, GRAPH))]
    for name, value in [("rate", 0.02), ("momentum", 0.3), ("decay", 0.4), ("x", 2.0), ("y", 1.0), ("step", 60),
                        ("optimizer", "'AdamW'"), ("surface", "'saddle'")]:  # fmt: skip
        page.evaluate(f"model.set('{name}', {value})")
        seen.append((pixels(page, MAP), pixels(page, GRAPH)))
    assert len({of_map for of_map, _ in seen}) == len(seen)
    assert len({of_graph for _, of_graph in seen}) == len(seen)
    assert page.locator(".lk-tabs [aria-checked=true]").all_inner_texts() == ["saddle", "AdamW"]


def test_the_real_run_shows_and_hides_and_only_where_there_is_one(page):
    show(page)
    with_run = pixels(page, MAP)
    page.get_by_label("show the real run").uncheck()
    assert model(page, "show_path") is False
    assert pixels(page, MAP) != with_run
    page.get_by_role("radio", name="ravine").click()
    frame(page)
    assert not page.get_by_label("show the real run").is_visible()


def test_momentum_is_no_dial_of_plain_descent(page):
    show(page, surface="ravine", optimizer="SGD")
    dial = page.locator(".lk-dials input").nth(1)
    assert dial.is_disabled()
    page.get_by_role("radio", name="momentum").click()
    frame(page)
    assert dial.is_enabled()


def test_keys_stay_here(page):
    show(page)
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.focus(MAP)
    for key in ("a", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0


@pytest.mark.parametrize("width", [600, 1100])
def test_no_text_overlaps(page, width, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    show(page, optimizer="Nesterov", decay=0.2)
    keep(page, artifacts / f"landscape-{width}.png")
    assert overlaps(page, TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for canvas in (MAP, GRAPH):
        box = page.locator(canvas).bounding_box()
        assert box["x"] + box["width"] <= width + 16


def test_a_drag_is_fluid(page):
    """The bar: 50 ms at the median from the pointer's move to the new path on the map."""
    show(page, optimizer="Adam")
    drag_to(page, 0.5, 0.5)
    page.mouse.down()
    size = page.locator(MAP).bounding_box()["width"]
    times = latencies(page, MAP, lambda n: drag_to(page, 0.2 + 0.02 * (n % 30), 0.3), area=(0, size / 2, size, 4))
    page.mouse.up()
    print(f"\nlandscape: median {statistics.median(times):.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
