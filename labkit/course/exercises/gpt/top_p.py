"""Exercise: the top-p filter."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gpt.top_p_slips import SLIPS


def _logits(shape: tuple[int, ...], p: float, draw: torch.Generator) -> torch.Tensor:
    """Rows without ties, of which something is dropped, and no sum comes so close to p that rounding would decide."""
    while True:
        logits = torch.randn(shape, generator=draw, dtype=torch.float64) * 1.5
        sums = logits.sort(descending=True).values.softmax(dim=-1).cumsum(dim=-1)
        gaps = logits.sort().values.diff(dim=-1)
        unordered = (logits.diff(dim=-1) > 0).any(-1) & (logits.diff(dim=-1) < 0).any(-1)
        far = (sums[..., :-1] - p).abs().min() > 0.01 and sums[..., -2].min() > p
        if far and gaps.min() > 0.01 and unordered.all():
            return logits


def _case(name: str, shape: tuple[int, ...], p: float, draw: torch.Generator, tests: str = "values") -> Case:
    return Case(name, {"logits": _logits(shape, p, draw).float(), "p": p}, tests, gradients=("logits",))


def _sure(size: int, draw: torch.Generator) -> torch.Tensor:
    """One token, not the first, has nearly all of the probability."""
    logits = _logits((1, size), 0.5, draw).float()
    logits[0, 1 + int(torch.randint(0, size - 1, (), generator=draw))] = 9.0
    return logits


def cases(seed: int, device: torch.device) -> list[Case]:
    """One row and several, one axis and three, float64, strides; p of 0 and near 1; a model that is sure."""
    draw = torch.Generator().manual_seed(seed)
    precise = _case("float64", (2, 6), 0.6, draw)
    if device.type != "mps":
        precise.args["logits"] = precise.args["logits"].double()
    return [
        _case("three tokens", (1, 3), 0.5, draw),
        _case("five tokens", (1, 5), 0.8, draw),
        _case("three rows", (3, 6), 0.7, draw),
        _case("no batch axis", (7,), 0.6, draw),
        _case("two batch axes", (2, 2, 5), 0.75, draw),
        precise,
        replace(_case("logits that are not contiguous", (2, 5), 0.65, draw), strided=("logits",)),
        Case("the likeliest token is enough", {"logits": _sure(5, draw), "p": 0.5}, "crossing", gradients=("logits",)),
        _case("p is small", (2, 4), 0.05, draw, "crossing"),
        _case("p is 0", (2, 4), 0.0, draw, "edges"),
        _case("p is large", (1, 12), 0.95, draw, "edges"),
    ]


EXERCISE = Exercise(
    id="gpt.top_p",
    title="The top-p filter",
    hour=8,
    position=3,
    minutes=6,
    difficulty=3,
    reference="labkit.transformers.sampling:top_p",
    returns=("filtered",),
    cases=cases,
    properties=(
        Property("shape", "the result has the shape of the logits", 0.25, "shape"),
        Property("values", "the fewest tokens that together have p are kept, the others are minus infinity", 1.25),
        Property("crossing", "the token that reaches p is kept", 0.5),
        Property("edges", "at p = 0 the likeliest is left, near p = 1 most are", 0.5),
        Property("gradients", "right gradients for the logits", 0.25, "gradients"),
        Property("inputs", "the logits are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Sort the logits of each row, largest first: `sort` gives you the values and the order. Then turn the sorted "
        "values into probabilities, and add them up from the left with `cumsum`.",
        "A token is needed if what stands *before* it does not reach p. The sum before it is the sum with it, less its "
        "own probability. Whatever p is, the first of the sorted is kept.",
        "Now you know which of the *sorted* tokens are kept. To bring a mask back into the old order, `scatter` it "
        "along the last axis with the `order` that the sort gave you.",
        "In the end, fill the logits that came in, as they came in, with minus infinity where nothing is kept.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
