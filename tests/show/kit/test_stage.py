"""The kit's parts in Chromium: a chart by pixel column, players and dials, what is visible, the goal."""

import numpy as np
import pytest
import traitlets

from labkit.show.kit.explorer import SHOW, Explorer, linked
from show.kit.page import frame, model, said, show, show_without, unguarded

pytestmark = pytest.mark.browser

SCRIPT = """
class Toy extends Stage {
  constructor(context) {
    super(context, "toy", "Toy explorer");
    this.log = window.log = { drawn: 0, arranged: 0, written: [] };
    this.names = tabs(this, this.body, "name", "Which", ["one", "two", "three"]);
    this.alone = tabs(this, this.body, "name", "Only", ["one"]);
    this.box = toggle(this, this.body, "on", "a switch");
    this.dial = dial(this, this.body, "rate", "rate", { min: 0, max: 10, step: 1 }, v => `${v} m`);
    this.player = new Player(this, this.body, "step", { label: "Rounds", pause: 20, steps: () => this.get("count"),
      write: n => { this.log.written.push(n); return `round ${n}`; } });
    this.chart = new Chart(this, this.body, {}, "lk-chart");
    this.expect(["numbers"], "the numbers", bytes => { this.values = floats(bytes); });
    window.toy = this;
  }
  arrange(width) { this.log.arranged++; this.chart.resize(360, 160); }
  drawNow() {
    this.log.drawn++;
    const { values } = this, room = this.get("on") ? 60 : 0;
    this.chart.show({ title: "height", label: "step", low: 0, now: this.get("step"), room,
      log: this.get("name") === "two" ? 0.01 : 0,
      lines: [{ words: "first", values }, { words: "second", values: values.map(v => 10 - v) }] });
    this.say(`step ${this.get("step")}`);
  }
  reached() { return this.get("step") === 3; }
}
export default { render: context => window.gone = new Toy(context).start(["step", "count", "name", "on", "rate"]) };
"""
DONE: set = set()
JOINED = "".join(linked(SHOW / "kit" / f"{part}.js", DONE) for part in ("stage", "player", "chart", "dials"))
# Every text that a canvas writes, with its place.
WRITTEN = """const fill = CanvasRenderingContext2D.prototype.fillText; window.written = [];
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  written.push([String(text), x, y]); fill.call(this, text, x, y); };"""


class Toy(Explorer):
    _esm = JOINED + SCRIPT
    _css = (SHOW / "kit" / "kit.css").read_text()
    step = traitlets.Int(0).tag(sync=True)
    count = traitlets.Int(11).tag(sync=True)
    name = traitlets.Unicode("one").tag(sync=True)
    on = traitlets.Bool(False).tag(sync=True)
    rate = traitlets.Int(4).tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)


def toy(**traits) -> Toy:
    values = [0, 8, 8, 8, 8, 8, 8, 8, 8, 8, 10]
    return Toy(numbers=np.array(values, "<f4").tobytes(), **traits)


def dark_columns(page, y: int = 70) -> list[int]:
    """The columns of the chart that have the text's color at a height where no line runs: the mark's."""
    frame(page)
    row = page.evaluate(f"[...document.querySelector('.lk-chart').getContext('2d').getImageData(0, {y}, 360, 1).data]")
    pixels = [row[4 * x : 4 * x + 4] for x in range(20, 345)]
    return [20 + x for x, (*color, alpha) in enumerate(pixels) if alpha > 60 and max(color) < 90]


@pytest.mark.parametrize(("step", "at"), [(1, 76), (5, 196), (7, 256)])
def test_the_cursor_stands_over_its_step(page, step, at):
    show(page, toy(step=step))
    found = dark_columns(page)
    assert found, "there is a mark"
    assert all(at - 1 <= x <= at for x in found), "one mark, and no other"


def test_ticks_stand_where_their_values_are(page):
    show(page, toy())
    page.evaluate(WRITTEN + "toy.draw()")
    frame(page)
    places = page.evaluate("written.filter(([text, x]) => x === 41).map(([text, x, y]) => [text, y])")
    assert places == [["0", 134], ["5", 81], ["10", 28]]
    steps = page.evaluate("written.filter(([text, x, y]) => y === 144).map(([text, x]) => [text, x])")
    assert steps == [["0", 46], ["5", 196], ["10", 346]]


