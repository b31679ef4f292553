from pathlib import Path

import pytest

from labkit.course.press import dependencies
from labkit.course.press.build import Course
from labkit.course.press.dependencies import fingerprint, modules
from labkit.course.press.source import parse


def test_what_a_lecture_rests_on(course: Course):
    found = modules(parse(*course.sources()))
    assert {
        "labkit.course.desk.lesson",
        "labkit.course.check.running",
        "labkit.train.seeds",
        "labkit.nn.positions",
        "labkit.course.exercises.transformer.positions",
    } <= found
    assert "labkit.transformers.transformer" not in found


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("x = 1\n", "x = 1  # a comment\n", True),
        ('def f():\n    """One."""\n    return 1\n', 'def f():\n    """Two."""\n    return 1\n', True),
        ("x = 1\n", "x = 2\n", False),
    ],
)
def test_code_counts_and_comments_do_not(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, same: bool
):
    path = tmp_path / "part.py"
    monkeypatch.setattr(dependencies, "modules", lambda lecture: {"labkit.part"})
    monkeypatch.setattr(dependencies, "LABKIT", tmp_path)
    lecture = parse(*course.sources())
    path.write_text(before)
    one = fingerprint(lecture)
    path.write_text(after)
    assert (fingerprint(lecture) == one) is same
