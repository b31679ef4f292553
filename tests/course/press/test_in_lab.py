"""What the pattern of a lecture looks like in a real JupyterLab: folds, further sections, figures in the dark theme."""

from pathlib import Path

import nbformat
import pytest

from helpers.browser import keep
from helpers.lab import Lab, lab  # noqa: F401
from labkit.course.press.build import Course

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

HIDDEN = """() => jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
  id: cell.model.id, source: !cell.inputHidden, shown: !cell.isHidden, collapsed: cell.headingCollapsed ?? false,
}))"""
GROUND = """() => { const picture = document.querySelector(".jp-RenderedImage img");
  return [getComputedStyle(picture).backgroundColor, picture.className]; }"""
# JupyterLab does not read an output's `alt`: what a figure says stands in its metadata and text (test_drift.py).


def quick(path: Path, folder: Path) -> Path:
    """The notebook with `profile = "quick"`, as a learner would set it."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace("profile = None", 'profile = "quick"')
    nbformat.write(notebook, folder / path.name)
    return folder / path.name


def test_folds_further_sections_and_the_dark_theme(lab: Lab, built: Course, tmp_path: Path, artifacts: Path):  # noqa: F811
    page = lab.open(quick(built.student_path("07_small"), tmp_path))
    cells = {cell["id"]: cell for cell in page.evaluate(HIDDEN)}
    assert not cells["figure"]["source"], "a folded cell hides its source"
    assert cells["objects"]["source"]
    (heading,) = (cell for cell in cells.values() if cell["collapsed"])
    assert heading["id"] == _further(built)
    assert heading["shown"]
    assert [id for id, cell in cells.items() if not cell["shown"]] == ["longer"], "what stands in it is folded"
    lab.run_all(page)
    page.locator(".jp-RenderedImage img").first.wait_for()
    page.get_by_text("This is a short run").wait_for()
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    ground, classes = page.evaluate(GROUND)
    assert ground == "rgba(0, 0, 0, 0)", f"no white slab: {ground} {classes}"
    page.locator(".jp-RenderedImage img").first.scroll_into_view_if_needed()
    keep(page, artifacts / "lecture_in_lab_dark.png")


def _further(built: Course) -> str:
    """The id of the heading of the further section."""
    notebook = nbformat.read(built.student_path("07_small"), as_version=4)
    return next(cell.id for cell in notebook.cells if cell.source.startswith("### Further: "))
