"""The pure functions of the ES modules under node."""

import subprocess
from pathlib import Path

import pytest

from show.kit.node import MISSING, NODE

TESTS = sorted(Path(__file__).parents[1].glob("*/*.test.mjs"))


@pytest.mark.skipif(NODE is None, reason=MISSING)
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_pure_functions(path: Path):
    run = subprocess.run([NODE, "--test", path], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
