"""The message explorer in Chromium without Jupyter: mouse, keys, motion."""

import numpy as np
import pytest

from show.kit.page import frame, model, pixels, said, show, unguarded
from show.messages.examples import CANVAS, explorer, large, place

pytestmark = pytest.mark.browser


def test_hover_shows_where_a_node_knows_it_from(page):
    shown = explorer()
    shown.round = 3
    show(page, shown)
    before = pixels(page, CANVAS)
    page.mouse.move(*place(page, shown, 9))
    share = shown.data["GCN"].influence(9, 3)
    most = int(np.argmax(share))
    assert said(page).startswith("node 9 after round 3: class")
    assert f"heard from {(share > 0).sum()} of 40 nodes, most from node {most} {share[most]:.0%}".replace(
        "%", " %"
    ) in said(page)
    assert model(page, "node") == 9
    assert page.evaluate("model.saved.at(-1)") == {"node": 9}
    assert pixels(page, CANVAS) != before


def test_the_receptive_field_grows_with_the_rounds(page):
    shown = explorer(node=5)
    show(page, shown)
    heard = []
    page.get_by_role("button", name="reset").first.click()
    assert "It knows only itself." in said(page)
    for count in (1, 2, 3):
        page.get_by_role("button", name="one step on").first.click()
        page.wait_for_timeout(600)  # messages are on their way
        words = said(page)
        assert model(page, "round") == count
        heard.append(int(words.split("heard from ")[1].split(" of")[0]))
    assert heard == [(shown.data["GCN"].influence(5, count) > 0).sum() for count in (1, 2, 3)]


FILM = """() => new Promise(done => {
  const canvas = document.querySelector(".lk-graph > canvas"), seen = new Set(), end = performance.now() + 700;
  const look = () => {
    seen.add(canvas.toDataURL());
    if (performance.now() < end) requestAnimationFrame(look); else done(seen.size);
  };
  [...document.querySelectorAll(".lk-player button")].find(button => button.title === "one step on").click();
  requestAnimationFrame(look);
})"""


@pytest.mark.parametrize(("wish", "frames"), [("no-preference", range(4, 1000)), ("reduce", range(1, 3))])
def test_messages_move_between_rounds_and_stand_still_where_motion_is_not_wanted(page, wish, frames):
    page.emulate_media(reduced_motion=wish)
    show(page, explorer())
    page.get_by_role("button", name="reset").first.click()
    frame(page)
    assert page.evaluate(FILM) in frames
    assert model(page, "round") == 1


def test_play_goes_through_all_rounds(page):
    show(page, explorer())
    page.get_by_role("button", name="reset").first.click()
    page.get_by_role("button", name="play").first.click()
    page.wait_for_function("model.get('round') === 3", timeout=8000)
    page.get_by_role("button", name="play").first.wait_for()


def test_a_head_of_another_network(page):
    shown = explorer(node=4)
    shown.round = 3
    show(page, shown)
    assert not page.get_by_role("radio", name="head 1").is_visible()
    page.get_by_role("radio", name="GAT").click()
    frame(page)
    assert model(page, "round") == 3, "the kernel pulls it in; the page shows what there is"
    all_heads = pixels(page, CANVAS)
    page.get_by_role("radio", name="head 1").click()
    assert page.evaluate("model.saved.at(-1)") == {"head": 1}
    assert pixels(page, CANVAS) != all_heads
    share = shown.data["GAT"].influence(4, 2, head=1)
    assert f"most from node {np.argmax(share)} {share.max():.0%}".replace("%", " %") in said(page)


def test_the_dial_of_depth(page):
    show(page, explorer())
    before = pixels(page, ".lk-small canvas")
    page.locator(".lk-depth input").fill("20")
    assert model(page, "depth") == 20
    assert pixels(page, ".lk-small canvas") != before
    assert page.locator("figcaption").all_inner_texts() == [f"GCN: {0.8**20:.3f}", f"GCNII: {0.99**20:.3f}"]
    assert "at 21 layers" in page.get_attribute(".lk-depth > canvas", "aria-label")


def test_everything_by_keyboard(page):
    shown = explorer(node=0)
    show(page, shown)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    frame(page)
    assert model(page, "view") == "GAT"
    page.focus(CANVAS)
    seen = [0]
    for key in ("End", "ArrowLeft", "ArrowDown", "PageUp", "Home"):
        page.keyboard.press(key)
        seen.append(model(page, "node"))
    assert seen[1] == 39
    assert shown.places[seen[2], 0] < shown.places[39, 0]
    assert shown.places[seen[3], 1] < shown.places[seen[2], 1] or seen[3] == seen[2]
    assert seen[4] == max(0, seen[3] - 1)
    assert seen[5] == 0
    page.keyboard.press("Enter")
    assert model(page, "locked") is True
    page.mouse.move(*place(page, shown, 9))
    assert model(page, "node") == 0
    assert "Locked" in said(page)
    page.focus(CANVAS)
    page.keyboard.press("Escape")
    page.mouse.move(*place(page, shown, 12))
    assert model(page, "node") == 12


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
    for name, value in [("node", 7), ("round", 1), ("view", "'GAT'"), ("head", 2)]:
        page.evaluate(f"model.set('{name}', {value})")
        frame(page)
        seen.append(pixels(page, CANVAS))
    assert len(set(seen)) == len(seen)
    assert page.locator(".lk-tabs [aria-checked=true]").all_inner_texts() == ["GAT", "head 2"]


def test_it_begins_at_the_beginning(page):
    show(page, explorer(node=4))
    assert model(page, "round") == 0
    assert "It knows only itself." in said(page)


def test_three_depths_stand_beside_each_other(page):
    page.set_viewport_size({"width": 960, "height": 800})
    show(page, large())
    tops = page.eval_on_selector_all(".lk-small figure", "all => all.map(f => f.getBoundingClientRect().top)")
    assert len(tops) == 3
    assert len(set(tops)) == 1
