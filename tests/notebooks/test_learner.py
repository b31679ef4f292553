"""Every lecture as learners live it: untouched, solved, and with each slip that learners really make.

Nothing here names an hour: a new lecture is tested because it is there.
"""

from pathlib import Path

import nbformat
import pytest

import lectures
from labkit.course.registry import all_exercises, find

SECONDS = 15  # the budget of an untouched notebook in the quick profile, on two quiet cores
SLACK = 4  # for a noisy machine with one thread; `make bench` measures exactly
WRITTEN = """from labkit.course.registry import find
{name} = exercise("{id}")(find("{id}").misconceptions[{rank}].implementation)"""
SLIPS = sorted(
    {
        (lecture, rank)
        for lecture in lectures.LECTURES
        for exercise in all_exercises().values()
        for rank in range(len(exercise.misconceptions))
        if exercise.hour == int(lecture[:2])
    }
)

pytestmark = [pytest.mark.notebook, pytest.mark.slow]
every_lecture = pytest.mark.parametrize("lecture", lectures.LECTURES)


def test_there_are_lectures():
    assert lectures.LECTURES


@every_lecture
def test_untouched(lecture: str, tmp_path: Path, artifacts: Path, record_property):
    notebook = lectures.student(lecture)
    asked = lectures.exercises(notebook)
    assert set(asked) == {id for id, exercise in all_exercises().items() if exercise.hour == int(lecture[:2])}
    done = lectures.run(notebook, tmp_path)
    nbformat.write(done.notebook, artifacts / f"{lecture}_untouched.ipynb")
    assert done.reports == dict.fromkeys(asked, ("not attempted", None))
    for exercise in asked:
        assert "not attempted" in done.below(exercise)
    record_property("seconds", round(done.seconds, 1))
    print(f"{lecture}: untouched, quick profile: {done.seconds:.1f} s (budget {SECONDS} s)")
    assert done.seconds < SLACK * SECONDS


@every_lecture
def test_solved(lecture: str, tmp_path: Path):
    solved = lectures.solution(lecture)
    answers = {id: cell.source for cell in solved.cells for id in lectures.asked(cell)}
    done = lectures.run(lectures.with_answers(lectures.student(lecture), answers), tmp_path)
    assert done.reports == dict.fromkeys(lectures.exercises(solved), ("passed", None))


@pytest.mark.parametrize(("lecture", "rank"), SLIPS, ids=str)
def test_slips_are_named(lecture: str, rank: int, tmp_path: Path):
    """The first slip of every exercise at once, then the second of every one, and so on: one run serves them all."""
    notebook = lectures.student(lecture)
    names = lectures.exercises(notebook)
    slips = {id: find(id).misconceptions[rank] for id in names if rank < len(find(id).misconceptions)}
    answers = {id: WRITTEN.format(name=names[id], id=id, rank=rank) for id in slips}
    done = lectures.run(lectures.with_answers(notebook, answers), tmp_path)
    expected = {id: ("not yet right", slips[id].name) if id in slips else ("not attempted", None) for id in names}
    assert done.reports == expected
    for id, slip in slips.items():
        assert slip.message in done.below(id), f"{id}: {slip.name!r} is recognized, and the learner is not told"
