"""Exercise, a bug hunt: the softmax over the edges into each node, as a widely copied program has it."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.graphs.scatter import scatter_softmax


def _case(
    draw: Draw, name: str, receiver: Sequence[int], nodes: int, tests: str = "values", shift: Sequence[float] = (0.0,)
) -> Case:
    """Random scores of two heads for receivers given by hand; `shift` moves the scores of each edge."""
    moved = torch.tensor(shift)[:, None] if len(shift) == len(receiver) else torch.tensor(shift)[0]
    index = torch.tensor(receiver)
    return Case(name, {"scores": draw(len(receiver), 2) + moved, "receiver": index, "nodes": nodes}, tests)


@cases("scores")
def made(draw: Draw) -> Iterator[Case]:
    """Scores of one size; receivers whose scores lie hundreds apart; large scores; float64, strides, many edges."""
    yield _case(draw, "one receiver", [0, 0, 0], 1)
    yield _case(draw, "two receivers", [1, 0, 1, 0], 2)
    yield _case(draw, "two receivers, scores near 0 and near 300", [0, 0, 1, 1], 2, "far", (0.0, 0.0, 300.0, 300.0))
    yield _case(draw, "one receiver with scores near -200", [0, 1, 0, 1], 3, "far", (0.0, -200.0, 0.0, -200.0))
    yield _case(draw, "one receiver with scores near 0 and near 300", [0, 1, 0, 1], 2, "far", (0.0, 0.0, 300.0, 0.0))
    heads = _case(draw, "one head with large scores, one with small", [0, 1, 0, 1, 0], 2, "far")
    heads.args["scores"].add_(torch.tensor([0.0, 250.0]))
    yield heads
    yield _case(draw, "all scores near 200", [1, 0, 1, 0], 2, "large", (200.0,))
    yield _case(draw, "all scores near -200", [1, 0, 1, 0, 1], 2, "large", (-200.0,))
    yield draw.exact(_case(draw, "float64", [0, 1, 1], 2))
    yield strided(_case(draw, "scores that are not contiguous", [0, 1, 0, 2], 4))
    many = torch.randint(6, (30,), generator=draw.generator)
    yield _case(draw, "many edges", many.tolist(), 8, "far", (400.0 * many).tolist())


EXERCISE = exercise(
    __name__,
    scatter_softmax,
    made,
    [
        Property("shape", "one weight for each score", 0.25, "shape"),
        Property("values", "right where all scores are of one size", 0.25),
        Property("far", "right where the scores of receivers lie hundreds apart", 2.0),
        Property("large", "large scores do not overflow or vanish", 0.5),
    ],
    title="Bug hunt: a softmax over edges",
    minutes=6,
    difficulty=2,
    returns=("weights",),
    hints=(
        "Run the function on the scores of the worked example, and add up the weights of each receiver. Which receiver "
        "gets too little?",
        "Print `powers` there. What is the exponential of -300 in float32? After that line the scores of this receiver "
        "are lost, and no later line can bring them back.",
        "Subtracting a number leaves a softmax unchanged if all scores of *one receiver* lose the same number. So each "
        "receiver may have a number of its own: which one keeps its largest exponent at 0?",
        '`Tensor.scatter_reduce(0, index, scores, "amax", include_self=False)` gives the maximum of each group. Its '
        "index has the shape of the scores. `top[receiver]` gives every edge the maximum of its receiver.",
    ),
    hidden=("labkit.graphs.aggregate:neighbor_softmax",),
    bug_hunt=True,
    seconds=4.0,
)
