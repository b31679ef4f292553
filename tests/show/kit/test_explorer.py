"""What all explorers share: the kernel's half without a browser, the page's half in one."""

import pytest
import traitlets
from matplotlib.figure import Figure

from labkit.show.kit.explorer import SHOW, Explorer, linked, sources
from show.kit.page import frame, model, said, show, unguarded

SCRIPT = """
class Toy extends Stage {
  constructor(context) {
    super(context, "toy", "Toy explorer");
    this.log = window.log = { steps: [], answers: [], errors: [] };
    this.tabs = choices(this.body, "Which", ["one", "two", "three"], i => { mark(this.tabs, i); this.set({ x: i }); });
    this.player = new Frames(this.body, { steps: 4, label: "Rounds", pause: 20, onstep: n => this.log.steps.push(n) });
    this.asker = new Asker(this.model, (answer, buffers) => this.log.answers.push([answer.y, ...ownBytes(buffers[0])]),
      words => this.log.errors.push(words));
    window.toy = this;
  }
  drawNow() { this.say(`x is ${this.get("x")}, ${this.isDark ? "dark" : "light"}, text ${this.colors.text}`); }
  remove() { super.remove(); this.asker.stop(); }
}
export default { render: context => window.gone = new Toy(context).start(["x"]) };
"""

DONE: set = set()
JOINED = "".join(linked(SHOW / "kit" / f"{part}.js", DONE) for part in ("stage", "before", "asker"))


class Toy(Explorer):
    _esm = JOINED + SCRIPT
    _css = (SHOW / "kit" / "kit.css").read_text()
    x = traitlets.Int(0).tag(sync=True)

    def picture(self) -> Figure:
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([0, self.x])
        return figure

    def describe(self) -> str:
        return f"x is {self.x}"

    def answer(self, question):
        if question["x"] < 0:
            raise ValueError("x is negative")
        return {"y": 2 * question["x"]}, [bytes([question["x"]])]


@pytest.fixture
def sent(monkeypatch) -> list:
    """What explorers send to the page."""
    found = []
    monkeypatch.setattr(Explorer, "send", lambda self, message, buffers=None: found.append((message, buffers)))
    return found


def test_a_question_gets_its_answer(sent):
    toy = Toy()
    toy._handle_custom_msg({"ask": "me 1", "x": 21}, [])
    toy._handle_custom_msg({"something": "else"}, [])
    assert sent == [({"answer": "me 1", "y": 42}, [b"\x15"])]


def test_what_goes_wrong_is_told_to_the_page_and_raised_here(sent, monkeypatch):
    toy = Toy()
    with pytest.raises(ValueError, match="x is negative"):
        toy._hear(toy, {"ask": "me 2", "x": -1}, [])
    assert sent == [({"answer": "me 2", "error": "ValueError: x is negative"}, None)]


def test_a_page_without_a_kernel_has_picture_and_sentence():
    data, metadata = Toy(x=3)._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"}
    assert data["text/plain"] == metadata["image/png"]["alt"] == repr(Toy(x=3)) == "x is 3"


def test_the_shared_half_comes_first():
    script, style = sources("attention")
    assert script == linked(SHOW / "attention" / "attention.js")
    assert "import {" not in script
    assert script.index("class Stage") < script.index("class AttentionView")
    assert style.index(".lk-explorer {") < style.index(".lk-attention")


@pytest.mark.browser
def test_theme_traits_and_life(page):
    show(page, Toy())
    assert said(page).startswith("x is 0, light, text ")
    page.evaluate("model.set('x', 5)")
    assert said(page).startswith("x is 5")
    page.emulate_media(color_scheme="dark")
    assert "dark" in said(page)
    assert page.evaluate("document.querySelector('.lk-explorer').hasAttribute('data-dark')")
    page.evaluate("gone()")
    assert page.evaluate("Object.values(model.callbacks).flat().length") == 0
    page.evaluate("model.set('x', 6)")
    assert said(page).startswith("x is 5")


@pytest.mark.browser
def test_keys_choose_and_stay_on_the_page(page):
    show(page, Toy())
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "End", "a"):
        page.keyboard.press(key)
    assert model(page, "x") == 2
    assert page.evaluate("document.activeElement.textContent") == "three"
    assert page.evaluate("model.saved") == [{"x": 1}, {"x": 2}]
    assert page.evaluate("heard") == ["Tab"], "the first Tab came from outside"
    assert unguarded(page) == 0


@pytest.mark.browser
def test_the_player_plays_steps_and_stops(page):
    show(page, Toy())
    for name in ("one step on", "one step on", "one step back", "reset", "one step back"):
        page.get_by_role("button", name=name).click()
    assert page.evaluate("log.steps") == [1, 2, 1, 0, 0]
    page.get_by_role("button", name="play").click()
    page.wait_for_function("log.steps.at(-1) === 3 && !toy.player.timer")
    assert page.get_by_role("button", name="play").count() == 1
    assert page.evaluate("log.steps.slice(5)") == [1, 2, 3]
    page.get_by_role("slider").fill("2")
    assert page.evaluate("log.steps.at(-1)") == 2
    assert page.inner_text(".lk-player output") == "2 of 3"
    page.evaluate("toy.player.renew(9, 4)")
    assert page.get_by_role("slider").get_attribute("max") == "8"


@pytest.mark.browser
def test_where_motion_is_not_wanted_it_plays_slowly(page):
    page.emulate_media(reduced_motion="reduce")
    show(page, Toy())
    page.get_by_role("button", name="play").click()
    page.wait_for_timeout(400)
    assert page.evaluate("log.steps") == []
    page.get_by_role("button", name="pause").click()


@pytest.mark.browser
def test_answers_with_bytes_reach_the_asker(page):
    show(page, Toy())
    page.evaluate("toy.asker.ask({ x: 4 })")
    frame(page)
    ask = page.evaluate("model.sent[0].ask")
    page.evaluate(
        f"model.tell('msg:custom', {{ answer: '{ask}', y: 8 }}, [new DataView(Uint8Array.of(0, 4).buffer, 1)])"
    )
    assert page.evaluate("log.answers") == [[8, 4]]