def test_a_logarithmic_axis_has_powers_of_ten_and_ends_have_their_words(page):
    show(page, toy(name="two", on=True))
    page.evaluate(WRITTEN + "toy.draw()")
    frame(page)
    places = page.evaluate("written.filter(([text, x]) => x === 41).map(([text, x, y]) => [text, Math.round(y)])")
    assert places == [["1e−2", 134], ["1e−1", 99], ["1", 63], ["1e1", 28]]
    ends = page.evaluate("written.filter(([text]) => /first|second/.test(text))")
    assert [text for text, _, _ in ends] == ["first", "second"]
    assert {x for _, x, _ in ends} == {292}
    assert abs(ends[0][2] - ends[1][2]) >= 13


def test_a_pixel_leads_back_to_its_step(page):
    show(page, toy())
    assert page.evaluate("[0, 46, 60, 65, 196, 999].map(x => toy.chart.stepAt(x))") == [0, 0, 0, 1, 5, 10]


def test_parts_follow_their_traits_whoever_sets_them(page):
    show(page, toy())
    for name, value in (("name", "'three'"), ("on", "true"), ("rate", 7), ("step", 9)):
        page.evaluate(f"model.set('{name}', {value})")
    frame(page)
    assert page.locator("[aria-checked=true]").first.inner_text() == "three"
    assert page.get_by_role("checkbox").is_checked()
    assert page.locator(".lk-slider output").first.inner_text() == "7 m"
    assert page.locator(".lk-player output").inner_text() == "round 9"
    page.get_by_role("radio", name="two").click()
    page.get_by_role("checkbox").click()
    page.get_by_role("slider", name="rate").fill("2")
    page.get_by_role("button", name="one step back").click()
    assert [model(page, name) for name in ("name", "on", "rate", "step")] == ["two", False, 2, 8]
    assert unguarded(page) == 0


def test_what_is_not_there_is_not_visible(page):
    show(page, toy())
    assert page.locator(".lk-player").is_visible()
    assert page.get_by_role("radiogroup", name="Which").is_visible()
    assert not page.get_by_role("radiogroup", name="Only").is_visible(), "one name is no choice"
    page.evaluate("model.set('count', 0)")
    frame(page)
    assert not page.locator(".lk-player").is_visible(), "no steps, no player"
    page.evaluate("model.set('count', 5)")
    frame(page)
    assert page.locator(".lk-player").is_visible()
    assert page.locator(".lk-player input").get_attribute("max") == "4"


def test_removed_it_plays_no_further(page):
    show(page, toy())
    page.get_by_role("button", name="play").click()
    page.wait_for_function("model.get('step') >= 2")
    page.evaluate("gone()")
    at = model(page, "step")
    page.wait_for_timeout(150)
    assert model(page, "step") == at
    assert page.evaluate("toy.player.timer") == 0
    assert page.evaluate("Object.values(model.callbacks).flat().length") == 0


def test_another_number_of_steps_ends_playing(page):
    show(page, toy())
    page.get_by_role("button", name="play").click()
    page.evaluate("model.set('count', 7)")
    frame(page)
    assert page.evaluate("toy.player.timer") == 0


def test_nothing_is_drawn_or_written_before_the_numbers_are_there(page):
    show_without(page, toy(), "numbers")
    assert said(page) == "Waiting for the numbers …"
    page.evaluate("model.set('step', 2); model.set('step', 0)")
    frame(page)
    assert page.evaluate("[log.drawn, log.arranged, log.written.length]") == [0, 0, 0]
    page.evaluate("model.set('numbers', late)")
    assert said(page) == "step 0"
    assert page.evaluate("log.drawn > 0 && log.arranged > 0")


def test_a_goal_is_shown_and_says_when_it_is_reached(page):
    shown = toy()
    shown.goal = "Go to step 3."
    show(page, shown)
    line = page.locator(".lk-goal")
    assert line.inner_text() == "Goal: Go to step 3."
    assert "reached" not in said(page)
    page.evaluate("model.set('step', 3)")
    assert said(page) == "step 3 Goal reached."
    assert line.inner_text() == "✓ Goal reached: Go to step 3."
    page.evaluate("model.set('step', 4)")
    assert said(page) == "step 4 Goal reached.", "what was found stays found"
    page.evaluate("model.set('goal', 'Go to step 3 again.')")
    assert line.inner_text() == "Goal: Go to step 3 again."
    page.evaluate("model.set('goal', '')")
    assert not line.is_visible()


def test_without_a_goal_there_is_no_line(page):
    show(page, toy(step=3))
    assert not page.locator(".lk-goal").is_visible()
    assert said(page) == "step 3"
