"""A graph with made-up networks on it, for tests of the message explorer."""

import numpy as np

from labkit.show.messages.data import Rounds, Smoothing
from labkit.show.messages.explorer import MessageExplorer

CANVAS = ".lk-graph > canvas"


def some_edges(nodes: int, seed: int = 0) -> np.ndarray:
    """A ring with chords in both directions, and a loop at every node; the last node has its loop only."""
    chooser, ring = np.random.default_rng(seed), np.arange(nodes - 2)
    one_way = np.concatenate([np.stack([ring, ring + 1]), chooser.integers(0, nodes - 1, (2, nodes))], axis=1)
    one_way = one_way[:, one_way[0] != one_way[1]]
    both = np.unique(np.concatenate([one_way, one_way[::-1]], axis=1), axis=1)
    return np.concatenate([both, np.arange(nodes)[None].repeat(2, 0)], axis=1)


def rounds(nodes: int, count: int, heads: int, classes: int = 3, seed: int = 0) -> Rounds:
    """Random beliefs, surer from round to round, and weights that add up to one at each node."""
    chooser, edges = np.random.default_rng(seed), some_edges(nodes, seed)
    scores = chooser.normal(size=(1, nodes, classes)) * np.arange(count + 1)[:, None, None]
    chances = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    weights = chooser.gamma(1.0, size=(count, heads, edges.shape[1]))
    for row in weights.reshape(-1, edges.shape[1]):
        row /= np.bincount(edges[1], row, nodes)[edges[1]]
    return Rounds(chances, edges, weights)


def smoothing(nodes: int, depths: int, rate: float, seed: int = 0) -> Smoothing:
    """Nodes that draw closer at each depth."""
    start = np.random.default_rng(seed).uniform(-1, 1, (nodes, 2))
    shrink = rate ** np.arange(depths)
    return Smoothing(start * shrink[:, None, None], shrink)


def explorer(nodes: int = 40, **kwargs) -> MessageExplorer:
    """Two networks and two depths of smoothing."""
    views = {"GCN": rounds(nodes, 3, 1), "GAT": rounds(nodes, 2, 4, seed=0)}
    depths = {"GCN": smoothing(nodes, 32, 0.8), "GCNII": smoothing(nodes, 32, 0.99)}
    labels = np.random.default_rng(1).integers(0, 3, nodes)
    return MessageExplorer(views, labels, depths, **kwargs)


def large() -> MessageExplorer:
    """Two hundred nodes, as much as one explorer is meant for."""
    views = {"GCN": rounds(200, 3, 1, 5), "GAT": rounds(200, 3, 4, 5)}
    depths = {name: smoothing(200, 32, rate) for name, rate in (("GCN", 0.8), ("residual", 0.95), ("GCNII", 0.99))}
    return MessageExplorer(views, np.arange(200) % 5, depths)


def place(page, shown: MessageExplorer, node: int) -> tuple[float, float]:
    """Where a node stands on the page."""
    box = page.locator(CANVAS).bounding_box()
    x, y = shown.places[node]
    return box["x"] + 18 + x * (box["width"] - 36), box["y"] + 18 + (1 - y) * (box["height"] - 36)
