"""Exercise: a draw of neighbors without replacement, for all nodes of a batch at once."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.graphs.sampling import pick_neighbors

HIDDEN = ("labkit.graphs.sampling:NeighborSampler",)


def _case(
    name: str, degrees: list[int], nodes: list[int], count: int, draw: torch.Generator, tests: str = "values"
) -> Case:
    """A graph with the given degrees, whose senders are random and differ, and random keys for the nodes asked for."""
    offsets = torch.tensor([0, *degrees]).cumsum(0)
    senders = torch.randperm(10 * int(offsets[-1]) + 1, generator=draw)[: int(offsets[-1])] + 100
    keys = torch.rand(sum(degrees[node] for node in nodes), generator=draw)
    args = {"offsets": offsets, "senders": senders, "nodes": torch.tensor(nodes), "count": count, "keys": keys}
    return Case(name, args, tests)


def cases(seed: int, device: torch.device) -> list[Case]:
    """One node and several, in order and not, with too few neighbors, with none, and a large batch."""
    draw = torch.Generator().manual_seed(seed)
    degrees = torch.randint(0, 9, (40,), generator=draw).tolist()
    batch = torch.randperm(40, generator=draw)[:15].tolist()
    return [
        _case("one node, one of three", [3], [0], 1, draw),
        _case("one node, two of four", [4], [0], 2, draw),
        _case("two nodes in order", [3, 4], [0, 1], 2, draw),
        _case("the second of three nodes", [2, 4, 3], [1], 2, draw, "some"),
        _case("two nodes out of order", [3, 2, 4], [2, 0], 2, draw, "some"),
        _case("a node with fewer neighbors than wanted", [1, 4], [0, 1], 3, draw, "few"),
        _case("a node without neighbors", [3, 0, 4], [1, 2, 0], 2, draw, "few"),
        _case("nobody has neighbors", [0, 0], [0, 1], 2, draw, "few"),
        _case("a large batch", degrees, batch, 3, draw, "few"),
    ]


def _pick(offsets, senders, nodes, count, keys, descending=False):
    """Done right, unless told otherwise, one node after the other: slow, and easy to believe."""
    found, rows, taken = [], [], 0
    for row, node in enumerate(nodes.tolist()):
        own = senders[offsets[node] : offsets[node + 1]]
        order = keys[taken : taken + len(own)].argsort(descending=descending)[:count]
        taken += len(own)
        found.append(own[order])
        rows += [row] * len(order)
    return torch.cat(found), torch.tensor(rows, dtype=torch.long)


def largest_keys(offsets, senders, nodes, count, keys):
    """The largest keys win.

    A draw is a draw, so this would sample just as well. But asked for are the smallest, and then a checker can tell.
    """
    return _pick(offsets, senders, nodes, count, keys, descending=True)


def first_ones(offsets, senders, nodes, count, keys):
    """The first neighbors are taken, whatever their keys.

    The same neighbors would be drawn in every batch, and the others never. What are the keys for?
    """
    return _pick(offsets, senders, nodes, count, torch.linspace(0, 1, len(keys)))


def keys_over_all(offsets, senders, nodes, count, keys):
    """The smallest keys of the whole batch win.

    Some nodes get more than `count` neighbors and others none. Each node has a draw of its own: rank the keys within a
    row, not over all of them.
    """
    degree = offsets.diff()[nodes]
    row = torch.arange(len(nodes)).repeat_interleave(degree)
    edge = torch.arange(len(row)) - (degree.cumsum(0) - degree)[row] + offsets[nodes][row]
    order = keys.argsort()[: count * len(nodes)]
    order = order[row[order].argsort(stable=True)]
    return senders[edge[order]], row[order]


def not_by_row(offsets, senders, nodes, count, keys):
    """The result is sorted by key, not by row.

    The right neighbors, mixed up: those of one node should stand together, in the order of `nodes`. If you sort twice,
    which sort comes last, and must it keep the order of equal ones?
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    degree = offsets.diff()[nodes]
    whole = torch.arange(len(nodes)).repeat_interleave(degree)
    kept = torch.cat([keys[whole == r].sort().values[:count] for r in range(len(nodes))])
    order = kept.argsort()
    return picked[order], row[order]


