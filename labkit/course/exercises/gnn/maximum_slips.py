"""Wrong answers to the maximum of groups: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.graphs.scatter import scatter_max, scatter_mean, scatter_sum


def _reduce(start, values, index, include=True, how="amax"):
    return start.scatter_reduce(0, index[:, None].expand_as(values), values, how, include_self=include)


def begins_at_zero(values, index, size):
    """The maximum of a group is never below 0.

    The zeros from which you start take part in the maximum. What is the maximum of -3 and -5? Look at what
    `include_self` does.
    """
    return _reduce(values.new_zeros(size, values.shape[1]), values, index)


def minus_infinity_where_empty(values, index, size):
    """An empty group has a maximum of minus infinity.

    Minus infinity is a good start for a maximum. But a node without messages would pass it on to the next layer: the
    docstring asks for zeros there.
    """
    return _reduce(values.new_full((size, values.shape[1]), -torch.inf), values, index)


def very_negative_where_empty(values, index, size):
    """An empty group has a very negative maximum.

    The number from which you start is still there where no row arrived. The docstring asks for zeros in such a group.
    """
    return _reduce(values.new_full((size, values.shape[1]), -1e9), values, index)


def one_maximum_for_all_columns(values, index, size):
    """All columns get the same maximum.

    Each column is a feature of its own, with a maximum of its own.
    """
    return scatter_max(values.amax(dim=1, keepdim=True).expand_as(values), index, size)


def maximum_over_all_rows(values, index, size):
    """Every group gets the maximum over all rows.

    A row counts only in its own group.
    """
    return values.amax(dim=0).expand(size, -1)


def the_minimum(values, index, size):
    """The minimum is returned.

    Look at the name of the reduction: which one keeps the largest?
    """
    return _reduce(values.new_zeros(size, values.shape[1]), values, index, include=False, how="amin")


def the_mean(values, index, size):
    """The mean is returned.

    The exercise asks for the largest number of each group, column by column.
    """
    return scatter_mean(values, index, size)


def last_row_wins(values, index, size):
    """Rows of one group overwrite each other.

    `out[index] = values` writes each row, and the last one of a group stays. An operation with "reduce" in its name
    compares them.
    """
    last = torch.full((size,), -1).scatter_reduce(0, index, torch.arange(len(index)), "amax")
    return torch.where((last >= 0)[:, None], values[last.clamp(min=0)], 0.0)


def brought_back(values, index, size):
    """The result has one row for each row of the values.

    You have given each row the maximum of its group. Here each group has one row.
    """
    return scatter_max(values, index, size)[index]


def the_sum(values, index, size):
    """The sum is returned.

    The exercise asks for the largest number of each group, column by column.
    """
    return scatter_sum(values, index, size)


def absolute_values(values, index, size):
    """The largest absolute value is returned.

    -5 has a large absolute value and is smaller than -3.
    """
    return scatter_max(values.abs(), index, size)
