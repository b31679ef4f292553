"""Exercise: a draw of neighbors without replacement, for all nodes of a batch at once."""

from collections.abc import Iterator, Sequence

import torch

from labkit.course.check.authoring import INPUTS, Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.graphs.sampling import pick_neighbors


def _case(draw: Draw, name: str, degrees: Sequence[int], nodes: Sequence[int], count: int, tests: str = "few") -> Case:
    """A graph with the given degrees, whose senders are random and differ, and random keys for the nodes asked for."""
    offsets = torch.tensor([0, *degrees]).cumsum(0)
    senders = torch.randperm(10 * int(offsets[-1]) + 1, generator=draw.generator)[: int(offsets[-1])] + 100
    keys = torch.rand(sum(degrees[node] for node in nodes), generator=draw.generator)
    args = {"offsets": offsets, "senders": senders, "nodes": torch.tensor(nodes), "count": count, "keys": keys}
    return Case(name, args, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One node and several, in order and not, with too few neighbors, with none, and a large batch."""
    degrees = torch.randint(0, 9, (40,), generator=draw.generator).tolist()
    batch = torch.randperm(40, generator=draw.generator)[:15].tolist()
    yield _case(draw, "one node, one of three", [3], [0], 1, "values")
    yield _case(draw, "one node, two of four", [4], [0], 2, "values")
    yield _case(draw, "two nodes in order", [3, 4], [0, 1], 2, "values")
    yield _case(draw, "the second of three nodes", [2, 4, 3], [1], 2, "some")
    yield _case(draw, "two nodes out of order", [3, 2, 4], [2, 0], 2, "some")
    yield _case(draw, "a node with fewer neighbors than wanted", [1, 4], [0, 1], 3)
    yield _case(draw, "a node without neighbors", [3, 0, 4], [1, 2, 0], 2)
    yield _case(draw, "no node has neighbors", [0, 0], [0, 1], 2)
    yield _case(draw, "a large batch", degrees, batch, 3)


EXERCISE = exercise(
    __name__,
    pick_neighbors,
    made,
    [
        Property("shape", "as many neighbors and rows as there should be", 0.25, "shape"),
        Property("values", "the smallest keys of a node win", 1.0),
        Property("some", "right for some of the nodes, in any order", 1.0),
        Property("few", "a node with few neighbors gets each once, one with none gets none", 1.0),
        INPUTS,
    ],
    title="A neighbor sampler",
    minutes=8,
    difficulty=3,
    returns=("picked", "row"),
    hints=(
        "Write down, for two nodes with 3 and 2 neighbors, one line for each edge into them: its row (0 0 0 1 1), its "
        "rank within the row (0 1 2 0 1), and its position in `senders`. `torch.repeat_interleave` with the degrees "
        "makes the rows; `offsets.diff()` has the degrees.",
        "The rank is a running number minus the number at which the row begins; the rows begin at "
        "`degree.cumsum(0) - degree`. The position in `senders` is `offsets[node]` of the row, plus the rank.",
        "Now order the edges by key inside each row: sort by key first, then by row with `stable=True`, which leaves "
        "equal rows in the order of their keys. No row has changed its length, so the ranks are still 0, 1, 2, ... "
        "Keep those below `count`.",
        "A loop over the nodes is easier to write, and passes here as well. On a batch of a thousand nodes it is a "
        "hundred times slower: write the loop first if you like, then replace it.",
    ),
    hidden=("labkit.graphs.sampling:NeighborSampler",),
)
