"""Exercise: softmax cross-entropy that never overflows, and its gradient."""

from dataclasses import replace

import torch
from torch.nn import functional as F

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def _case(name: str, b: int, c: int, draw: torch.Generator, tests: str = "values", size: float = 2.0) -> Case:
    logits = size * torch.randn(b, c, generator=draw)
    return Case(name, {"logits": logits, "target": torch.randint(c, (b,), generator=draw)}, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """One row and many, logits of one value, of ten thousand either way, and rows on levels far from each other."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    alike = _case("all logits alike", 2, 5, draw, size=0.0)
    exact = _case("float64", 3, 4, draw)
    exact.args["logits"] = exact.args["logits"].to(precise)
    large = _case("large logits", 3, 4, draw, "large")
    large.args["logits"].add_(10_000)
    wrong = _case("sure, and wrong", 2, 3, draw, "large", size=0.1)
    wrong.args["logits"][range(2), wrong.args["target"]] -= 10_000
    low = _case("very negative logits", 2, 3, draw, "large")
    low.args["logits"].sub_(10_000)
    levels = _case("rows on different levels", 3, 4, draw, "large")
    levels.args["logits"] += torch.tensor([[5_000.0], [0.0], [-5_000.0]])
    return [
        _case("one row, two classes", 1, 2, draw),
        _case("three rows, four classes", 3, 4, draw),
        _case("as many rows as classes", 4, 4, draw),
        alike,
        exact,
        replace(_case("logits that are not contiguous", 3, 5, draw), strided=("logits",)),
        large,
        wrong,
        low,
        levels,
    ]


def _finish(log_p, target, p=None, rows=None):
    """Loss and gradient from log-probabilities, done right unless told otherwise."""
    p = log_p.exp() if p is None else p
    rows = len(log_p) if rows is None else rows
    onehot = F.one_hot(target, log_p.shape[1]).to(log_p)
    return -log_p.gather(1, target[:, None]).sum() / rows, (p - onehot) / rows


def exponentials_of_everything(logits, target):
    """The exponentials overflow.

    In float32 the exponential of 89 is already infinite, and infinity divided by infinity is not a number. The softmax
    does not change when you take the same number off every logit of a row: which number would make all of them safe?
    """
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return _finish(p.log(), target, p)


def logarithm_of_a_rounded_zero(logits, target):
    """The logarithm is taken of a probability that has been rounded to zero.

    Your softmax is safe. But a probability of e^-10000 cannot be stored, it becomes 0, and its logarithm is minus
    infinity. Write down log softmax on paper and simplify, before anything is computed: does the exponential of the
    target's own logit need to be taken at all?
    """
    p = logits.softmax(dim=1)
    return _finish(p.log(), target, p)


def tiny_number_inside_the_logarithm(logits, target):
    """A tiny number is added inside of the logarithm.

    It keeps infinity out, and the truth as well: no mistake can cost more than about 20, however sure and wrong the
    model is. There is a way that needs no tiny number: simplify log softmax on paper first.
    """
    p = logits.softmax(dim=1)
    return _finish((p + 1e-9).log(), target, p)


def one_maximum_for_all(logits, target):
    """The largest logit of the whole batch is taken off, not that of each row.

    Think of two rows, one around 5000 and one around -5000. After you take 5000 off both, what are the exponentials of
    the second row, and what is the logarithm of their sum?
    """
    shifted = logits - logits.max()
    return _finish(shifted - shifted.exp().sum(dim=1, keepdim=True).log(), target)


def sum_over_the_batch(logits, target):
    """The loss is summed over the batch, not averaged.

    With a sum, twice the batch means twice the gradient, and the learning rate would have to be halved. Which one is
    asked for?
    """
    return _finish(logits.log_softmax(dim=1), target, rows=1)


def gradient_of_the_sum(logits, target):
    """The loss is a mean, and the gradient is that of a sum.

    Your loss is right. If it is divided by the number of rows, what happens to its derivative?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return loss, gradient * len(logits)


def softmax_over_the_batch(logits, target):
    """The softmax runs over the rows of the batch.

    Each example shares its probability out among the classes. Add up one row of your probabilities: is it 1?
    """
    return _finish(logits.log_softmax(dim=0), target)


def gradient_upside_down(logits, target):
    """The gradient points the other way.

    With your gradient, a step downhill lowers the logit of the right class. Which of the two, what is and what should
    be, is subtracted from which?
    """
    loss, gradient = _finish(logits.log_softmax(dim=1), target)
    return loss, -gradient


def gradient_without_the_target(logits, target):
    """The gradient is the probabilities alone.

    You have the derivative of the log of the sum. The loss has a second part, the target's own logit, with a
    minus: what does that add to the gradient, and where?
    """
    loss, _ = _finish(logits.log_softmax(dim=1), target)
    return loss, logits.softmax(dim=1) / len(logits)


SLIPS = (
    exponentials_of_everything,
    logarithm_of_a_rounded_zero,
    tiny_number_inside_the_logarithm,
    one_maximum_for_all,
    sum_over_the_batch,
    gradient_of_the_sum,
    softmax_over_the_batch,
    gradient_upside_down,
    gradient_without_the_target,
)

EXERCISE = Exercise(
    id="training.cross_entropy",
    title="Softmax cross-entropy that never overflows",
    hour=1,
    position=2,
    minutes=5,
    difficulty=2,
    reference="labkit.foundations.losses:softmax_cross_entropy",
    hidden=("labkit.foundations.losses:cross_entropy", "labkit.foundations.losses:log_softmax"),
    returns=("loss", "gradient"),
    cases=cases,
    properties=(
        Property("shape", "one number, and a gradient as large as the logits", 0.25, "shape"),
        Property("loss", "the right loss", 0.75, result="loss"),
        Property("gradient", "the right gradient", 0.75, result="gradient"),
        Property("large", "logits of ten thousand, up and down, overflow nowhere", 1.0),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Write the loss of one row as the logarithm of a fraction, and split it: log of the sum of all exponentials, "
        "minus the target's own logit. Nothing needs to be divided.",
        "Only the exponentials can overflow. If m is taken off every logit of a row, what must be added again outside "
        "of the logarithm? Choose m so that the largest exponential is exactly 1.",
        "The derivative of log-sum-exp by a logit is that class's probability. The derivative of the target's own "
        "logit is 1 at the target and 0 elsewhere. And the mean divides both by the number of rows.",
        "`Tensor.amax` and `sum` with `keepdim=True` keep an axis of size one, so that (b, 1) broadcasts over (b, c). "
        "`gather`, or an index with two lists, picks one number from each row.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
