"""What the marks of a source become in the notebooks: folds, further sections, the plan, bug hunts."""

from pathlib import Path

import nbformat
import pytest

from labkit.course.press.build import Course
from labkit.course.press.notebook import COLLAPSED, nbgrader_source, solution, student
from labkit.course.press.source import parse

NAME = "07_small"
ADDRESS = "https://github.com/some/kit"
STUB = "    ### BEGIN SOLUTION\n"
BUG = "    ### BEGIN BUG\n    return torch.zeros(length, width)\n    ### END BUG\n"


def cells(path: Path) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


@pytest.mark.parametrize("which", ["student_path", "solution_path"])
def test_folded_cells_and_further_sections_are_folded_everywhere(built: Course, which: str):
    """JupyterLab and Notebook 7 hide the source by one key of the metadata, Colab by another and a title."""
    whole = nbformat.read(getattr(built, which)(NAME), as_version=4)
    made = {cell.id: cell for cell in whole.cells}
    assert made["figure"].source.split("\n")[0] == "# @title Draw the positions"
    assert made["figure"].metadata == {"tags": ["result"], "jupyter": {"source_hidden": True}, "cellView": "form"}
    assert "source_hidden" not in str(made["objects"].metadata)
    assert "@title" not in made["objects"].source
    (heading,) = (cell for cell in whole.cells if cell.source.startswith("### Further: "))
    assert heading.metadata == {"jp-MarkdownHeadingCollapsed": True, "id": heading.id}
    assert whole.metadata["colab"] == {"collapsed_sections": [heading.id]}
    assert not [cell for cell in whole.cells if COLLAPSED in cell.metadata and cell is not heading]


def test_the_plan_is_counted(built: Course):
    text = cells(built.student_path(NAME))["opening"].source
    rows = [line.strip("|").split("|") for line in text.split("\n") if line.startswith("|")][2:]
    *parts, together = [(row[1].strip(), int(row[2])) for row in rows]
    assert [title for title, _ in parts][:5:2] == ["Opening", "The architecture", "Build it: 1 exercise"]
    assert len(parts) == 11
    assert together == ("together", sum(minutes for _, minutes in parts))
    assert "One section is headed *Further*" in text
    assert "<!-- plan -->" not in text


def test_a_bug_hunt_is_what_nbgrader_hands_out_unchanged(course: Course):
    """Without nbgrader's mark: it knows no stub but its own, and would put that in place of the wrong code."""
    (path,) = course.sources()
    path.write_text(path.read_text().replace(STUB, BUG + STUB))
    made = {}
    for make in (student, solution, nbgrader_source):
        made[make.__name__] = {cell.id: cell for cell in make(parse(path), ADDRESS).cells}
    learners = made["student"]["positions"]
    assert learners.source.endswith('"""Clock hands."""\n    return torch.zeros(length, width)')
    assert "nbgrader" not in learners.metadata
    assert made["nbgrader_source"]["positions"] == learners
    right = made["solution"]["positions"].source
    assert "BUG" not in right
    assert "zeros" not in right
    assert "### BEGIN SOLUTION" in right
    assert made["student"]["transformer-positions-checks"].metadata["nbgrader"]["points"] > 0
