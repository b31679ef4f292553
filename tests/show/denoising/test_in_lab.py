"""The denoising explorer in a real JupyterLab: a kernel moves what is dropped, a browser steps and plays."""

import statistics

import pytest

from helpers.browser import keep
from helpers.lab import Lab
from show.denoising.page import PICTURES, PLANE, go, scrub, spot
from show.kit.page import LIMIT, frame

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from show.denoising.examples import example
shown = example()
shown
"""
# The kernel has heard where the film stands; what it chooses is shown.
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert shown.view == "guidance" and shown.frame == 1, (shown.view, shown.frame)
shown.weight = 3` })"""


def test_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "denoising.ipynb"))
    page.locator(PICTURES).wait_for()
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    frame(page)
    page.locator(PICTURES).focus()
    for key in ("ArrowRight", "a"):
        page.keyboard.press(key)
    page.get_by_text("Step 450, frame 2 of 11").wait_for()
    go(page, "field")
    page.mouse.click(*spot(page, PLANE, 0.6, 0.5))
    page.get_by_text("one particle ends at").wait_for()
    keep(page, artifacts / "lab-denoising.png")
    go(page, "guidance")
    page.get_by_role("button", name="draw new samples").click()
    page.get_by_text("the 4 new samples differ").wait_for()
    page.evaluate(HEARD)
    page.get_by_text("left at guidance weight 4").wait_for()
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-denoising[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-denoising-dark.png")


def test_the_pictures_follow_the_keys(lab: Lab, root):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "film.ipynb"))
    page.locator(PICTURES).wait_for()
    times = scrub(page)
    print(f"\ndenoising in JupyterLab: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT
