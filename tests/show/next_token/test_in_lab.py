"""The next-token explorer in a real JupyterLab: a kernel reads what a hand types."""

import statistics

import pytest

from helpers.browser import keep
from helpers.lab import Lab
from show.kit.page import LIMIT, frame
from show.next_token.page import latencies

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.next_token.examples import explorer
shown = explorer("ab")
shown
"""
SET = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert shown.text == "abcd", shown.text
shown.text = "xyz"` })"""


def test_typing_choosing_and_python(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "next-token.ipynb"))
    box = page.locator(".lk-next-token textarea")
    box.wait_for()
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    box.press("End")
    box.press_sequentially("c")
    page.get_by_text("Next: “d”").wait_for()
    page.locator(".lk-row").first.click()
    page.get_by_text("Next: “e”").wait_for()
    assert box.input_value() == "abcd"
    page.evaluate(SET)
    page.get_by_text("“z” (3) looks at").wait_for()
    assert box.input_value() == "xyz"
    page.locator(".lk-strip").focus()
    for key in ("ArrowLeft", "b", "a"):
        page.keyboard.press(key)
    page.get_by_text("“y” (2) looks at").wait_for()
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    keep(page, artifacts / "lab-next-token.png")
    box.focus()
    frame(page)
    times = latencies(page, lambda n: page.keyboard.press("abcdefg"[n % 7]), "keydown", ".lk-strip", times=20)
    print(f"\nnext token, typing in JupyterLab: median {statistics.median(times):.1f} ms, worst {times[-1]:.1f}")
    assert statistics.median(times) <= LIMIT
