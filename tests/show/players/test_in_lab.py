"""The player explorer in a real JupyterLab: a kernel, a browser, mouse and keys."""

import pytest

from browser import keep
from lab import Lab
from show.players.examples import MAP

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.players.examples import explorer as make
explorer = make()
explorer
"""
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.game, explorer.sample, explorer.moment) == ('WGAN-GP', 39, 4)
explorer.moment = 1` })"""


def test_a_game_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "players.ipynb"))
    page.get_by_role("radio", name="WGAN-GP").click()
    page.focus(MAP)
    page.keyboard.press("End")
    page.keyboard.press(",")
    page.keyboard.press("a")
    page.get_by_text("WGAN-GP, turn 40 of 50").first.wait_for()
    keep(page, artifacts / "lab-players.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.get_by_text("WGAN-GP, turn 10 of 50").first.wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-explorer[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-players-dark.png")
