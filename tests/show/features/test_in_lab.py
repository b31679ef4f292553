"""The feature explorer in a real JupyterLab: a kernel that answers, a browser, mouse and keys."""

import pytest

from helpers.browser import keep
from helpers.lab import Lab

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.features.examples import explorer
made = explorer()
made
"""
# The kernel has heard which unit was chosen, and has computed the maps of the picture that was moved twice.
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
import numpy as np
shown = np.frombuffer(made.pixels, np.uint8).reshape(28, 28)
assert (shown[:, 2:] == made.bytes.packed[0][0, :, :-2]).all()
assert (made.channel, made.row, made.column) == (4, 11, 12)
made.layer = 2` })"""


def test_features_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "features.ipynb"))
    page.locator(".lk-input").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("!document.querySelector('.lk-say').textContent.includes('Waiting')")
    page.locator(".lk-tiles").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".lk-map").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_text("channel 4, unit (11, 12)").first.wait_for()
    page.get_by_label("show what the unit weighs").check()
    keep(page, artifacts / "lab-features.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.locator(".lk-tabs [aria-checked=true]", has_text="convolution 2").wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-features[data-dark]").wait_for()
    keep(page, artifacts / "lab-features-dark.png")
