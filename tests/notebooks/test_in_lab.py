"""Every lecture in the JupyterLab that `make lab` opens: in a fresh checkout, in a real browser, from top to bottom."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import helpers.lectures as lectures
from helpers.browser import keep
from helpers.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]


class MadeLab(Lab):
    """JupyterLab as `make lab` starts it. It takes the environment of the tests for the one that make has made."""

    def __init__(self, folder: Path, browser: Browser, checkout: Path):
        self.checkout = checkout
        super().__init__(folder, browser)

    def _serve(self, folder: Path) -> subprocess.Popen:
        self.folder, self.log = self.checkout / "notebooks", (folder / "log").open("w")
        flags = f"--no-browser --port={self.port} --port-retries=0 --IdentityProvider.token={self.token}"
        flags += f" --LabApp.expose_app_in_browser=True --LabApp.workspaces_dir={folder / 'workspaces'}"
        command = ["make", "lab", f"VENV={sys.prefix}", f"--assume-old={sys.prefix}/learner", f"LAB_FLAGS={flags}"]
        environment = os.environ | {"JUPYTER_CONFIG_DIR": str(folder / "config"), "LABKIT_PROFILE": "quick"}
        environment |= {"JUPYTER_RUNTIME_DIR": str(folder / "data"), "IPYTHONDIR": str(folder / "home")}
        environment.pop("MPLBACKEND", None)  # kernels choose their own
        return subprocess.Popen(command, cwd=self.checkout, env=environment, stdout=self.log, stderr=subprocess.STDOUT)


@pytest.fixture
def made_lab(tmp_path: Path, browser: Browser, checkout: Path) -> Iterator[MadeLab]:
    running = MadeLab(tmp_path, browser, checkout)
    try:
        running.wait()
        yield running
        assert not running.errors, running.errors
    finally:
        running.close()


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_make_lab_opens_the_lecture_and_it_runs(made_lab: MadeLab, lecture: str, root: Path, artifacts: Path):
    page = made_lab.run_all(made_lab.open(root / "notebooks" / f"{lecture}.ipynb"))
    keep(page, artifacts / f"{lecture}_in_lab.png")
    cells = page.evaluate("jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells")
    code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    assert len(code) > 10
    assert all(cell["execution_count"] for cell in code), "a cell has not run"
    assert page.get_by_text("Error displaying widget").count() == 0
