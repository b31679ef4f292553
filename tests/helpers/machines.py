"""Machines as newcomers have them: an environment without labkit, and a fresh checkout."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A virtual environment with everything but labkit, made in a second: it borrows what the tests run on."""
    home = tmp_path / "bare"
    venv.create(home, with_pip=False)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": home, "platbase": home}))
    (site / "borrowed.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )  # its own .pth files, labkit's, stay closed
    (home / "share" / "jupyter").mkdir(parents=True)
    (home / "share" / "jupyter" / "labextensions").symlink_to(Path(sys.prefix) / "share" / "jupyter" / "labextensions")
    return home


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git tracks here, with what was changed and not yet committed."""
    copy = tmp_path / "checkout"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy
