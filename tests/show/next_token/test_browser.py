"""The next-token explorer in Chromium without Jupyter: typing, dials, mouse and keys."""

import pytest

from show.kit import page as explorer_page
from show.kit.page import frame, model, said, unguarded
from show.next_token.examples import explorer
from show.next_token.page import show

pytestmark = pytest.mark.browser

ROW, CHIP, BOX = ".lk-row", ".lk-chip", "textarea"


def names(page) -> list[str]:
    frame(page)
    return page.locator(f"{ROW} .lk-name").all_inner_texts()


def chips(page) -> list[str]:
    frame(page)
    return page.locator(f"{CHIP} .lk-token").all_inner_texts()


def reads(page, text: str) -> None:
    page.wait_for_function("text => model.get('text') === text", arg=text)
    frame(page)


def test_it_shows_the_likeliest_tokens(page):
    show(page, explorer("ab c"), kernel=False)
    assert names(page)[:3] == ["d", "e", "f"]
    assert chips(page) == ["<|end|>", "a", "b", "␣", "c"]
    assert said(page).startswith("Next: “d” 39 %, “e” 24 %, “f” 14 %. 29 of 29 tokens can be drawn")


def test_typing_asks_the_kernel_and_shows_its_answer(page):
    show(page, explorer("ab"))
    page.locator(BOX).press("End")
    page.locator(BOX).press_sequentially("xy")
    reads(page, "abxy")
    assert names(page)[0] == "z"
    assert page.input_value(BOX) == "abxy"
    assert chips(page)[-1] == "y"


def test_a_fast_hand_is_not_overwritten(page):
    """While the kernel works, only the newest text waits; an answer to an older one leaves the box alone."""
    show(page, explorer("a"), kernel=False)
    page.locator(BOX).press("End")
    page.locator(BOX).press_sequentially("bcd")
    assert [question["text"] for question in page.evaluate("model.sent")] == ["ab"]
    page.evaluate("model.set('text', 'ab')")
    assert page.input_value(BOX) == "abcd"
    page.evaluate("model.tell('msg:custom', { answer: model.sent[0].ask }, [])")
    assert [question["text"] for question in page.evaluate("model.sent")] == ["ab", "abcd"]


def test_a_click_or_enter_on_a_bar_writes_the_token(page):
    show(page, explorer("ab"))
    page.locator(ROW).nth(0).click()
    reads(page, "abc")
    assert page.input_value(BOX) == "abc"
    page.locator(ROW).nth(0).focus()
    page.keyboard.press("ArrowDown")
    stops = page.locator(ROW).evaluate_all("rows => rows.map(row => row.tabIndex)")
    assert stops == [-1, 0, *[-1] * 10], "the list is one stop of the Tab key"
    page.keyboard.press("Enter")
    reads(page, "abce")
    assert names(page)[0] == "f"


def test_take_back_and_start_again(page):
    show(page, explorer("ab"))
    page.locator(ROW).nth(0).click()
    reads(page, "abc")
    page.get_by_text("Take one back").click()
    reads(page, "ab")
    page.locator(BOX).fill("zz")
    reads(page, "zz")
    page.get_by_text("Start again").click()
    reads(page, "ab")
    assert page.input_value(BOX) == "ab"


def test_write_on_draws_under_the_dials_and_stops(page):
    show(page, explorer("a"))
    page.evaluate("model.set('k', 1)")
    page.get_by_text("Write on").click()
    page.wait_for_function("model.get('text').length > 5")
    page.get_by_text("Stop").click()
    frame(page)
    written = model(page, "text")
    assert "abcdefghijklmnopqrstuvwxyz".startswith(written), "with top-k 1 it says the alphabet"
    page.wait_for_timeout(300)
    assert len(model(page, "text")) <= len(written) + 1


def test_dials_move_the_bars_without_the_kernel(page):
    show(page, explorer("ab"), kernel=False)
    before = page.locator(".lk-fill").first.evaluate("bar => bar.style.width")
    page.get_by_label("temperature").focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    assert model(page, "temperature") == 0.5
    assert "“c” 63 %" in said(page)
    assert page.locator(".lk-fill").first.evaluate("bar => bar.style.width") != before
    page.get_by_label("top-k").fill("2")
    assert model(page, "k") == 2
    frame(page)
    assert page.locator(f"{ROW}[data-cut]").count() == 10
    page.get_by_label("top-p").fill("10")
    assert model(page, "p") == 0.5
    assert "1 of 29 tokens can be drawn; 0.0 bits" in said(page)
    assert page.evaluate("model.sent") == []


def test_pointing_at_a_token_shows_where_it_looked(page):
    show(page, explorer("abc"))
    page.get_by_role("radio", name="1").nth(1).click()
    assert (model(page, "layer"), model(page, "head")) == (0, 1)
    page.locator(CHIP).nth(2).hover()
    assert model(page, "place") == 2
    assert "“b” (2) looks at “a” 100 %. The model had given it 39 %." in said(page)
    heights = page.locator(".lk-weight").evaluate_all("all => all.map(one => one.style.height)")
    assert heights == ["0%", "100%", "0%", "0%"]
    page.mouse.move(1, 1)
    assert "“c” (3) looks at “b” 100 %" in said(page)


def test_tokens_and_heads_by_keyboard(page):
    show(page, explorer("abc"))
    page.locator(".lk-strip").focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    assert model(page, "place") == 1
    page.get_by_role("radio", name="0").first.focus()
    page.keyboard.press("ArrowRight")
    assert model(page, "layer") == 1
    assert "Layer 1, head 0: “a” (1) looks at “<|end|>” 50 %, “a” 50 %" in said(page)


def test_python_changes_redraw(page):
    show(page, explorer("ab"))
    page.evaluate("model.set('temperature', 2)")
    assert "Next: “c” 22 %" in said(page)
    page.evaluate("model.set('head', 2)")
    assert "head 2" in said(page)


def test_an_error_is_said(page):
    show(page, explorer("ab"))
    page.locator(BOX).fill("A")  # the alphabet of the example has no capitals
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('not in list')")
    page.locator(BOX).fill("ab")
    page.wait_for_function("document.querySelector('.lk-say').textContent.startsWith('Next')")


def test_keys_do_not_reach_the_notebook(page):
    show(page, explorer("ab"))
    page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    for place in (BOX, ".lk-strip", ROW):
        page.locator(place).first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("b")
    assert page.evaluate("heard") == []
    assert unguarded(page) == 0
    assert page.locator(BOX).get_attribute("data-lm-suppress-shortcuts") == "true"


def test_numbers_may_come_late(page):
    """Colab may open the widget before its buffers have arrived."""
    html = explorer_page.to_html(explorer("ab"))
    page.set_content(html.replace("const model =", "window.late = state.logits; delete state.logits; const model ="))
    page.wait_for_selector("body[data-ready]")
    assert "Waiting" in said(page)
    page.evaluate("model.set('logits', late)")
    assert "Next: “c”" in said(page)
