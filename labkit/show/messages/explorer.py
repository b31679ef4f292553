"""The message explorer: what the nodes of a graph know, round by round, and where they know it from.

Axes: r rounds, h heads, m edges, n nodes, k classes, l depths.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Bool, Integer
from matplotlib.figure import Figure

from labkit.show.kit.arrays import to_numpy
from labkit.show.kit.explorer import Explorer, sources
from labkit.show.kit.layout import spring_layout
from labkit.show.messages.data import Rounds, Smoothing
from labkit.show.messages.picture import overview

BUDGET = 450_000  # bytes of numbers; the rest of the 500 kB is for the code and the names
GOAL = "Find a node that is wrong at the start and right after the last round, and go there."


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
        numbers = [part for shown in self.data.values() for part in (shown.probabilities, shown.weights)]
        numbers += [part for deep in self.depths.values() for part in (deep.places, deep.apart)]
        packed = _packed(numbers)
        self.places = spring_layout(first.edges, count, seed)
        super().__init__(
            views=[_meta(name, shown) for name, shown in self.data.items()],
            deep=[{"name": name, "depths": len(deep.apart)} for name, deep in self.depths.items()],
            names=[f"node {i}" for i in range(count)] if names is None else [str(name) for name in names],
            numbers=_packed([self.places]) + packed,
            links=b"".join(shown.edges.astype("<u2").tobytes() for shown in self.data.values()),
            labels=self.truth.tobytes(),
            view=next(iter(self.data)),
        )
        self.node = node
        if any(_corrected(shown, self.truth).any() for shown in self.data.values()):
            self.goal = GOAL

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


def _corrected(shown: Rounds, truth: Integer[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Which nodes are wrong before the first round and right after the last."""
    said = shown.probabilities.argmax(axis=-1)
    return (said[0] != truth) & (said[-1] == truth)


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
