"""Every explorer in one notebook of a real JupyterLab: it follows the kernel, tells it what is chosen, turns dark."""

import pytest

from helpers.browser import keep
from helpers.lab import Lab
from show.registry import EXPLORERS

pytestmark = pytest.mark.browser

CELL = """
import sys; sys.path.insert(0, {tests!r})
from IPython.display import display
from show.registry import EXPLORERS
made = {{name: entry.make() for name, entry in EXPLORERS.items()}}
for one in made.values():
    display(one)
"""
EXECUTE = """code => void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }).done
  .then(reply => { window.replied = reply.content.status; })"""
SOLVE = """
for name, one in made.items():
    for trait, value in EXPLORERS[name].solve(one).items():
        setattr(one, trait, value)
"""
CHOICES = {"agent": "view", "attention": "panel", "denoising": "view", "features": "layer", "gates": "network",
           "landscape": "surface", "messages": "view", "players": "game"}  # fmt: skip
SECOND = """name => document.querySelector(`.lk-${name} [role=radio][aria-checked=false]`).click()"""


def execute(page, code: str) -> None:
    """Run code in the notebook's kernel; an error in it fails."""
    page.evaluate("window.replied = ''")
    page.evaluate(EXECUTE, code)
    page.wait_for_function("window.replied")
    assert page.evaluate("replied") == "ok", code


def test_every_explorer_in_jupyterlab(lab: Lab, root, artifacts):
    page = lab.run_all(lab.open([CELL.format(tests=str(root / "tests"))], "every.ipynb"))
    page.wait_for_function(f"document.querySelectorAll('.lk-explorer').length === {len(EXPLORERS)}")
    page.wait_for_function("![...document.querySelectorAll('.lk-say')].some(p => /^(Waiting|$)/.test(p.textContent))")
    execute(page, SOLVE)
    page.wait_for_function(f"document.querySelectorAll('.lk-goal[data-reached]').length === {len(EXPLORERS)}")
    execute(page, f"before = {{name: getattr(made[name], trait) for name, trait in {CHOICES}.items()}}")
    for name in CHOICES:
        page.evaluate(SECOND, name)
    execute(page, f"assert [n for n, trait in {CHOICES}.items() if getattr(made[n], trait) == before[n]] == []")
    page.evaluate("void jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.wait_for_function(f"document.querySelectorAll('.lk-explorer[data-dark]').length === {len(EXPLORERS)}")
    keep(page, artifacts / "lab-every-dark.png")
