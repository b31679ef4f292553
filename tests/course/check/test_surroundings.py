"""The state of the learner's kernel decides nothing, and a check changes nothing of it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from labkit.course.check.checking import check
from labkit.course.check.feedback import feedback
from labkit.course.check.registry import all_exercises, find
from labkit.course.check.surroundings import neutral

STATES: dict[str, tuple[Callable, Callable]] = {
    "gradients off": (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True)),
    "default dtype": (lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32)),
    "default device": (lambda: torch.set_default_device("meta"), lambda: torch.set_default_device(None)),
    "numpy raises": (lambda: np.seterr(all="raise"), lambda: np.seterr(all="warn", under="ignore")),
    "deterministic": (
        lambda: torch.use_deterministic_algorithms(True),
        lambda: torch.use_deterministic_algorithms(False),
    ),
}
IDS = [next(id for id, one in all_exercises().items() if one.hour == hour) for hour in (1, 2, 3, 7, 12, 14, 18)]


def state() -> tuple:
    return (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        np.geterr(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_inference_mode_enabled(),
    )


@pytest.mark.parametrize("name", STATES)
def test_the_kernels_state_decides_nothing(name: str):
    switch, back = STATES[name]
    switch()
    try:
        before = state()
        reports = [check(find(id), find(id).answer, 3) for id in IDS]
        assert state() == before
    finally:
        back()
    assert all(report.passed for report in reports), [str(feedback(r)) for r in reports if not r.passed]


def test_inference_mode_and_autocast_decide_nothing():
    with torch.inference_mode():
        assert check(find("rnn.step"), find("rnn.step").answer, 0).passed
        assert torch.is_inference_mode_enabled()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert check(find("transformer.attend"), find("transformer.attend").answer, 0).passed
        assert torch.is_autocast_enabled("cpu")


def test_what_an_answer_changes_does_not_stay():
    before = state()
    with neutral():
        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True)
        np.seterr(all="raise")
    assert state() == before
