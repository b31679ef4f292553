"""The landscape explorer in a real JupyterLab: a kernel, a browser, mouse and keys."""

import pytest

from browser import keep
from lab import Lab

pytestmark = pytest.mark.browser
CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.landscape.page import surfaces
from labkit.show.landscape.explorer import LandscapeExplorer
explorer = LandscapeExplorer(surfaces(), optimizer="momentum")
explorer
"""
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.surface, explorer.optimizer) == ("ravine", "momentum") and explorer.x > -3.5, explorer
explorer.optimizer = "AdamW"` })"""


def test_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "landscape.ipynb"))
    page.get_by_text("momentum, step 120:").wait_for()
    page.get_by_role("radio", name="ravine").click()
    page.locator(".lk-map").focus()
    before = page.inner_text(".lk-say")
    for key in ("ArrowRight", "ArrowUp", "a"):
        page.keyboard.press(key)
    page.wait_for_function("before => document.querySelector('.lk-say').textContent !== before", arg=before)
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    keep(page, artifacts / "lab-landscape.png")
    page.evaluate(HEARD)
    page.get_by_text("AdamW, step 120:").wait_for()
