import random
import sys
import time

import numpy as np
import pytest
import torch
from torch import nn

from course.made_up import Scale, array_cases, exercise, mean, median, module_cases
from labkit.course.checking import NOT_ATTEMPTED, check
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND
from labkit.course.exercises.transformer.positions import EXERCISE as POSITIONS
from labkit.course.feedback import feedback
from labkit.course.running import untouched_generators

ARRAYS = exercise("mean", ("mean",), array_cases, (median,))
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


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in ("numpy", "detach", "cpu"):
            raise AssertionError("a subclass has no say in what its values are")
        return super().__torch_function__(function, types, args, kwargs or {})


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
        (attend_as(lambda result: (result[0].tolist(), result[1])), "results"),
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


def test_a_subclass_of_tensor_is_read_without_asking_it():
    report, text = told(ATTEND, attend_as(lambda result: tuple(r.as_subclass(LyingTensor) for r in result)))
    assert report.passed, text


def test_an_endless_result_is_cut_short():
    def answer(*inputs):
        result = []
        result.append(result)
        return result

    assert not check(ATTEND, answer, 0).passed


def test_an_endless_loop_is_stopped_once_for_all_cases():
    def answer(*inputs):
        while True:
            pass

    began = time.perf_counter()
    report, text = told(ATTEND, answer)
    assert time.perf_counter() - began < 4
    assert report.points == 0
    assert "did not finish within 2.0 seconds" in text


def test_a_loop_in_one_case_keeps_what_the_cases_before_earned():
    def answer(length, width):
        while width == 6:
            pass
        return POSITIONS.answer(length, width)

    report, text = told(POSITIONS, answer)
    assert "did not finish" in text
    assert "three positions, six dimensions" in text
    assert {verdict.property.name for verdict in report.verdicts if verdict.passed} == {"first", "pair"}


def test_an_error_is_told_with_the_learners_line():
    def answer(query, key, value, mask=None):
        return query @ key  # the axes do not fit

    _, text = told(ATTEND, answer)
    line = answer.__code__.co_firstlineno + 1
    assert f"RuntimeError in line {line}, `return query @ key  # the axes do not fit`" in text


def test_an_error_in_a_helper_is_told_with_the_line_of_the_helper():
    def helper(x):
        return x.no_such_thing

    def answer(query, key, value, mask=None):
        return helper(query)

    _, text = told(ATTEND, answer)
    assert "AttributeError in line" in text
    assert "return x.no_such_thing" in text


def test_an_error_that_cannot_be_printed_is_told_nevertheless():
    class SulkyError(Exception):
        def __str__(self):
            raise RuntimeError

    def answer(*inputs):
        raise SulkyError

    assert "SulkyError" in told(ATTEND, answer)[1]


def test_deep_recursion_is_told():
    def answer(*inputs):
        return answer(*inputs)

    assert "it calls itself without end" in told(ATTEND, answer)[1]


def test_what_is_printed_is_shown_but_not_without_end():
    def answer(*inputs):
        print("my shapes", inputs[0].shape)
        print("x" * 10_000)

    _, text = told(ATTEND, answer)
    assert "It printed: my shapes torch.Size([1, 1, 2])" in text
    assert len(text) < 4000


def test_prints_and_warnings_of_an_answer_reach_nobody_else(capfd: pytest.CaptureFixture):
    def answer(*inputs):
        print("loud", file=sys.stderr)
        np.log(np.zeros(1))
        return ATTEND.answer(*inputs)

    assert check(ATTEND, answer, 0).passed
    assert capfd.readouterr() == ("", "")


def test_a_check_leaves_the_global_generators_alone():
    def answer(length, width):
        torch.rand(3), np.random.rand(3), random.random()
        torch.manual_seed(3)
        return POSITIONS.answer(length, width)

    def state():
        return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()

    before = state()
    assert check(POSITIONS, answer, 0).passed
    assert state() == before
    python = random.getstate()  # beartype, which checks labkit in tests, draws from this one itself
    with untouched_generators():
        random.random()
    assert random.getstate() == python


def test_the_interrupt_key_still_works():
    def answer(*inputs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(ATTEND, answer, 0)


def test_partial_credit_adds_up():
    report, _ = told(ATTEND, lambda query, key, value, mask=None: ATTEND.answer(query, key, value))
    earned = {verdict.property.name: verdict.passed for verdict in report.verdicts}
    assert earned == {
        **dict.fromkeys(("shape", "values", "large", "gradients", "inputs"), True),
        **dict.fromkeys(("mask", "nothing"), False),
    }
    assert report.points == 2.5


def test_the_smallest_failing_input_is_shown():
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
    assert "1.5 of 4 points" in hidden


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
