"""Exercise: mean, maximum and softmax of values by groups."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.graphs.scatter import scatter_all, scatter_max, scatter_mean, scatter_softmax, scatter_sum


def _case(name: str, index: list[int], size: int, draw: torch.Generator, tests: str = "", shift: float = 0.0) -> Case:
    """Random values, two columns, for groups given by hand."""
    values = torch.randn(len(index), 2, generator=draw) + shift
    args = {"values": values, "index": torch.tensor(index), "size": size}
    return Case(name, args, tests or "values", gradients=("values",))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One group and several, in order and not, empty ones, negative values, large values, equal values, float64."""
    draw = torch.Generator().manual_seed(seed)
    size = int(torch.randint(6, 9, (), generator=draw))
    many = torch.randint(size - 1, (30,), generator=draw).tolist()
    large = _case("large values", [0, 1, 0, 1], 2, draw, "large")
    large.args["values"].mul_(30).add_(200)
    precise = _case("float64", [0, 1, 1], 2, draw)
    precise.args["values"] = precise.args["values"].to(torch.float32 if device.type == "mps" else torch.float64)
    return [
        _case("one group of two", [0, 0], 1, draw),
        _case("two groups", [0, 1, 1], 2, draw),
        _case("groups in no order", [1, 0, 1, 2, 0], 3, draw),
        _case("an empty group between others", [2, 0, 2], 3, draw),
        _case("an empty group at the end", [0, 0, 1], 3, draw),
        _case("all values negative", [0, 1, 0, 1], 2, draw, shift=-4.0),
        large,
        precise,
        replace(_case("values that are not contiguous", [0, 1, 0], 2, draw), strided=("values",)),
        _case("many rows", many, size, draw),
    ]


def max_begins_at_zero(values, index, size):
    """The maximum of a group is never below zero.

    The group's maximum is compared with a zero that nobody put there. What is the largest of -3 and -5? Look at how the
    tensor that you scatter into is filled, and at what decides whether its first content counts.
    """
    top = values.new_zeros(size, *values.shape[1:])
    top = top.scatter_reduce(0, index[:, None].expand_as(values), values, "amax", include_self=True)
    return scatter_mean(values, index, size), top, scatter_softmax(values, index, size)


def empty_is_minus_infinity(values, index, size):
    """An empty group has a maximum of minus infinity.

    Filling with minus infinity is a good start for a maximum. But a node without neighbors would then pass infinities
    on to the next layer: what should stand there instead, once the maximum is taken?
    """
    top = values.new_full((size, *values.shape[1:]), -torch.inf)
    top = top.scatter_reduce(0, index[:, None].expand_as(values), values, "amax")
    return scatter_mean(values, index, size), top, scatter_softmax(values, index, size)


def mean_of_empty_is_nan(values, index, size):
    """The mean of an empty group is not a number.

    Zero divided by zero. A count that is never below one leaves all other means as they are.
    """
    count = torch.bincount(index, minlength=size)[:, None]
    return scatter_sum(values, index, size) / count, *scatter_all(values, index, size)[1:]


def mean_is_a_sum(values, index, size):
    """The mean is a sum.

    Each group adds up, and nothing is divided. How many rows went into each group?
    """
    return scatter_sum(values, index, size), *scatter_all(values, index, size)[1:]


def mean_over_all_rows(values, index, size):
    """The sums are divided by the number of all rows.

    A group of two is divided by as much as a group of twenty. Each group has a count of its own: which function counts
    how often each number occurs in `index`?
    """
    return scatter_sum(values, index, size) / len(values), *scatter_all(values, index, size)[1:]


def softmax_over_everything(values, index, size):
    """The softmax runs over all rows.

    Add up the weights of one group: is it 1? A row competes only with the rows of its own group, so the sum below the
    fraction has to be scattered as well.
    """
    return *scatter_all(values, index, size)[:2], values.softmax(dim=0)


def softmax_by_hand(values, index, size):
    """The softmax overflows.

    The exponential of 200 does not fit into a float32. Taking one number off all rows of a group leaves the group's
    weights as they are; you have just computed a fitting number for each group.
    """
    powers = values.exp()
    return *scatter_all(values, index, size)[:2], powers / scatter_sum(powers, index, size)[index]


def softmax_not_brought_back(values, index, size):
    """The softmax has a row for each group.

    The weights belong to the rows that came in: there are as many weights as values. The sums are one for each group;
    which index brings a group's sum back to each of its rows?
    """
    powers = (values - scatter_max(values, index, size)[index]).exp()
    return *scatter_all(values, index, size)[:2], scatter_sum(powers, index, size)


def last_one_wins(values, index, size):
    """Rows of one group overwrite each other.

    `out[index] = values` writes each row, and the last of a group stays. To add up what lands on the same place, you
    need an operation with "add" or "reduce" in its name.
    """
    rows = torch.full((size,), -1).scatter_reduce(0, index, torch.arange(len(index)), "amax")
    last = torch.where((rows >= 0)[:, None], values[rows.clamp(min=0)], 0.0)
    return last, last.clone(), scatter_softmax(values, index, size)


def values_changed(values, index, size):
    """The values themselves are changed.

    The results are right, but the caller's values are not what they were. Methods that end in `_` write into the tensor
    that they are called on.
    """
    mean, top, weights = scatter_all(values, index, size)
    values.data.sub_(top.detach()[index])
    return mean, top, weights


SLIPS = (
    max_begins_at_zero,
    empty_is_minus_infinity,
    mean_of_empty_is_nan,
    mean_is_a_sum,
    mean_over_all_rows,
    softmax_over_everything,
    softmax_by_hand,
    softmax_not_brought_back,
    last_one_wins,
    values_changed,
)

EXERCISE = Exercise(
    id="gnn.scatter",
    title="Mean, maximum and softmax by groups",
    hour=12,
    position=1,
    minutes=5,
    difficulty=1,
    reference="labkit.graphs.scatter:scatter_all",
    hidden=(
        *(f"labkit.graphs.scatter:scatter_{name}" for name in ("sum", "mean", "max", "softmax")),
        *(f"labkit.graphs.aggregate:neighbor_{name}" for name in ("mean", "max", "softmax")),
    ),
    returns=("mean", "top", "weights"),
    cases=cases,
    properties=(
        Property("shape", "three results of the right shapes", 0.5, "shape"),
        Property("mean", "the mean of each group, zero for an empty one", 0.75, result="mean"),
        Property("top", "the maximum of each group, zero for an empty one", 0.75, result="top"),
        Property("weights", "a softmax inside each group", 1.0, result="weights"),
        Property("large", "large values do not overflow", 0.5),
        Property("gradients", "right gradients for the values", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with a tensor of zeros with one row for each group. `Tensor.index_add(0, index, values)` adds every row "
        "of `values` to the row of its group. Counting is the same with ones in place of values, or `torch.bincount`.",
        'For the maximum look at `Tensor.scatter_reduce` with "amax". Its index has the shape of the values, so expand '
        "yours; and read what `include_self` does before you trust a group of negative numbers.",
        "The softmax of a group is an exponential divided by the group's sum of exponentials. `sums[index]` gives each "
        "row the sum of its own group: gather back what you scattered.",
        "Take each group's maximum off before the exponential: every exponent is then at most zero.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    seconds=4.0,  # the first backward pass of a process takes one of them on a busy machine
)
