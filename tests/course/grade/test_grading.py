"""One submission: points, partial credit, and what its student reads of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from course.grade.standin import HOUR_7, POINTS, StandIn, solution_cells, solved
from labkit.course.check.judging import differences, same
from labkit.course.check.leaves import Leaf
from labkit.course.check.problems import Problem
from labkit.course.check.registry import find
from labkit.course.check.running import Outcome, run_all
from labkit.course.grade.keeper.worker import DIED, FAILED, RAN, Attempt, Task, Worker
from labkit.course.grade.marks import grading
from labkit.course.grade.marks.grading import failed, grade, hidden_cases, in_own_words
from labkit.course.grade.marks.result import UNSANDBOXED, Result
from labkit.course.grade.run.gradescope import as_results
from labkit.course.grade.tell.pages import as_html, as_markdown

ATTEND, HEADS = HOUR_7[:2]
NO_SCALE = solution_cells()[0].replace(" / math.sqrt(query.shape[-1])", "")
STUB = '@exercise("transformer.attend")\ndef attend(query, key, value, mask=None):\n    raise NotImplementedError()'


def marks_of(cells: list[str], worker=None, seed: int = 3) -> dict:
    marks, _ = grade(cells, 7, seed, worker or StandIn())
    return {mark.exercise: mark for mark in marks}


def result_of(cells: list[str], worker=None, sandboxed: bool = True) -> Result:
    marks = tuple(marks_of(cells, worker).values())
    return Result("alice", "alice", 7, "c", 3, sandboxed, 0.1, marks)


def feedback_of(result: Result) -> str:
    return as_html([result]) + as_markdown([result]) + json.dumps(as_results([result]))


def test_right_answers_get_all_points_in_any_order():
    for cells in (solved(), solved()[::-1], [*solved(), *solved()], solution_cells()):
        assert {id: mark.points for id, mark in marks_of(cells).items()} == POINTS


def test_part_of_the_work_gets_part_of_the_points_and_the_words_that_help():
    mark = marks_of([NO_SCALE, *solution_cells()[1:]])[ATTEND]
    assert (mark.points, mark.status, mark.misconception) == (0.5, "not yet right", "The scores are not scaled")
    assert "What happens to a softmax" in str(mark.words())


def test_a_slip_costs_its_points_once():
    """What builds on a wrong answer is tried again on labkit's own, as in the notebook."""
    marks = marks_of([NO_SCALE, *solution_cells()[1:]])
    assert [marks[id].points for id in HOUR_7] == [0.5, 3.0, 3.0, 3.0, 3.0]
    marks = marks_of(["def broken(:", *solution_cells()[1:]])
    assert marks[ATTEND].status == "missing"
    wrong = solution_cells()[1].replace("start_dim=2", "start_dim=1")
    assert marks_of([NO_SCALE, wrong])[HEADS].points < 3.0, "its own slip still counts"


def test_nothing_done_is_no_points_and_no_blame():
    marks = marks_of([STUB])
    assert (marks[ATTEND].points, marks[ATTEND].status) == (0.0, "not attempted")
    assert "Write it in place of" in str(marks[ATTEND].words())
    assert marks[HEADS].status == "missing"
    assert "nothing in it is marked" in str(marks[HEADS].words())


class Says(Worker):
    """A worker that says one thing of everything."""

    def __init__(self, attempt: Attempt):
        self.attempt = attempt

    def run(self, task: Task) -> dict[str, Attempt]:
        return dict.fromkeys(task.exercises, self.attempt)


LEAKS = "Its cell stopped in line 3 with ValueError: tensor([0.123456, -7.65])."


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (Attempt(DIED, reason="It took more memory than it may."), "It took more memory than it may."),
        (Attempt(FAILED, reason=LEAKS), "stopped in line 3 with ValueError."),
        (Attempt(FAILED, reason="There is a syntax error in line 12 of its cell: 0.12."), "syntax error in line 12 of"),
        (Attempt(FAILED, reason="It did not finish in time."), "It did not finish in time."),
        (Attempt(RAN, outcomes=[Outcome()]), "one result for each case"),
        (Attempt("something else", reason="0.12"), "one result for each case"),
    ],
)
def test_what_went_wrong_is_said_and_gets_no_points(attempt: Attempt, words: str):
    marks = marks_of(solved(), Says(attempt))
    assert {mark.points for mark in marks.values()} == {0.0}
    for mark in marks.values():
        assert words in str(mark.words())
        assert "0.12" not in str(mark.words())


def test_results_without_values_are_not_right():
    """A child that says "a tensor" and sends none gets nothing for it."""
    exercise, cases = find(ATTEND), hidden_cases(7, 3)[ATTEND]
    for lie in (Leaf("tensor", "float32"), Leaf("tensor", "float32", np.zeros(0)), Leaf("None")):
        told = Outcome({"[0]": lie, "[1]": lie}, dict.fromkeys(("query", "key", "value"), lie), {})
        assert marks_of(solved(), Says(Attempt(RAN, [told] * len(cases))))[ATTEND].points == 0.0
        right = run_all(exercise.answer, cases[:1], torch.device("cpu"))[0]
        assert differences(exercise, cases[0], replace(right, results=told.results), right)
        assert not same(lie, right.results["[0]"], 1e-4)


def test_what_stopped_it_is_said_without_its_message():
    line = "scores = query @ key"
    told = in_own_words(Problem("RuntimeError", "0.1234", 2, line), [f"def attend():\n    {line}"])
    assert told.startswith(f"On at least one input it stopped with RuntimeError in the line `{line}`: torch could not")
    assert in_own_words(Problem("Odd0.1234", "x", 2, "0.1234"), ["y"]) == (
        "On at least one input it stopped with an error of its own."
    )
    assert "0.1234" not in in_own_words(Problem("TimeUp", "0.1234"), [])
    assert failed("Its cell stopped with Odd0.1234: x.") == "No points: its cell stopped with an error of its own."


def test_everyone_gets_the_same_cases_and_every_seed_others():
    assert hidden_cases(7, 3) is hidden_cases(7, 3)
    grading.hidden_cases.cache_clear()
    once = hidden_cases(7, 3)
    grading.hidden_cases.cache_clear()
    again, other = hidden_cases(7, 3), hidden_cases(7, 4)
    first = [cases[ATTEND][0].args["query"] for cases in (once, again, other)]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])


def test_without_a_sandbox_every_page_says_so():
    result = result_of(solved(), sandboxed=False)
    assert UNSANDBOXED in as_html([result])
    assert UNSANDBOXED in as_markdown([result])
    assert UNSANDBOXED in as_results([result])["output"]
    assert UNSANDBOXED not in feedback_of(result_of(solved()))


def test_an_hour_without_exercises_is_an_error():
    with pytest.raises(LookupError, match="hour 33 has no exercises: there are hours"):
        grade([], 33, 1, StandIn())


def test_a_grader_gives_three_times_what_a_learner_is_given():
    """It shares its cores with others, and that must cost nobody marks."""

    class Watched(StandIn):
        def run(self, task: Task) -> dict[str, Attempt]:
            given.append(dict(task.seconds))
            return super().run(task)

    given: list[dict] = []
    marks_of(solved(), Watched())
    assert given == [{id: 3 * find(id).seconds for id in HOUR_7}]
