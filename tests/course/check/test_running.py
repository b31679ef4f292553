import random
import sys
import time

import numpy as np
import pytest
import torch

from labkit.course.check.checking import check
from labkit.course.check.feedback import feedback
from labkit.course.check.surroundings import untouched_generators
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND
from labkit.course.exercises.transformer.positions import EXERCISE as POSITIONS


def attend_as(change):
    return lambda *inputs: change(ATTEND.answer(*inputs))


def told(exercise, answer, seed=0):
    """The report and its text. There must be one, whatever the answer does."""
    report = check(exercise, answer, seed)
    return report, str(feedback(report))


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in ("numpy", "detach", "cpu"):
            raise AssertionError("a subclass has no say in what its values are")
        return super().__torch_function__(function, types, args, kwargs or {})


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

    began = time.process_time()
    report, text = told(ATTEND, answer)
    assert time.process_time() - began < 2 * 2.0 + 2, "two tries of two seconds"
    assert "NotRun" not in text
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
    assert {verdict.property.name for verdict in report.verdicts if verdict.passed} == {"first", "pair", "dtype"}


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

    torch.manual_seed(5)
    np.random.seed(5)
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
