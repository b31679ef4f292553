import shutil
from pathlib import Path

import pytest

from labkit.course.press.build import Course

HERE = Path(__file__).parent


def make_course(root: Path) -> Course:
    """A checkout with one small lecture."""
    (root / "solutions").mkdir(parents=True)
    shutil.copy(HERE.parents[1] / "pyproject.toml", root)
    shutil.copy(HERE / "press" / "lecture.txt", root / "solutions" / "07_small.py")
    return Course(root)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "checkout")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The same, built once for all who only look at it."""
    from labkit.course.press.build import build

    course = make_course(tmp_path_factory.mktemp("built") / "checkout")
    assert "executed" in build(course, *course.sources())
    return course
