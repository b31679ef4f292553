"""What the message explorer shows: the rounds of a network on a graph, and the layers of a deep one.

Axes: r rounds, h heads, m edges, n nodes, k classes, l depths.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from labkit.show.kit.arrays import to_numpy


@dataclass
class Rounds:
    """What one network makes of a graph: class probabilities (r + 1, n, k) before and after each round of messages.

    `edges` (2, m) go from sender to receiver, loops included, and `weights` (r, h, m) say how much each carries in each
    round, for each head. Raises ValueError where shapes disagree, or a row of probabilities does not sum to one.
    """

    probabilities: Any
    edges: Any
    weights: Any

    def __post_init__(self):
        self.probabilities, self.weights = (to_numpy(a).astype(np.float32) for a in (self.probabilities, self.weights))
        self.edges = to_numpy(self.edges)
        if self.probabilities.ndim != 3 or not np.allclose(self.probabilities.sum(-1), 1, atol=1e-2):
            raise ValueError(
                f"probabilities are (rounds + 1, nodes, classes) and sum to one, not {self.probabilities.shape}"
            )
        rounds, edges = len(self.probabilities) - 1, self.edges.shape[-1]
        if self.weights.ndim != 3 or (self.weights.shape[0], self.weights.shape[2]) != (rounds, edges):
            raise ValueError(f"weights are (rounds, heads, edges) = ({rounds}, h, {edges}), not {self.weights.shape}")
        if self.edges.ndim != 2 or len(self.edges) != 2 or self.edges.max(initial=0) >= self.nodes:
            raise ValueError(f"edges are (2, m) between {self.nodes} nodes, and these are {self.edges.shape}")

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return self.probabilities.shape[1]

    def influence(self, node: int, rounds: int, head: int = -1) -> Float[np.ndarray, " n"]:
        """How much of what a node holds after some rounds came from each node; `head` -1 is the mean of all.

        The product of the weights along every path of that length, added up: nonlinearities are left out of account.
        """
        share = np.zeros(self.nodes)
        share[node] = 1.0
        for weights in self.weights[:rounds][::-1]:
            flow = (weights.mean(0) if head < 0 else weights[head]) * share[self.edges[1]]
            share = np.bincount(self.edges[0], flow, self.nodes)
        return share / max(share.sum(), 1e-12)


@dataclass
class Smoothing:
    """The nodes of a deep network, layer by layer: places (l, n, 2) from -1 to 1, and how far apart they are (l)."""

    places: Any
    apart: Any

    def __post_init__(self):
        self.places, self.apart = (to_numpy(a).astype(np.float32) for a in (self.places, self.apart))
        if self.places.ndim != 3 or self.places.shape[2] != 2 or self.apart.shape != self.places.shape[:1]:
            raise ValueError(f"places (depths, nodes, 2) and apart (depths): {self.places.shape}, {self.apart.shape}")
