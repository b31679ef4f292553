"""A notebook lives longer than its kernel: what is seen after save, restart, close and open, in JupyterLab."""

import json

import pytest
from playwright.sync_api import Page, expect

from helpers.browser import keep
from helpers.lab import Lab

pytestmark = pytest.mark.browser

START = "import sys; sys.path.insert(0, {tests!r})"
CELLS = {
    "agent": "from show.agent.examples import explorer; explorer()",
    "attention": "from labkit.show.attention.explorer import AttentionExplorer\n"
    "from show.attention.examples import translation; AttentionExplorer(translation())",
    "denoising": "from show.denoising.examples import example; example('guidance')",
    "features": "from show.features.examples import explorer; explorer()",
    "gates": "from show.gates.examples import example; example()",
    "landscape": "from show.landscape.page import surfaces\n"
    "from labkit.show.landscape.explorer import LandscapeExplorer; LandscapeExplorer(surfaces())",
    "latent": "from show.latent.examples import explorer; explorer()",
    "messages": "from show.messages.examples import explorer; explorer()",
    "next-token": "from show.next_token.examples import explorer; shown = explorer('ab'); shown",
    "players": "from show.players.examples import explorer; explorer()",
}
LIVE = """
from labkit.show.live.explorer import LiveCurves
report = LiveCurves(steps=20)
for step in range(1, {end}):
    report(step, loss=3 / step)
{then}
"""
MOST = 680_000  # 500 kB as text
WIDGETS = "application/vnd.jupyter.widget-state+json"
BUSY = "void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code: `\nimport time\n%s` })"
LOST, SAVED = "This explorer has lost its kernel: run its cell again", "This explorer is as it was saved"
DRAWN = """name => [...document.querySelectorAll(`.lk-${name} :is(canvas, svg, .lk-row)`)].some(drawn => {
  if (drawn.tagName !== "CANVAS") return drawn.childElementCount > 0;
  if (!drawn.width || !drawn.height) return false;
  return drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height).data.some(value => value > 0);
})"""


def cells(root, *sources: str) -> list[str]:
    return [START.format(tests=str(root / "tests")), *sources]


def models(notebook: dict) -> dict[str, int]:
    """The explorers that a notebook holds, by class, with their sizes in characters."""
    state = notebook["metadata"]["widgets"][WIDGETS]["state"].values()
    return {
        model["state"]["_anywidget_id"]: len(json.dumps(model)) for model in state if model["model_name"] == "AnyModel"
    }


def line(page: Page):
    return page.locator(".lk-life:visible").first


def reopened(lab: Lab, page: Page, name: str) -> Page:
    page.close()
    page = lab.reopen(name)
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    return page


def see(page: Page, name: str) -> None:
    """JupyterLab draws what is in sight."""
    page.locator(f".lk-{name}").first.scroll_into_view_if_needed()
    page.wait_for_function(DRAWN, arg=name)


def look(page: Page) -> None:
    """Every explorer is drawn and says that it was saved; the curves are a picture; nothing is an error."""
    for name in CELLS:
        see(page, name)
        assert SAVED in page.inner_text(f".lk-{name} .lk-life"), name
    page.locator(".jp-OutputArea img").last.scroll_into_view_if_needed()
    assert page.locator(".jp-OutputArea img").count() == 1
    assert page.get_by_text("Error displaying widget").count() == 0


def test_all_explorers_and_curves_are_there_again(lab: Lab, root, artifacts):
    """After a restart that was saved, and again after the notebook was changed and saved without any kernel."""
    page = lab.open(cells(root, *CELLS.values(), LIVE.format(end=21, then="report.close()")), "all.ipynb")
    lab.run_all(page, seconds=600)
    for name in CELLS:
        see(page, name)
    sizes = models(lab.save(page))
    assert len(sizes) == len(CELLS)
    assert max(sizes.values()) < MOST, sizes
    lab.restart(page)
    assert models(lab.save(page)) == sizes
    page = reopened(lab, page, "all.ipynb")
    look(page)
    keep(page, artifacts / "lab-reopened.png")
    page.evaluate("jupyterapp.shell.currentWidget.content.model.setMetadata('changed', 1)")
    assert models(lab.save(page)) == sizes
    look(reopened(lab, page, "all.ipynb"))


