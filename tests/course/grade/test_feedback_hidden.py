"""What a student reads of a graded answer: the first difference on a public case, and nothing of a hidden one."""

import pytest
import torch

from course.grade.standin import StandIn, answer, solution_cells, solved
from course.grade.test_grading import ATTEND, NO_SCALE, feedback_of, marks_of, result_of
from labkit.course.check.feedback import feedback
from labkit.course.check.judging import text_of
from labkit.course.check.registry import find
from labkit.course.check.running import run_all
from labkit.course.grade.keeper.worker import Attempt, Task
from labkit.course.grade.marks import grading
from labkit.course.grade.marks.grading import hidden_cases


def test_feedback_shows_the_first_difference_on_a_public_case():
    """As in the notebook, but on cases that are not those of the marks."""
    mark = marks_of([NO_SCALE, *solution_cells()[1:]])[ATTEND]
    words = str(mark.words())
    assert "expected" in words
    public = {text for case in find(ATTEND).cases(grading.PUBLIC, torch.device("cpu")) for text in _numbers(case)}
    hidden = {text for case in hidden_cases(7, 3)[ATTEND] for text in _numbers(case)}
    assert any(text in words for text in public)
    assert not any(text in words for text in hidden - public)


def _numbers(case) -> set[str]:
    values = [v for v in case.args.values() if torch.is_tensor(v) and v.is_floating_point() and v.numel() <= 12]
    return {text_of(value.numpy()) for value in values}


def hidden_numbers() -> set[str]:
    """How the values in the hidden cases may be written."""
    found = set()
    for case in hidden_cases(7, 3)[ATTEND]:
        for value in case.args.values():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                found |= {f"{number:.4f}".lstrip("-") for number in value.flatten().tolist()}
    return found - {"0.0000", "1.0000"}


TELLTALE = """
@exercise("transformer.attend")
def attend(query, key, value, mask=None):
    print([round(x, 4) for x in query.flatten().tolist()])
    class Told(Exception): pass
    Told.__name__ = str([round(x, 4) for x in query.flatten().tolist()])
    raise Told(str([round(x, 4) for x in query.flatten().tolist()]))
"""
HEAD = '@exercise("transformer.attend")\ndef attend(query, key, value, mask=None):\n'
FALSE = f"{HEAD}    return value * 2, query @ key.mT"
ALMOST = answer(ATTEND).replace("return the_answer(*args, **kwargs)", "a, b = the_answer(*args); return a, b + 1")


@pytest.mark.parametrize("cell", [TELLTALE, NO_SCALE, ALMOST, FALSE, answer(ATTEND, 3)])
def test_nothing_hidden_reaches_the_student(cell: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grading, "_with_example", lambda task, marks, worker: marks)  # see the test below
    shown = feedback_of(result_of([cell, *solved()[1:]]))
    assert not [number for number in hidden_numbers() if number in shown]
    assert not [case.name for case in hidden_cases(7, 3)[ATTEND] if f"({case.name})" in shown]


def test_the_child_that_runs_the_public_example_sees_no_hidden_case():
    class Watched(StandIn):
        def run(self, task: Task) -> dict[str, Attempt]:
            tasks.append(task)
            return super().run(task)

    tasks: list[Task] = []
    marks_of([FALSE, *solved()[1:]], Watched())
    public = tasks[-1]
    assert public.exercises == (ATTEND,)
    expected = find(ATTEND).cases(grading.PUBLIC, torch.device("cpu"))
    assert repr([case.args for case in public.cases[ATTEND]]) == repr([case.args for case in expected])
    assert list(public.cases) == [ATTEND]
    assert grading.PUBLIC != 3


def test_the_test_above_would_see_a_leak():
    from labkit.course.check.checking import judge

    cases = hidden_cases(7, 3)[ATTEND]
    report = judge(find(ATTEND), cases, run_all(lambda query, *rest: query, cases, torch.device("cpu")))
    assert [number for number in hidden_numbers() if number in str(feedback(report))]
