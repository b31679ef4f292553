"""What every test gets: one thread, its own seed, no network, and a folder for what is worth looking at.

Imports nothing of labkit, so that jaxtyping's hook is in place before the first room is entered.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "agg", "HF_HUB_OFFLINE": "1"}

import random
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


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
