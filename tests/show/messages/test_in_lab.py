"""The message explorer in a real JupyterLab: a kernel, a browser, mouse and keys."""

import pytest

from browser import keep
from lab import Lab
from show.messages.examples import CANVAS

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.messages.examples import explorer as make
explorer = make()
explorer
"""
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.node, explorer.view, explorer.head, explorer.round) == (39, 'GAT', 1, 2)
explorer.round = 1` })"""


def test_messages_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "messages.ipynb"))
    page.get_by_role("radio", name="GAT").click()
    page.get_by_role("radio", name="head 1").click()
    page.focus(CANVAS)
    page.keyboard.press("End")
    page.get_by_text("node 39 after round 2").first.wait_for()
    keep(page, artifacts / "lab-messages.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.get_by_text("node 39 after round 1").first.wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-explorer[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-messages-dark.png")
