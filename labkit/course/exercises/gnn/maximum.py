"""Exercise: the maximum of each group of rows."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.graphs.scatter import scatter_max


def _case(draw: Draw, name: str, index: Sequence[int], size: int, tests: str = "values", shift: float = 0.0) -> Case:
    """Random rows of three numbers, moved by `shift`, for groups given by hand."""
    return Case(name, {"values": draw(len(index), 3) + shift, "index": torch.tensor(index), "size": size}, tests)


@cases("values")
def made(draw: Draw) -> Iterator[Case]:
    """One group and several, in any order; negative values; empty groups; float64, strides, many rows."""
    yield _case(draw, "one group of three", [0, 0, 0], 1)
    yield _case(draw, "two groups in no order", [1, 0, 1, 0], 2)
    yield _case(draw, "all values negative", [0, 1, 0, 1], 2, "negative", -5.0)
    yield _case(draw, "an empty group in the middle", [2, 0, 2, 0], 3, "empty")
    yield _case(draw, "an empty group, all values negative", [0, 0, 1], 3, "empty", -5.0)
    yield draw.exact(_case(draw, "float64", [0, 1, 1], 2))
    yield strided(_case(draw, "values that are not contiguous", [0, 1, 0], 2))
    many = torch.randint(6, (30,), generator=draw.generator).tolist()
    yield _case(draw, "many rows", many, 8, "empty", -1.0)


EXERCISE = exercise(
    __name__,
    scatter_max,
    made,
    [
        Property("shape", "one row for each group", 0.25, "shape"),
        Property("values", "the maximum of each column in each group", 0.75),
        Property("negative", "right for groups of negative numbers", 0.75),
        Property("empty", "zeros for a group without rows", 0.75),
    ],
    title="The maximum of each group",
    minutes=5,
    difficulty=2,
    returns=("top",),
    hints=(
        'Look at `Tensor.scatter_reduce(0, index, values, "amax")`: it is called on the tensor that it starts from, '
        "with one row for each group.",
        "Its index needs the shape of the values. `index[:, None].expand_as(values)` repeats the group of each row in "
        "every column.",
        "Does the tensor that you start from take part in the maximum? Read what `include_self` does, and think of a "
        "group of negative numbers.",
    ),
    hidden=("labkit.graphs.aggregate:neighbor_max",),
    seconds=4.0,
)
