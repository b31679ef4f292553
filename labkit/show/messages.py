"""The message explorer: what the nodes of a graph know, round by round, and where they know it from.

Axes: r rounds, h heads, m edges, n nodes, k classes, l depths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from labkit.show.arrays import to_numpy
from labkit.show.explorer import Explorer, sources
from labkit.show.layout import spring_layout
from labkit.show.messages_picture import overview

BUDGET = 450_000  # bytes of numbers; the rest of the 500 kB is for the code and the names


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


class MessageExplorer(Explorer):
    """A graph on which messages move: what nodes believe after each round, whom they read from, and how depth blurs.

    `views` maps a network's name to its `Rounds`, `labels` are the true classes, `depths` maps names to `Smoothing`.
    `view`, `round`, `head` (-1: all), `node`, `depth` can be read and set from Python at any time.
    """

    _esm, _css = sources("messages")

    views = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, rounds, heads, edges, classes
    deep = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, depths
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)  # float32: places; then each view's; then each deep network's
    links = traitlets.Bytes().tag(sync=True)  # uint16: senders and receivers of each view
    labels = traitlets.Bytes().tag(sync=True)  # uint8
    view = traitlets.Unicode().tag(sync=True)
    round = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(-1).tag(sync=True)
    node = traitlets.Int(0).tag(sync=True)
    depth = traitlets.Int(0).tag(sync=True)
    locked = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        views: Mapping[str, Rounds],
        labels: Any,
        depths: Mapping[str, Smoothing] | None = None,
        names: Sequence[str] | None = None,
        node: int = 0,
        seed: int = 0,
    ):
        self.data, self.depths, self.truth = dict(views), dict(depths or {}), to_numpy(labels).astype(np.uint8)
        self._check(names)
        first, count = next(iter(self.data.values())), len(self.truth)
        self.places = spring_layout(first.edges, count, seed)
        numbers = [
            self.places,
            *(part for shown in self.data.values() for part in (shown.probabilities, shown.weights)),
        ]
        numbers += [part for deep in self.depths.values() for part in (deep.places, deep.apart)]
        super().__init__(
            views=[_meta(name, shown) for name, shown in self.data.items()],
            deep=[{"name": name, "depths": len(deep.apart)} for name, deep in self.depths.items()],
            names=[f"node {i}" for i in range(count)] if names is None else [str(name) for name in names],
            numbers=_packed(numbers),
            links=b"".join(shown.edges.astype("<u2").tobytes() for shown in self.data.values()),
            labels=self.truth.tobytes(),
            view=next(iter(self.data)),
        )
        self.node, self.round = node, len(first.weights)

    def _check(self, names: Sequence[str] | None) -> None:
        if not self.data:
            raise ValueError("no networks to show: pass {'GCN': Rounds(probabilities, edges, weights)}")
        count = len(self.truth)
        for name, shown in self.data.items():
            if shown.nodes != count:
                raise ValueError(f"{count} labels, but {name!r} has {shown.nodes} nodes")
        for name, deep in self.depths.items():
            if deep.places.shape[1] != count:
                raise ValueError(f"{count} labels, but {name!r} has {deep.places.shape[1]} nodes")
        if names is not None and len(names) != count:
            raise ValueError(f"{len(names)} names for {count} nodes")

    @property
    def shown(self) -> Rounds:
        """The network that is chosen now."""
        return self.data[self.view]

    @traitlets.validate("view")
    def _view_exists(self, proposal: dict) -> str:
        if proposal["value"] not in self.data:
            raise traitlets.TraitError(f"no network {proposal['value']!r}: choose one of {list(self.data)}")
        return proposal["value"]

    @traitlets.validate("round", "head", "node", "depth")
    def _in_range(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        deepest = max((len(deep.apart) for deep in self.depths.values()), default=1)
        rounds, heads, _ = self.shown.weights.shape
        low, high = {"round": (0, rounds), "head": (-1, heads - 1), "node": (0, len(self.truth) - 1)}.get(
            name, (0, deepest - 1)
        )
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} {value}: choose from {low} to {high}")
        return value

    @traitlets.observe("view")
    def _stay_in_range(self, change: dict) -> None:
        rounds, heads, _ = self.shown.weights.shape
        self.round, self.head = min(self.round, rounds), min(self.head, heads - 1)

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        chances = self.shown.probabilities[self.round, self.node]
        share = self.shown.influence(self.node, self.round, self.head)
        most = ", ".join(
            f"{self.names[j]} {share[j]:.0%}" for j in np.argsort(-share, kind="stable")[:3] if share[j] > 0
        )
        return (
            f"Message explorer, {self.view} after {self.round} of {len(self.shown.weights)} rounds: "
            f"{self.names[self.node]} says class {chances.argmax()} with {chances.max():.0%} (true: "
            f"{self.truth[self.node]}), and heard from {(share > 0).sum()} of {len(share)} nodes, most from {most}."
        )

    def picture(self) -> Figure:
        """Draw the graph at the chosen round, and how far apart nodes are at each depth."""
        share = self.shown.influence(self.node, self.round, self.head)
        title = f"{self.view}, after round {self.round}: what each node says"
        chances = self.shown.probabilities[self.round]
        return overview(self.places, self.shown.edges, chances, share, self.node, self.depths, title)


def _meta(name: str, shown: Rounds) -> dict:
    rounds, heads, edges = shown.weights.shape
    return {"name": name, "rounds": rounds, "heads": heads, "edges": edges, "classes": shown.probabilities.shape[2]}


def _packed(numbers: list[np.ndarray]) -> bytes:
    packed = b"".join(part.astype("<f4").tobytes() for part in numbers)
    if len(packed) > BUDGET:
        raise ValueError(
            f"{len(packed):,} bytes are too many for one explorer (at most {BUDGET:,}): "
            "show fewer nodes, heads or depths (some 200 nodes, 4 heads, 3 rounds, 32 depths fit)"
        )
    return packed
