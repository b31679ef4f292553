import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from course.made_up import Scale, array_cases, exercise, largest, mean, median, module_cases
from labkit.course.check.checking import NOT_ATTEMPTED, check
from labkit.course.check.feedback import feedback
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND
from labkit.course.exercises.transformer.positions import EXERCISE as POSITIONS

ARRAYS = exercise("mean", ("mean",), array_cases, (median,))
HUNT = replace(exercise("mean", ("mean",), array_cases, (median, largest)), bug_hunt=True)
MODULE = exercise("Scale", ("scaled", "calls"), module_cases)


class EqualToEverything:
    shape, dtype = (1, 2), torch.float32

    def __eq__(self, other):
        return True

    def __array__(self, *_, **__):
        return np.zeros((1, 2), dtype=np.float32)

    def __torch_function__(self, *_, **__):
        return self

    def __getattr__(self, name):
        return self

    def __call__(self, *_, **__):
        return self


def attend_as(change):
    return lambda *inputs: change(ATTEND.answer(*inputs))


def told(exercise, answer, seed=0):
    """The report and its text. There must be one, whatever the answer does."""
    report = check(exercise, answer, seed)
    return report, str(feedback(report))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *inputs: print(), "expected 2 results (read, weights), got one result, nothing (None)"),
        (lambda *inputs: EqualToEverything(), "got one result, an object of type EqualToEverything"),
        (lambda *inputs: (EqualToEverything(),) * 2, "got an object of type EqualToEverything"),
        (attend_as(lambda result: result[0]), "got one result, "),
        (attend_as(lambda result: (*result, result[0])), "got 3 results"),
        (attend_as(lambda result: (result[0].double(), result[1])), "`read`, dtype: expected float32, got float64"),
        (
            attend_as(lambda result: (result[0].tolist(), result[1])),
            "`read`: expected a tensor of shape (1, 1, 2), got a",
        ),
        (
            attend_as(lambda result: (result[0][..., None], result[1])),
            "expected shape (1, 1, 2), got shape (1, 1, 2, 1)",
        ),
        (attend_as(lambda result: (result[0].detach().numpy(), result[1])), "expected a tensor of shape"),
        (attend_as(lambda result: (result[0] * float("nan"), result[1])), "are NaN, not a number"),
        (attend_as(lambda result: ({}, result[1])), "got an object of type empty dict"),
        (lambda *inputs: inputs[9], "IndexError"),
        (lambda: 5, "TypeError"),
        (lambda *inputs: sys.exit(), "SystemExit"),
        (nn.Identity, "got one result, an object of type Identity"),
        (EqualToEverything(), "EqualToEverything"),
        (17, "This is an object of type int, and should be a function or class, such as labkit's attend."),
    ],
)
def test_whatever_comes_back_there_is_a_report(answer, words: str):
    report, text = told(ATTEND, answer)
    assert not report.passed
    assert words in text
    assert "Traceback" not in text
    assert "labkit/course" not in text


def test_lists_will_do_where_tuples_are_expected():
    assert check(ATTEND, attend_as(list), 0).passed


def test_partial_credit_adds_up():
    report, _ = told(ATTEND, lambda query, key, value, mask=None: ATTEND.answer(query, key, value))
    earned = {verdict.property.name: verdict.passed for verdict in report.verdicts}
    assert earned == {
        **dict.fromkeys(("shape", "values", "large", "dtype", "gradients", "inputs"), True),
        **dict.fromkeys(("mask", "nothing"), False),
    }
    assert report.points == 2.5


def test_a_small_failing_input_is_shown():
    report, text = told(ATTEND, lambda query, key, value, mask=None: ATTEND.answer(query, key, value))
    assert report.failure.case.name == "a mask"
    assert "`mask` of shape (2, 3), bool" in text
    assert "a padding mask" not in text


def test_graders_can_leave_the_case_out():
    report = check(ATTEND, ATTEND.misconceptions[0].implementation, 0)
    hidden = str(feedback(report, hidden=True))
    assert "expected" not in hidden
    assert "shape (" not in hidden
    assert "labkit's own" not in hidden
    assert ATTEND.misconceptions[0].message in hidden
    assert "0.5 of 4 points" in hidden


def test_code_that_still_ends_in_the_stub_is_not_attempted():
    def answer(length, width):
        half = width // 2
        raise NotImplementedError(f"{half}")

    assert check(POSITIONS, answer, 0).status == NOT_ATTEMPTED


def test_float64_is_held_to_its_own_precision():
    def answer(*inputs):
        query, key, value, mask = inputs
        read, weights = ATTEND.answer(query.float(), key.float(), value.float(), mask)
        return read.to(query.dtype), weights.to(query.dtype)

    report, text = told(ATTEND, answer)
    assert not report.passed, text
    assert report.failure.case.name == "float64"


def test_numbers_and_arrays():
    assert check(ARRAYS, mean, 0).passed
    assert check(ARRAYS, lambda values: torch.tensor(values.mean()), 0).passed, "a tensor of no axes is a number too"
    assert check(ARRAYS, lambda values: np.mean(values), 0).passed
    assert check(ARRAYS, median, 0).misconception.name == "The median is taken"
    assert "expected a Python number, got text" in told(ARRAYS, lambda values: "5")[1]

    def sorts(values):
        values.sort()
        return values.mean()

    assert "It changes its input `values`" in told(ARRAYS, sorts)[1]


def test_classes_with_copied_weights():
    assert check(MODULE, Scale, 0).passed

    class Forgets(Scale):
        def forward(self, x):
            return x * self.weight.detach()

    report, text = told(MODULE, Forgets)
    assert "weights: weight" in text or "calls" in text
    assert not report.passed

    class OtherNames(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(width))

    assert "Missing key(s) in state_dict" in told(MODULE, OtherNames)[1]


def test_a_class_with_an_empty_method_is_not_attempted():
    class Stub(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(width))
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            raise NotImplementedError()

    assert check(MODULE, Stub, 0).status == NOT_ATTEMPTED
