"""Small exercises for the tests of the machinery: a function of arrays and numbers, and a class with weights."""

import numpy as np
import torch
from torch import nn

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def mean(values):
    return float(np.mean(values))


def median(values):
    """The median is taken.

    Half of the values lie below it. Is that what the mean is?
    """
    return float(np.median(values))


def largest(values):
    """The largest value is taken.

    Do the others not count?
    """
    return float(np.max(values))


class Scale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return x * self.weight


def array_cases(seed: int, device: torch.device) -> list[Case]:
    draw = np.random.default_rng(seed)
    return [Case(f"{count} numbers", {"values": draw.exponential(size=count)}) for count in (3, 4)]


def module_cases(seed: int, device: torch.device) -> list[Case]:
    draw = torch.Generator().manual_seed(seed)
    weights = {"weight": torch.randn(3, generator=draw), "calls": torch.zeros(())}
    args = {"x": torch.randn(2, 3, generator=draw)}
    return [
        Case("two rows", args, gradients=("x", "weights"), init={"width": 3}, weights=weights, attributes=("calls",)),
        Case("by its method", args, init={"width": 3}, weights=weights, method="forward"),
    ]


PROPERTIES = (
    Property("shape", "the right shape", 0.5, "shape"),
    Property("values", "the right values", 1.0),
    Property("gradients", "the right gradients", 0.25, "gradients"),
    Property("inputs", "inputs are left alone", 0.25, "inputs"),
)


def exercise(reference: str, returns: tuple[str, ...], cases, slips=()) -> Exercise:
    return Exercise(
        id="made.up",
        title="Made up",
        hour=1,
        position=1,
        minutes=1,
        difficulty=1,
        reference=f"{__name__}:{reference}",
        returns=returns,
        cases=cases,
        properties=PROPERTIES,
        hints=("first", "second", "third"),
        misconceptions=tuple(map(Misconception.of, slips)),
        seconds=0.5,
    )
