"""Points follow what was shown right, and the words are true: what was not tried is not called wrong."""

import pytest
import torch

from labkit.course.check.checking import Report, check
from labkit.course.check.feedback import feedback, state
from labkit.course.check.registry import find
from labkit.course.check.spec import Case, Exercise, Property
from labkit.course.check.telling import most_telling, proves_little


def states(report: Report) -> dict[str, str]:
    return {verdict.property.name: state(verdict) for verdict in report.verdicts}


def test_untouched_inputs_of_a_wrong_answer_are_not_called_changed():
    found = states(check(find("rnn.step"), lambda *inputs: 1 / 0, 0))
    assert found["inputs"] == found["gradients"] == found["dtype"] == "– not tried yet"
    assert found["first"] == "✗ not yet"


def test_changed_inputs_of_a_wrong_answer_are_called_changed():
    def answer(x, hidden, *weights):
        hidden.zero_()
        return x

    assert states(check(find("rnn.step"), answer, 0))["inputs"] == "✗ not yet"


DOES_NOTHING = {
    "autoencoders.gaussian_kl": lambda mean, *rest: torch.zeros(mean.shape[:-1]),
    "training.dropout": lambda x, *rest: (x, torch.ones_like(x)),
    "q_learning.epsilon_greedy": lambda values, *rest: torch.ones_like(values) / values.shape[-1],
    "gnn.sample": lambda offsets, senders, *rest: (senders, senders),
}


@pytest.mark.parametrize("id", DOES_NOTHING)
@pytest.mark.parametrize("seed", range(5))
def test_an_answer_that_does_nothing_earns_nothing(id: str, seed: int):
    report = check(find(id), DOES_NOTHING[id], seed)
    assert report.points == 0, str(feedback(report))


def test_a_property_that_holds_and_earns_nothing_yet_says_why():
    found = states(check(find("autoencoders.gaussian_kl"), DOES_NOTHING["autoencoders.gaussian_kl"], 0))
    assert found["prior"] == "– counts once more is right"


def made(reference: str, cases: list[Case], *properties: Property) -> Exercise:
    return Exercise(
        id="made.up", title="Made up", hour=1, position=1, minutes=1, difficulty=1, reference=f"{__name__}:{reference}",
        returns=("doubled",), cases=lambda seed, device: cases, hints=("1", "2", "3"), misconceptions=(),
        properties=properties or (Property("values", "doubled", 2.0), Property("shape", "the shape", 0.5, "shape")),
    )  # fmt: skip


def doubled(x):
    return 2 * x


def row(*values: float, **more) -> Case:
    return Case(f"{len(values)} numbers", {"x": torch.tensor(values)}, **more)


CASES = [row(0.0, 0.0), row(1.0, 2.0), row(3.0, -1.0, 2.0), row(*range(300)), row(*map(float, range(400)))]


def test_zeros_and_copies_prove_little():
    assert proves_little(CASES[0], run(CASES[0]))
    assert not proves_little(CASES[1], run(CASES[1]))
    assert proves_little(row(5.0, 5.0), run(row(5.0, 5.0)))


def run(case: Case):
    from labkit.course.check.running import run

    return run(doubled, case, torch.device("cpu"))


def test_dtype_is_a_small_property_judged_after_the_values():
    exercise = made("doubled", [row(1.0, 2.0), Case("exact", {"x": torch.tensor([0.3, 0.7]).double()})])
    assert [part.points for part in exercise.properties] == [1.75, 0.5, 0.25]
    report = check(exercise, lambda x: (2 * x).float(), 0)
    assert report.points == 2.25
    assert report.failure.difference.aspect == "dtype"
    wrong = check(exercise, lambda x: (3 * x).float(), 0)
    assert wrong.failure.difference.aspect == "values"
    assert wrong.points == 0


def test_small_numbers_keep_their_digits():
    case = Case("small", {"x": torch.tensor([1.25e-6, 3e-4])})
    report = check(made("doubled", [case]), lambda x: 2 * x + torch.tensor([0.0, 1e-3]), 0)
    assert "expected [2.5e-06, 0.0006], got [2.5e-06, 0.0016]" in str(feedback(report))


def test_expected_and_got_never_read_the_same():
    case = Case("exact", {"x": torch.tensor([0.1, 0.2]).double()})
    difference = check(made("doubled", [case]), lambda x: 2 * x + 1e-7, 0).failure.difference
    assert difference.expected != difference.got


def test_nested_results_are_told_as_they_came():
    case = row(1.0, 2.0)
    text = str(feedback(check(made("doubled", [case]), lambda x: (x, x), 0)))
    assert "`doubled`: expected a tensor of shape (2,), got 2 results in a tuple or list" in text
    attend = find("transformer.attend")
    nested = check(attend, lambda *inputs: (tuple(attend.answer(*inputs)), inputs[0]), 0)
    assert "`read`: expected a tensor of shape" in str(feedback(nested))
    assert "got a tuple or list of 2" in str(feedback(nested))


def test_the_most_telling_failure_is_shown():
    """Not the smallest that differs in anything: wrong values first, on an input that one can follow."""

    def answer(x):
        if len(x) == 2:
            x.add_(0)
            x[0] += 1  # an input is changed
            return 2 * (x - torch.tensor([1.0, 0.0]))
        return 3 * x

    report = check(made("doubled", CASES[1:]), answer, 0)
    assert report.failure.case.name == "3 numbers"
    assert report.failure.difference.aspect == "values"


def test_of_inputs_that_one_can_follow_the_first_property_comes_first():
    properties = Property("simple", "simple", 1.0), Property("hard", "hard", 1.0)
    cases = [row(1.0, tests="hard"), row(1.0, 2.0, 4.0, tests="simple")]
    exercise = made("doubled", cases, *properties)
    assert check(exercise, lambda x: x, 0).failure.case.tests == "simple"
    assert most_telling.__doc__


def test_gradients_are_held_to_their_tolerance():
    """Ten times the tolerance of values, no more."""
    case = row(1.0, 2.0, gradients=("x",))

    class Off(torch.autograd.Function):
        @staticmethod
        def forward(context, x, error):
            context.error = error
            return 2 * x

        @staticmethod
        def backward(context, gradient):
            return gradient * 2 * (1 + context.error), None

    for error, passes in ((5e-4, True), (5e-3, False)):
        assert check(made("doubled", [case]), lambda x, error=error: Off.apply(x, error), 0).passed is passes


def test_inputs_are_held_to_the_last_bit():
    def answer(x):
        result = 2 * x
        x += 1e-6
        return result

    assert not check(made("doubled", [row(1.0, 2.0)]), answer, 0).passed
