"""Values that belong to groups, brought together group by group: the step that graphs add to deep learning.

Edges grouped by the node they lead to, nodes grouped by the graph they are in: `index` says to which of `size` groups
each row belongs, in any order; a group may be empty. On a graph that stays the same for many steps, `aggregate` does
the same from edges that were sorted once. Axes: e rows or edges, s groups, n nodes, f features;
further axes follow.
"""

from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index, reaches_beyond, wide


def scatter_sum(values: Float[Tensor, "e ..."], index: Int[Tensor, " _"], size: int) -> Float[Tensor, "s ..."]:
    r"""The sum of each group, $y_i = \sum_{e:\, \mathrm{index}_e = i} v_e$; zero for an empty one."""
    index, added = check_groups(values, index, size), wide(values)
    return added.new_zeros(size, *values.shape[1:]).index_add(0, index, added).to(values.dtype)


def scatter_mean(values: Float[Tensor, "e ..."], index: Int[Tensor, " _"], size: int) -> Float[Tensor, "s ..."]:
    """The mean of each group; zero for an empty one."""
    index, added = check_groups(values, index, size), wide(values)
    count = index.bincount(minlength=size).clamp(min=1)
    return (scatter_sum(added, index, size) / along(count, values)).to(values.dtype)


def scatter_max(values: Float[Tensor, "e ..."], index: Int[Tensor, " _"], size: int) -> Float[Tensor, "s ..."]:
    """The maximum of each group, in each place by itself; zero for an empty one. Equal maxima share the gradient."""
    index = check_groups(values, index, size)
    zeros = values.new_zeros(size, *values.shape[1:])
    return zeros.scatter_reduce(0, along(index, values).expand_as(values), values, "amax", include_self=False)


def scatter_softmax(values: Float[Tensor, "e ..."], index: Int[Tensor, " _"], size: int) -> Float[Tensor, "e ..."]:
    r"""Weights that add up to one in each group, $w_e = e^{v_e} / \sum_{e'} e^{v_{e'}}$ over the group of $e$.

    The group's maximum is taken off first, so that nothing overflows.
    """
    index = check_groups(values, index, size)
    powers = (values - scatter_max(values.detach(), index, size)[index]).exp()
    return powers / scatter_sum(powers, index, size)[index]


def mean_of_neighbors(x: Float[Tensor, "n f"], edges: Int[Tensor, "2 e"]) -> Float[Tensor, "n f"]:
    """The mean of what the senders of each node hold; zero for a node without incoming edges. Row 0 sends."""
    source, target = as_index(edges, "edges")
    return scatter_mean(x[source], target, len(x))


def along(first: Tensor, values: Tensor) -> Tensor:
    """A vector over the first axis, with axes of size one added until it broadcasts to `values`."""
    return first.view(-1, *[1] * (values.ndim - 1))


def check_groups(values: Tensor, index: Tensor, size: int) -> Int[Tensor, " _"]:
    """Return the groups as int64. Raises ValueError unless every row has one from 0 to `size` - 1."""
    if index.shape != values.shape[:1]:
        raise ValueError(f"{len(values)} rows need an index of shape ({len(values)},), not {(*index.shape,)}")
    index = as_index(index, "group numbers")
    if reaches_beyond(index, size):
        low, high = int(index.min()), int(index.max())
        raise ValueError(f"groups count from 0 to {size - 1}, and this index goes from {low} to {high}")
    return index
