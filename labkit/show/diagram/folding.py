"""Fewer boxes: what repeats is drawn once, and what lies deeper than asked for is one box."""

from collections import defaultdict

from labkit.show.diagram.nodes import Node, Shape

LONGEST = 12  # nodes that repeat together


def folded(root: Node) -> Node:
    """Return the model with neighbors that are alike made one, where each reads only the one before."""
    readers: dict[Node, set[Node]] = defaultdict(set)
    for leaf in root.leaves():
        for source in leaf.reads:
            readers[source].add(leaf)
    stands: dict[Node, Node] = {}
    _fold(root, readers, stands)
    order = {leaf: n for n, leaf in enumerate(root.leaves())}
    for leaf in order:
        reads = [(_stand(source, stands), shape) for source, shape in leaf.reads.items()]
        leaf.reads = _first((node, shape) for node, shape in reads if order.get(node, len(order)) < order[leaf])
    return root


def _stand(node: Node, stands: dict[Node, Node]) -> Node:
    while node in stands:
        node = stands[node]
    return node


def _first(pairs) -> dict[Node, Shape]:
    found: dict[Node, Shape] = {}
    for node, shape in pairs:
        found.setdefault(node, shape)
    return found


def _fold(node: Node, readers: dict[Node, set[Node]], stands: dict[Node, Node]) -> None:
    for size in range(1, LONGEST + 1):
        start = 0
        while start + 2 * size <= len(node.nodes):
            times = _times(node.nodes, start, size, readers)
            if times > 1:
                _merge(node, start, size, times, stands)
            start += 1
    for inside in node.nodes:
        _fold(inside, readers, stands)


def _times(nodes: list[Node], start: int, size: int, readers: dict[Node, set[Node]]) -> int:
    """How often the `size` nodes from `start` on stand one after the other, each time reading the time before."""
    runs = [nodes[start : start + size]]
    if not any(node.parameters for node in runs[0]):
        return 1
    for at in range(start + size, len(nodes) - size + 1, size):
        run = nodes[at : at + size]
        if not all(map(Node.like, runs[0], run)) or not _follows(runs[0], runs[-1], run):
            break
        runs.append(run)
    while len(runs) > 1 and not _closed(runs, readers):
        runs.pop()
    return len(runs)


def _leaves(run: list[Node]) -> list[Node]:
    return [leaf for node in run for leaf in node.leaves()]


def _follows(first: list[Node], before: list[Node], run: list[Node]) -> bool:
    """Whether a run reads the run before, and else only what the first one reads."""
    here, there, head = (set(_leaves(nodes)) for nodes in (run, before, first))
    outside = {source for leaf in head for source in leaf.reads} - head
    read = {source for leaf in here for source in leaf.reads} - here
    return bool(read & there) and read - there <= outside


def _closed(runs: list[list[Node]], readers: dict[Node, set[Node]]) -> bool:
    """Whether those outside of the runs read only the last one, or all of them alike."""
    inside = {leaf for run in runs for leaf in _leaves(run)}
    away = [[readers[leaf] - inside for leaf in _leaves(run)] for run in runs]
    return all(not any(run) for run in away[:-1]) or all(run == away[0] for run in away)


def _merge(parent: Node, start: int, size: int, times: int, stands: dict[Node, Node]) -> None:
    """Keep the first of the runs; the others' leaves are stood for by its own."""
    first, end = parent.nodes[start : start + size], start + size * times
    for at in range(start + size, end):
        for gone, kept in zip(parent.nodes[at].leaves(), first[(at - start) % size].leaves(), strict=True):
            stands[gone] = kept
    if size == 1:
        first[0].repeats *= times
    else:
        owned = set().union(*(node.owned for node in first))
        group = Node("", "", "group", owned=owned, nodes=first, parent=parent, repeats=times)
        for node in first:
            node.parent = group
        first = [group]
    parent.nodes[start:end] = first


def pruned(root: Node, depth: int) -> Node:
    """Return the model without what is deeper than `depth`: a box reads and is read as all inside of it were."""
    flow = [(leaf, dict(leaf.reads)) for leaf in root.leaves()]
    shown: dict[Node, Node] = {}
    _prune(root, depth, shown)
    for node in shown.values():
        node.reads = {}
    for leaf, reads in flow:
        node = shown[leaf]
        for source, shape in reads.items():
            if shown[source] is not node:
                node.reads.setdefault(shown[source], shape)
    return root


def _prune(node: Node, depth: int, shown: dict[Node, Node]) -> None:
    if depth and node.nodes:
        for inside in node.nodes:
            _prune(inside, depth - (inside.role != "group"), shown)
        return
    shown |= dict.fromkeys(node.leaves(), node)
    node.nodes = []
