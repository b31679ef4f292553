"""Every exercise of the kit, of whatever hour: references pass, misconceptions are told apart, checks are quick."""

import time

import numpy as np
import pytest
import torch

from labkit.course.check.checking import NOT_ATTEMPTED, check, judge
from labkit.course.check.feedback import feedback
from labkit.course.check.registry import all_exercises
from labkit.course.check.running import run_all
from labkit.course.check.spec import Exercise, Misconception

CPU = torch.device("cpu")


def tensors(exercise: Exercise, seed: int) -> list[torch.Tensor]:
    return [value for case in exercise.cases(seed, CPU) for value in case.args.values() if torch.is_tensor(value)]


def differentiated(exercise: Exercise) -> bool:
    return any(case.gradients for case in exercise.cases(0, CPU))


EXERCISES = [pytest.param(exercise, id=id) for id, exercise in all_exercises().items()]
SLIPS = [
    pytest.param(exercise, slip, id=f"{id}-{slip.implementation.__name__}")
    for id, exercise in all_exercises().items()
    for slip in exercise.misconceptions[exercise.bug_hunt :]  # the first of a bug hunt is its stub
]
HUNTS = [param for param in EXERCISES if param.values[0].bug_hunt]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_reference_passes(exercise: Exercise, seed: int):
    report = check(exercise, exercise.answer, seed)
    assert report.passed, str(feedback(report))
    assert report.points == exercise.points


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
@pytest.mark.parametrize(("exercise", "slip"), SLIPS)
def test_a_misconception_fails_and_is_recognised_as_itself(exercise: Exercise, slip: Misconception, seed: int):
    report = check(exercise, slip.implementation, seed)
    assert not report.passed
    assert report.points < exercise.points
    assert report.failure is not None
    assert report.misconception is slip, report.misconception
    text = str(feedback(report))
    assert slip.name in text
    assert slip.message in text


@pytest.mark.parametrize("exercise", HUNTS)
def test_an_unchanged_bug_is_not_attempted_and_earns_nothing(exercise: Exercise):
    report = check(exercise, exercise.bug.implementation, 0)
    assert report.status == NOT_ATTEMPTED
    assert report.points == 0


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_check_takes_less_than_a_second(exercise: Exercise):
    for answer in (exercise.answer, exercise.misconceptions[-1].implementation):
        spent = []
        for _ in range(2):
            began = time.process_time()
            check(exercise, answer, 0)
            spent.append(time.process_time() - began)
        assert min(spent) < 1


@pytest.mark.parametrize("exercise", EXERCISES)
def test_there_is_enough_to_help(exercise: Exercise):
    assert len(exercise.misconceptions) >= 3
    assert len(exercise.hints) >= 3
    assert len({slip.name for slip in exercise.misconceptions}) == len(exercise.misconceptions)
    assert 1 <= exercise.difficulty <= 3
    assert 0 < exercise.minutes <= 20
    assert exercise.points > 0
    assert all("```" not in hint and "return " not in hint for hint in exercise.hints), "a hint gives no code away"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_cases_are_fresh_for_each_seed_and_the_same_for_the_same(exercise: Exercise):
    one, same, other = (repr([case.args for case in exercise.cases(seed, CPU)]) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_case_is_evidence_for_a_property(exercise: Exercise):
    names = {part.name for part in exercise.properties} | {"values"}
    cases = exercise.cases(0, CPU)
    assert {case.tests for case in cases} <= names
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_nothing_earns_nothing(exercise: Exercise):
    for answer in (lambda *inputs: print(), lambda *inputs: inputs[0], lambda *inputs: 1 / 0):
        report = check(exercise, answer, 0)
        assert not report.passed
        assert report.points == 0


@pytest.mark.parametrize("exercise", [param for param in EXERCISES if tensors(param.values[0], 0)])
def test_changing_an_input_costs_points(exercise: Exercise):
    def spoiling(answer):
        def changed(*inputs):
            result = answer(*(value.clone() if torch.is_tensor(value) else value for value in inputs))
            next(value for value in inputs if torch.is_tensor(value)).zero_()
            return result

        return changed

    def built(**init):  # where the answer is a class, its objects are called
        return spoiling(exercise.answer(**init))

    report = check(exercise, built if isinstance(exercise.answer, type) else spoiling(exercise.answer), 0)
    assert report.failure.difference.aspect == "inputs"
    assert 0 < report.points < exercise.points


@pytest.mark.parametrize("exercise", [param for param in EXERCISES if differentiated(param.values[0])])
def test_a_result_that_leaves_torch_costs_points(exercise: Exercise):
    def answer(*inputs):
        with torch.no_grad():
            return exercise.answer(*inputs)

    report = check(exercise, answer, 0)
    assert report.failure.difference.aspect == "gradients"
    assert 0 < report.points < exercise.points
    assert "detach" in str(feedback(report))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_outcome_can_be_judged_where_there_is_no_answer(exercise: Exercise):
    """What crosses over to a grader is plain: text, numbers and arrays of numbers."""
    cases = exercise.cases(3, CPU)
    outcomes = run_all(exercise.answer, cases, CPU)
    for outcome in outcomes:
        for leaf in (*outcome.results.values(), *outcome.gradients.values(), *outcome.inputs.values()):
            assert type(leaf.kind) is str
            assert leaf.values is None or type(leaf.values) is np.ndarray
            assert leaf.values is None or leaf.values.dtype.kind in "biufcU"
    assert judge(exercise, cases, outcomes).passed


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_stub_is_not_attempted(exercise: Exercise):
    def empty(*inputs): ...

    def stub(*inputs):
        """What to do."""
        # YOUR CODE HERE
        raise NotImplementedError()

    class Stub:
        def __init__(self, **init): ...

        def __call__(self, *inputs):
            raise NotImplementedError()

    for answer in (Stub,) if isinstance(exercise.answer, type) else (empty, stub):
        report = check(exercise, answer, 0)
        assert report.status == NOT_ATTEMPTED
        assert report.points == 0


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
@pytest.mark.parametrize("exercise", HUNTS)
def test_published_wrong_code_is_not_attempted_and_earns_nothing(exercise: Exercise, seed: int):
    report = check(exercise, exercise.bug.implementation, seed)
    assert report.status == NOT_ATTEMPTED
    assert report.points == 0
    assert "The bug is still in" in str(feedback(report))
