"""A real JupyterLab with a kernel and a browser, for smoke tests of explorers and lectures.

A test folder's conftest imports the fixtures (`from browser import browser, page`, `from lab import lab`); a test takes
`lab`, opens a notebook with `page = lab.open(path)` and runs it with `lab.run_all(page)`.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page

# What `make lab` and Binder set: no question about news, and explorers are saved with their notebook.
OVERRIDES = json.loads((Path(__file__).parents[2] / "binder" / "overrides.json").read_text())
IDLE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget, session = panel?.sessionContext?.session;
  return panel?.content?.widgets?.length && session?.kernel?.status === "idle";
}"""
PATH = "jupyterapp.shell.currentWidget.context.path"
# `void`: an evaluation would wait for the promise, and time out on a long notebook.
RUN_ALL = "void jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.allRan = true; })"
ERRORS = """jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
  .flatMap(cell => cell.outputs ?? []).filter(output => output.output_type === "error")"""


class Lab:
    """A running JupyterLab: `open` a notebook, `run_all` its cells."""

    def __init__(self, folder: Path, browser: Browser):
        self.folder, self.token, self.port = folder / "work", secrets.token_hex(16), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("work", "config", "data", "workspaces", "home"):
            (folder / name).mkdir()
        for plugin, settings in OVERRIDES.items():
            place = folder / "config" / "lab" / f"{plugin.replace(':', '/')}.jupyterlab-settings"
            place.parent.mkdir(parents=True)
            place.write_text(json.dumps(settings))
        self.server = self._serve(folder)
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000})
        self.errors: list[str] = []

    def _serve(self, folder: Path) -> subprocess.Popen:
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "IdentityProvider.token": self.token,
            "LabApp.workspaces_dir": folder / "workspaces",
            "LabApp.user_settings_dir": folder / "config" / "lab",
            "LabApp.expose_app_in_browser": True,
            "LabApp.collaborative": False,
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "data", "IPYTHONDIR": "home"}
        environment = os.environ | {name: str(folder / place) for name, place in places.items()}
        environment.pop("MPLBACKEND", None)  # kernels choose their own
        self.log = (folder / "log").open("w")
        return subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT, cwd=folder)

    def wait(self, seconds: float = 180) -> None:
        """Wait until the server answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.server.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=20).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"JupyterLab did not start:\n{Path(self.log.name).read_text()[-3000:]}")

    def open(self, notebook: Path | list[str], name: str = "notebook.ipynb") -> Page:
        """Open a notebook (a file, which is copied, or the sources of its cells) in a new page."""
        if isinstance(notebook, Path):
            name = notebook.name
            shutil.copy(notebook, self.folder / name)
        else:
            cells = [nbformat.v4.new_code_cell(source) for source in notebook]
            kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
            nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), self.folder / name)
        return self.reopen(name)

    def reopen(self, name: str = "notebook.ipynb") -> Page:
        """Open a notebook that is in the folder in a new page."""
        page = self.context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{self.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{name}?token={self.token}")
        page.wait_for_function(IDLE, timeout=180_000)
        return page

    def run_all(self, page: Page, seconds: float = 300) -> Page:
        """Run all cells and wait until the kernel has nothing left to do; an error in a cell fails."""
        page.evaluate(f"window.allRan = false; {RUN_ALL}")
        page.wait_for_function("window.allRan === true", timeout=1000 * seconds)
        page.wait_for_function(IDLE, timeout=120_000)
        failed = page.evaluate(ERRORS)
        assert not failed, "\n".join(f"{error['ename']}: {error['evalue']}" for error in failed)
        return page

    def command(self, page: Page, name: str) -> None:
        """Run a command of JupyterLab and wait until it is done."""
        page.evaluate(f"window.ran = false; void jupyterapp.commands.execute('{name}').then(() => {{ ran = true; }})")
        page.wait_for_function("window.ran === true")

    def save(self, page: Page) -> dict:
        """Save, and return the notebook as it is on disk."""
        self.command(page, "docmanager:save")
        return json.loads((self.folder / page.evaluate(PATH)).read_text())

    def restart(self, page: Page) -> None:
        """Restart the kernel; nothing is run again."""
        page.evaluate(
            "window.back = false;"
            "void jupyterapp.shell.currentWidget.sessionContext.restartKernel().then(() => { back = true; })"
        )
        page.wait_for_function("window.back === true")
        page.wait_for_function(IDLE)

    def close(self) -> None:
        """Stop the browser's context and the server with its kernels."""
        self.context.close()
        self.server.terminate()
        try:
            self.server.wait(15)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("lab"), browser)
    try:
        running.wait()
        yield running
        assert not running.errors, running.errors
    finally:
        running.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
