"""The latent explorer in a real JupyterLab: a kernel decodes, a browser drags."""

import statistics

import pytest

from helpers.browser import keep
from helpers.lab import Lab
from show.kit.page import LIMIT, frame
from show.latent.page import PLANE, drag_latencies, spot

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.latent.examples import explorer
shown = explorer({given})
shown
"""
# The kernel has heard where the point is; what it chooses is shown.
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert abs(shown.point[1][0] - 1.5) < 0.1 and abs(shown.point[1][1] - 1.5) < 0.1, shown.point
shown.chosen = 7` })"""


def open_one(lab: Lab, root, name: str, given: str):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"), given=given)], name))
    page.locator(PLANE).first.wait_for()
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    frame(page)
    return page


def test_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = open_one(lab, root, "latent.ipynb", "spaces=2")
    page.mouse.move(*spot(page, 0.5, 0.5, pane=1))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.75, 0.25, pane=1))
    page.mouse.up()
    page.get_by_text("VAE at (1.5").first.wait_for()
    page.evaluate(HEARD)
    page.get_by_text("input: a right").first.wait_for()
    page.locator(PLANE).first.focus()
    for key in ("ArrowRight", "n", "a"):
        page.keyboard.press(key)
    page.get_by_text("input: a top").first.wait_for()
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    keep(page, artifacts / "lab-latent.png")
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-latent[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-latent-dark.png")


def test_the_picture_follows_the_hand(lab: Lab, root):
    """With a kernel that decodes each place exactly, the median from hand to pixels stays below 50 ms."""
    page = open_one(lab, root, "fluid.ipynb", "spaces=2")
    times = drag_latencies(page)
    print(f"\nlatent in JupyterLab, two spaces: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
