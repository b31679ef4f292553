"""What every test gets: one thread, its own seed, no network, and a folder for what is worth looking at.

Imports nothing of labkit, so that jaxtyping's hook is in place before the first room is entered.
"""

import atexit
import os
import random
import shutil
import socket
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from helpers.browser import browser, page  # noqa: F401 - here and nowhere else: Playwright bears one at a time
from helpers.costs import pytest_runtest_makereport, pytest_runtest_protocol, pytest_terminal_summary  # noqa: F401
from helpers.machines import bare, checkout  # noqa: F401

ROOT = Path(__file__).parents[1]
HOME = tempfile.mkdtemp(prefix="labkit-tests-")  # progress made here is nobody's
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ |= {
    "LABKIT_HOME": HOME,
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "HF_HUB_OFFLINE": "1",
}
os.environ.pop("LABKIT_PROFILE", None)
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hour", default="", help="only what belongs to this hour: its proofs, its exercises, its lecture"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--hour 7`: the proofs of its catalogue rows, and tests named after its lecture or one of its exercises."""
    if not config.getoption("--hour"):
        return
    hour = int(config.getoption("--hour"))
    rows = tomllib.loads((ROOT / "labkit" / "catalogue.toml").read_text()).values()
    proofs = {row["proof"].split("::")[0] for row in rows if row["hour"] == hour}
    lecture = next((path.stem for path in (ROOT / "solutions").glob(f"{hour:02d}_*.py")), "")
    if not lecture:
        raise pytest.UsageError(
            f"--hour {hour}: there is no solutions/{hour:02d}_*.py yet: run pytest on your test files"
        )
    names = (lecture, f"[{lecture.partition('_')[2]}.", *proofs)
    kept = [item for item in items if any(name in item.nodeid for name in names)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random state, whatever ran before it."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach beyond this machine fails."""
    connect = socket.socket.connect

    def stay_home(self: socket.socket, address) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}: tests do without the network")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", stay_home)


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots, timings and executed notebooks are kept for a look after the run."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
