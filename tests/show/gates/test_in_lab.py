"""The gate explorer in a real JupyterLab: a kernel, a browser, mouse and keys."""

import pytest

from browser import keep
from lab import Lab

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.gates.examples import example
explorer = example(beside="Elman")
explorer
"""
# The kernel has heard what was chosen; what it chooses is shown.
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.step, explorer.unit, explorer.locked, explorer.setting) == (14, 1, True, 1), explorer
explorer.network = 'GRU'` })"""


def test_gates_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "gates.ipynb"))
    strips = page.locator(".lk-strips").first
    box = strips.bounding_box()
    page.mouse.move(box["x"] + 34 + 12.5 * (box["width"] - 102) / 40, box["y"] + 66)
    page.get_by_text("Step 12 (number").wait_for()
    strips.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Locked: Escape unlocks.").wait_for()
    page.get_by_role("slider").last.fill("1")
    page.get_by_text("recurrent scale 1: gradient 39 steps back").wait_for()
    keep(page, artifacts / "lab-gates.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.locator(".lk-tabs [aria-checked=true]", has_text="GRU").wait_for()
    assert page.locator(".lk-column .lk-title").all_inner_texts() == ["GRU", "Elman"]
