from collections.abc import Iterator
from pathlib import Path

import pytest

from course.grade.standin import CALLS, StandIn
from labkit.course.grade.run import executors


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Grading in this process, without isolation; gives the list of what is graded."""
    monkeypatch.setattr(executors, "Worker", StandIn)
    executors.warm.cache_clear()
    CALLS.clear()
    yield CALLS
    executors.warm.cache_clear()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A finished run: one student who got all of Hour 7 right, and one who got half."""
    from course.grade.test_export import keep, result

    return keep(tmp_path / "out", result("doejane 4711", "4711", 1.0), result("roejo 4712", "4712", 0.5))
