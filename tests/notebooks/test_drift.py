"""What is committed as notebooks is what the sources make."""

from pathlib import Path

import nbformat
import pytest

import helpers.lectures as lectures
from labkit.course.press.build import Course, check, orphans

pytestmark = pytest.mark.notebook


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_in_step_with_its_source(lecture: str, root: Path):
    stale, _ = check(Course(root), root / "solutions" / f"{lecture}.py")
    assert not stale, "\n".join(stale)


def test_every_notebook_has_a_source(root: Path):
    assert not orphans(Course(root))


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_a_page_without_kernel_shows_pictures_and_no_widgets(lecture: str):
    solution = lectures.solution(lecture)
    nbformat.validate(solution)
    kinds = {kind for cell in solution.cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
    assert "widgets" not in solution.metadata
    assert "image/png" in kinds
    assert not {kind for kind in kinds if "widget" in kind or "javascript" in kind or "svg" in kind}


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_every_picture_is_put_into_words(lecture: str):
    outputs = [output for cell in lectures.solution(lecture).cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    alternatives = [output.metadata.get("image/png", {}).get("alt", "") for output in pictures]
    assert all(len(words) > 10 for words in alternatives), "figures say what they show by titles and labels of axes"