def rows_are_nodes(offsets, senders, nodes, count, keys):
    """The rows are node numbers.

    A block of a batch has one row for each node that was asked for: 0, 1, 2, ... in the order of `nodes`, whatever
    their numbers in the graph are.
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    return picked, nodes[row]


def places_are_nodes(offsets, senders, nodes, count, keys):
    """The edges are looked up by the place in the batch, not by the node.

    You return neighbors of nodes 0, 1, 2, ... In which order were the nodes asked for? `offsets` is indexed by node.
    """
    degree, places = offsets.diff()[nodes], torch.arange(len(nodes))
    row = places.repeat_interleave(degree)
    rank = torch.arange(len(row)) - (degree.cumsum(0) - degree)[row]
    by_key = keys.argsort()
    order = by_key[row[by_key].argsort(stable=True)]
    kept = rank < count
    edge = (offsets[places][row] + rank).clamp(max=len(senders) - 1)
    return senders[edge[order][kept]], row[kept]


def positions_returned(offsets, senders, nodes, count, keys):
    """Edges are returned, not neighbors.

    You have found the right places in `senders`. One more step: who stands there?
    """
    return pick_neighbors(offsets, torch.arange(len(senders)), nodes, count, keys)


def with_replacement(offsets, senders, nodes, count, keys):
    """Nodes with few neighbors get some of them twice.

    This fills every row up to `count` by repeating. Asked for is each neighbor once at most: a node with one neighbor
    gets one.
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    filled, rows = [], []
    for r in range(len(nodes)):
        own = picked[row == r]
        own = own.repeat(-(-count // len(own)))[:count] if len(own) else own
        filled.append(own)
        rows += [r] * len(own)
    return torch.cat(filled), torch.tensor(rows, dtype=torch.long)


def one_too_many(offsets, senders, nodes, count, keys):
    """Every node gets one neighbor too many.

    Ranks begin at 0. Which ranks do the first `count` neighbors have?
    """
    return pick_neighbors(offsets, senders, nodes, count + 1, keys)


SLIPS = (
    largest_keys,
    first_ones,
    keys_over_all,
    not_by_row,
    rows_are_nodes,
    places_are_nodes,
    positions_returned,
    with_replacement,
    one_too_many,
)

EXERCISE = Exercise(
    id="gnn.sample",
    title="A neighbor sampler",
    hour=12,
    position=4,
    minutes=6,
    difficulty=3,
    reference="labkit.graphs.sampling:pick_neighbors",
    hidden=HIDDEN,
    returns=("picked", "row"),
    cases=cases,
    properties=(
        Property("shape", "as many neighbors and rows as there should be", 0.5, "shape"),
        Property("values", "the smallest keys of a node win", 1.0),
        Property("some", "right for some of the nodes, in any order", 1.0),
        Property("few", "a node with few neighbors gets each once, one with none gets none", 1.0),
        Property("inputs", "the inputs are left as they were", 0.5, "inputs"),
    ),
    hints=(
        "Write down, for two nodes with 3 and 2 neighbors, one line for each edge in question: its row (0 0 0 1 1), "
        "its rank within the row (0 1 2 0 1), and its place in `senders`. `torch.repeat_interleave` with the degrees "
        "makes the rows; `offsets.diff()` has the degrees.",
        "The rank is a running number minus where the row begins; the rows begin at `degree.cumsum(0) - degree`. The "
        "place in `senders` is `offsets[node]` of the row, plus the rank.",
        "Now order the edges by key inside each row: sort by key first, then by row with `stable=True`, which leaves "
        "equal rows in the order of their keys. Since no row has changed its length, the ranks are still 0, 1, 2, ... "
        "and you keep those below `count`.",
        "A loop over the nodes is easier to write, and passes here as well. On a batch of a thousand nodes it is a "
        "hundred times slower: try the loop first if you like, then replace it.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
