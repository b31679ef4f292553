"""Exercise: the loss of a causal language model."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gpt.causal_loss_slips import SLIPS
from labkit.transformers.gpt import IGNORED


def _case(name: str, b: int, t: int, v: int, draw: torch.Generator, tests: str = "values") -> Case:
    args = {"logits": torch.randn(b, t, v, generator=draw) * 2, "labels": torch.randint(0, v, (b, t), generator=draw)}
    return Case(name, args, tests, gradients=("logits",))


def _ignoring(case: Case, places: list[tuple[int, int]]) -> Case:
    for row, place in places:
        case.args["labels"][row, place] = IGNORED
    return case


def cases(seed: int, device: torch.device) -> list[Case]:
    """Short and long, float64, strides, large logits; labels that do not count, in one row more than in another."""
    draw = torch.Generator().manual_seed(seed)
    precise = _case("float64", 2, 3, 4, draw)
    if device.type != "mps":
        precise.args["logits"] = precise.args["logits"].double()
    large = _case("large logits", 1, 4, 5, draw, "large")
    large.args["logits"].mul_(200)
    return [
        _case("two tokens", 1, 2, 3, draw),
        _case("one row of four", 1, 4, 3, draw),
        _case("two rows of five", 2, 5, 4, draw),
        _case("as many tokens as places", 3, 6, 6, draw),
        precise,
        replace(_case("logits that are not contiguous", 2, 4, 3, draw), strided=("logits",)),
        large,
        _ignoring(_case("a beginning that does not count", 1, 5, 4, draw, "ignored"), [(0, 0), (0, 1), (0, 2)]),
        _ignoring(_case("an end that does not count", 2, 5, 4, draw, "ignored"), [(0, 3), (0, 4), (1, 4)]),
        _ignoring(_case("one row counts almost alone", 2, 6, 4, draw, "ignored"), [(0, i) for i in range(1, 5)]),
    ]


EXERCISE = Exercise(
    id="gpt.causal_loss",
    title="The loss of a language model",
    hour=8,
    position=2,
    minutes=4,
    difficulty=1,
    reference="labkit.transformers.gpt:causal_loss",
    returns=("loss",),
    cases=cases,
    properties=(
        Property("shape", "one number", 0.25, "shape"),
        Property("values", "each place is asked for the token after it", 1.25),
        Property("large", "large logits do not overflow", 0.25),
        Property("ignored", "labels of -100 do not count, not in the mean either", 0.75),
        Property("gradients", "right gradients for the logits", 0.25, "gradients"),
        Property("inputs", "logits and labels are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Write a text of four tokens on paper, and below each the token that follows. How many questions are there, "
        "and which position of `logits` is asked none?",
        "So cut one position off the end of the logits, and one off the beginning of the labels: now they stand one "
        "above the other.",
        "`F.cross_entropy` wants a row for each question: logits as (questions, v) and labels as (questions). Make "
        "one axis out of batch and time with `flatten(0, 1)` and `flatten()`.",
        "It also has an argument for labels that do not count, `ignore_index`, and its default is the number that you "
        "need. It divides by what does count.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
