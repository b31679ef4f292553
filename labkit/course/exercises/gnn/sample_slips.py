"""Wrong answers to the neighbor sampler: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.graphs.sampling import pick_neighbors


def _pick(offsets, senders, nodes, count, keys, descending=False):
    """Right by default, one node after the other: slow, and easy to check."""
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

    That would sample just as well, but the docstring asks for the smallest keys.
    """
    return _pick(offsets, senders, nodes, count, keys, descending=True)


def first_ones(offsets, senders, nodes, count, keys):
    """The first neighbors are taken, whatever their keys.

    Every batch would contain the same neighbors, and the others never. The keys decide which neighbors are drawn.
    """
    return _pick(offsets, senders, nodes, count, torch.linspace(0, 1, len(keys)))


def keys_over_all(offsets, senders, nodes, count, keys):
    """The smallest keys of the whole batch win.

    Some nodes get more than `count` neighbors and others none. Each node has a draw of its own: rank the keys within
    each row.
    """
    degree = offsets.diff()[nodes]
    row = torch.arange(len(nodes)).repeat_interleave(degree)
    edge = torch.arange(len(row)) - (degree.cumsum(0) - degree)[row] + offsets[nodes][row]
    order = keys.argsort()[: count * len(nodes)]
    order = order[row[order].argsort(stable=True)]
    return senders[edge[order]], row[order]


def not_by_row(offsets, senders, nodes, count, keys):
    """The result is sorted by key, not by row.

    The neighbors are right, but those of one node should stand together, in the order of `nodes`. If you sort twice,
    which sort comes last, and must it keep the order of equal rows?
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    degree = offsets.diff()[nodes]
    whole = torch.arange(len(nodes)).repeat_interleave(degree)
    kept = torch.cat([keys[whole == r].sort().values[:count] for r in range(len(nodes))])
    order = kept.argsort()
    return picked[order], row[order]


def rows_are_nodes(offsets, senders, nodes, count, keys):
    """The rows are node numbers.

    The rows count the nodes of the batch: 0, 1, 2, ... in the order of `nodes`, whatever their numbers in the graph
    are.
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    return picked, nodes[row]


def places_are_nodes(offsets, senders, nodes, count, keys):
    """The edges are looked up by the position in the batch, not by the node.

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

    You have found the right positions in `senders`. The docstring asks for the numbers that stand there.
    """
    return pick_neighbors(offsets, torch.arange(len(senders)), nodes, count, keys)


def with_replacement(offsets, senders, nodes, count, keys):
    """Nodes with few neighbors get some of them twice.

    You fill every row up to `count` by repeating neighbors. The docstring asks for each neighbor at most once: a node
    with one neighbor gets one.
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


def results_swapped(offsets, senders, nodes, count, keys):
    """The two results are swapped.

    The docstring asks for the neighbors first, and for their rows second.
    """
    return pick_neighbors(offsets, senders, nodes, count, keys)[::-1]


def sorted_by_number(offsets, senders, nodes, count, keys):
    """The neighbors of a row are sorted by their numbers.

    The right neighbors, in another order: within a row they are sorted by key.
    """
    picked, row = pick_neighbors(offsets, senders, nodes, count, keys)
    order = picked.argsort()
    order = order[row[order].argsort(stable=True)]
    return picked[order], row[order]


def other_keys(offsets, senders, nodes, count, keys):
    """The keys are drawn anew.

    The caller passes the keys, so that the same draw can be made twice. Use those.
    """
    return pick_neighbors(offsets, senders, nodes, count, torch.rand(keys.shape))
