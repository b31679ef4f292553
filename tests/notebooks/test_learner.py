"""Every lecture as learners live it: untouched, solved, and with each slip that learners really make.

Nothing here names an hour: a new lecture is tested because it is there.
"""

from pathlib import Path

import nbformat
import pytest

import helpers.lectures as lectures
from helpers.comparing import unmarked
from labkit.course.check.registry import all_exercises, find
from labkit.course.press.bench import MEMORY, SECONDS, SIZE

SLACK = 3  # on seconds, which a busy machine stretches too; `make bench` measures exactly
WRITTEN = """from labkit.course.check.registry import find
slips = {{slip.name: slip.implementation for slip in find("{id}").misconceptions}}
{name} = exercise("{id}")(slips[{slip!r}])"""

pytestmark = [pytest.mark.notebook, pytest.mark.slow]
every_lecture = pytest.mark.parametrize("lecture", lectures.LECTURES)


def test_there_are_lectures():
    assert lectures.LECTURES


@every_lecture
def test_the_core_alone(lecture: str, tmp_path: Path, artifacts: Path):
    """Untouched and in the quick profile, without the further sections. JupyterLab's test runs all of it."""
    notebook = lectures.student(lecture)
    hour = {id for id, exercise in all_exercises().items() if exercise.hour == int(lecture[:2])}
    assert set(lectures.exercises(notebook)) == hour
    asked = lectures.exercises(lectures.core(notebook))
    done = lectures.run(notebook, tmp_path)
    nbformat.write(done.notebook, artifacts / f"{lecture}_core.ipynb")
    assert done.reports == dict.fromkeys(asked, "not attempted")
    for exercise in asked:
        assert "not attempted yet" in done.below(exercise)[0]
    print(f"{lecture}: untouched, quick: {done.seconds:.1f} s of {SECONDS['student']:.0f}, {done.megabytes:.0f} MB")
    assert done.seconds < SLACK * SECONDS["student"]
    assert done.megabytes < MEMORY
    assert unmarked(done.notebook, lectures.solution(lecture)) == []


@every_lecture
@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
def test_file_is_small(lecture: str, folder: str, root: Path):
    assert (root / folder / f"{lecture}.ipynb").stat().st_size <= 1000 * SIZE


@every_lecture
def test_slips_are_named_and_right_answers_pass(lecture: str, tmp_path: Path, artifacts: Path):
    """A learner makes every slip of every exercise and is told each time which one it is; then the solution passes."""
    notebook = lectures.student(lecture)
    slips = {id: find(id).misconceptions[find(id).bug_hunt :] for id in lectures.exercises(notebook)}
    right = {id: cell.source for cell in lectures.solution(lecture).cells for id in lectures.asked(cell)}
    attempts = {
        id: [WRITTEN.format(name=name, id=id, slip=slip.name) for slip in slips[id]] + [right[id]]
        for id, name in lectures.exercises(notebook).items()
    }
    done = lectures.run(lectures.with_answers(notebook, attempts), tmp_path)
    nbformat.write(done.notebook, artifacts / f"{lecture}_slips.ipynb")
    assert done.reports == dict.fromkeys(slips, "passed")
    for id in slips:
        *told, last = done.below(id)
        assert "not yet right" not in last
        for slip, words in zip(slips[id], told, strict=True):
            assert "not yet right" in words
            assert f"{slip.name}. {slip.message}" in words, f"{id}: a learner with {slip.name!r} is told: {words}"
    assert unmarked(done.notebook, lectures.solution(lecture)) == []
