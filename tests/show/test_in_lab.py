"""Explorers in a real JupyterLab: a kernel, a browser, mouse and keys."""

import statistics

import pytest

from helpers.browser import keep
from helpers.lab import Lab
from show.attention.page import latencies
from show.kit.page import LIMIT

pytestmark = pytest.mark.browser

ATTENTION = """
import sys; sys.path.insert(0, {tests!r})
from show.attention.examples import translation
from labkit.show.attention.explorer import AttentionExplorer
explorer = AttentionExplorer(translation(), panel="decoder self-attention", token=4)
explorer
"""
LIVE = """
import time
from labkit.show.live.explorer import LiveCurves
report = LiveCurves(steps=40, title="Training")
for step in range(1, 41):
    time.sleep(0.05)
    report(step, loss=3 / step, **({"exact_match": step / 40} if step % 10 == 0 else {}))
report.close()
"""
# The kernel has heard what was chosen; what it chooses is shown.
HEARD = """void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `
assert (explorer.token, explorer.layer, explorer.head, explorer.locked) == (8, 1, 1, True)
explorer.panel = 'cross-attention'` })"""
OUTPUTS = "jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells[0].outputs"
SEEN = """() => { const canvas = document.querySelector(".lk-live canvas"); if (!canvas) return false;
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, at) => at % 4 === 3 && value > 0); }"""


def test_attention_by_mouse_and_keys(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([ATTENTION.format(tests=str(root / "tests"))], "attention.ipynb"))
    queries = page.locator(".lk-query [role=listbox]")
    queries.locator("[role=option]").nth(6).hover()
    page.get_by_text("“0” (6) looks at").first.wait_for()
    queries.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("Locked: Escape unlocks.").wait_for()
    page.locator(".lk-tile").nth(5).click()
    keep(page, artifacts / "lab-attention.png")
    assert page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length") == 1, "no key became a command"
    page.evaluate(HEARD)
    page.locator(".lk-tabs [aria-checked=true]", has_text="cross-attention").wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator(".lk-attention[data-dark]").wait_for()
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    keep(page, artifacts / "lab-attention-dark.png")


def test_attention_is_fluid(lab: Lab, root):
    """In JupyterLab with a kernel too, 6 x 8 x 64 weights answer the pointer within 50 ms, at the median."""
    cell = ATTENTION.format(tests=str(root / "tests")).replace("translation", "large").split("explorer =")[0]
    page = lab.run_all(lab.open([f"{cell}\nAttentionExplorer(large())"], "fluid.ipynb"))
    times = latencies(page)
    print(f"\nattention in JupyterLab, 6 x 8 x 64: median {times[15]:.1f} ms, worst {times[-1]:.1f} ms")
    assert statistics.median(times) <= LIMIT


def test_live_curves_grow_and_stay(lab: Lab, artifacts):
    page = lab.open([LIVE], "live.ipynb")
    page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(SEEN)
    page.wait_for_function("/step (\\d+) of 40/.test(document.querySelector('.lk-live-words').textContent)")
    keep(page, artifacts / "lab-live-during.png")
    page.locator(".jp-OutputArea img").wait_for()
    keep(page, artifacts / "lab-live-after.png")
    assert page.locator(".lk-live").count() == 0
    assert [sorted(output["data"]) for output in page.evaluate(OUTPUTS)] == [["image/png", "text/plain"]]
    assert "40 steps in " in page.evaluate(OUTPUTS)[0]["data"]["text/plain"]
