"""The agent explorer in a real JupyterLab: a kernel, a browser, mouse and keys."""

import pytest

from browser import keep
from lab import Lab
from show.agent.examples import CANVAS

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.agent.examples import explorer as make
explorer = make()
explorer
"""
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.view, explorer.film_frame, explorer.cell) == ('SARSA', 2, 47)
explorer.film_frame = 8` })"""


def test_agents_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "agent.ipynb"))
    page.get_by_role("radio", name="SARSA").click()
    page.focus(CANVAS)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "End", "PageDown", "PageDown"):
        page.keyboard.press(key)
    page.get_by_text("After 14 episodes").first.wait_for()
    keep(page, artifacts / "lab-agent.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.get_by_text("After 56 episodes").first.wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-explorer[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-agent-dark.png")