def test_an_open_explorer_says_that_it_has_lost_its_kernel_and_runs_its_cell(lab: Lab, root, artifacts):
    page = lab.open(["\n".join(cells(root, CELLS["next-token"]))], "restarted.ipynb")
    lab.run_all(page)
    box = page.locator(".lk-next-token textarea")
    box.press("End")
    lab.restart(page)
    box.press_sequentially("c")
    expect(line(page)).to_contain_text(LOST)
    keep(page, artifacts / "lab-lost.png")
    page.get_by_role("button", name="Run its cell").click()
    page.wait_for_function("!document.querySelector('.lk-life')")
    box = page.locator(".lk-next-token textarea")
    box.press("End")
    box.press_sequentially("c")
    page.get_by_text("Next: “d”").wait_for()
    assert len(models(lab.save(page))) == 1, "what is shown nowhere is not saved"


def test_a_button_that_waits_is_let_go(lab: Lab, root):
    """The kernel restarts while it draws: the button asks again, instead of drawing for ever."""
    page = lab.run_all(lab.open(["\n".join(cells(root, CELLS["denoising"]))], "drawing.ipynb"))
    page.evaluate(BUSY % "time.sleep(600)")
    page.get_by_role("button", name="draw new samples").click()
    page.get_by_role("button", name="drawing …").wait_for()
    expect(line(page)).to_contain_text("The kernel is busy")
    lab.restart(page)
    page.get_by_role("button", name="draw new samples").wait_for()
    expect(line(page)).to_contain_text(LOST)


def test_a_busy_kernel_is_named_until_it_answers(lab: Lab, root):
    page = lab.run_all(lab.open(["\n".join(cells(root, CELLS["next-token"]))], "busy.ipynb"))
    page.evaluate(BUSY % "while not __import__('os').path.exists('go'): time.sleep(0.1)")
    box = page.locator(".lk-next-token textarea")
    box.press("End")
    box.press_sequentially("c")
    expect(line(page)).to_contain_text("The kernel is busy")
    (lab.folder / "go").touch()
    page.get_by_text("Next: “d”").wait_for()
    expect(page.locator(".lk-life")).to_be_hidden()


def test_each_view_is_its_own(lab: Lab, root):
    """Displayed in two cells: neither the page nor Python moves the first view with the second."""
    first = f"{CELLS['agent'].replace('; explorer()', '')}\nshown = explorer()\nshown"
    second = "shown.view = 'SARSA'\nshown.film_frame = 1\nshown"
    page = lab.run_all(lab.open(["\n".join(cells(root, first)), second], "twice.ipynb"))
    chosen = page.locator(".lk-agent .lk-tabs [aria-checked=true]")
    expect(chosen).to_have_text(["Q-learning", "SARSA"])
    page.locator(".lk-agent").nth(0).get_by_role("radio", name="early").click()
    expect(chosen).to_have_text(["early", "SARSA"])
    page.evaluate(BUSY % "assert shown.view == 'SARSA'; shown.view = 'trained'")
    expect(chosen).to_have_text(["early", "trained"])


def test_a_cell_that_runs_twice_leaves_one_explorer(lab: Lab, root):
    page = lab.run_all(lab.open(cells(root, CELLS["agent"], CELLS["gates"]), "again.ipynb"))
    once = models(lab.save(page))
    lab.run_all(page)
    page.locator(".lk-agent canvas").first.wait_for()
    state = lab.save(page)["metadata"]["widgets"][WIDGETS]["state"].values()
    assert sum(model["model_name"] == "AnyModel" for model in state) == len(once) == 2
    assert page.locator(".lk-life").count() == 0


def test_curves_that_a_restart_cut_off_say_so(lab: Lab, root):
    page = lab.run_all(
        lab.open(cells(root, LIVE.format(end=11, then="report.told = 0; report(11, loss=0.1)")), "cut.ipynb")
    )
    page.locator(".lk-live canvas").first.wait_for()
    lab.restart(page)
    expect(page.locator(".lk-live-words")).to_have_text("stopped at step 11 of 20: the kernel was restarted")
