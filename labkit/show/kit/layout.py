"""Where the nodes of a graph stand on paper, and the graph drawn there.

Axes: n nodes, m edges. Row 0 of `edges` sends, row 1 receives.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from labkit.show.kit.arrays import to_numpy


def spring_layout(edges: Any, nodes: int, seed: int = 0, steps: int = 200) -> Float[np.ndarray, "n 2"]:
    r"""Places between 0 and 1: edges pull as springs, all nodes push each other away, and the middle pulls a little.

    With $k$ the distance that all would have on an even spread, an edge of length $d$ pulls with $d^2/k$ and any two
    nodes push with $k^2/d$; steps get smaller. The same seed gives the same places.
    Fruchterman and Reingold 1991, https://doi.org/10.1002/spe.4380211102. Raises ValueError for edges to nowhere.
    """
    edges = to_numpy(edges).astype(int).reshape(2, -1)
    if edges.size and not (edges.min() >= 0 and edges.max() < nodes):
        raise ValueError(f"nodes count from 0 to {nodes - 1}, and these edges from {edges.min()} to {edges.max()}")
    places = np.random.default_rng(seed).uniform(-0.5, 0.5, (nodes, 2))
    joined = np.zeros((nodes, nodes), bool)
    joined[edges[0], edges[1]] = joined[edges[1], edges[0]] = True
    np.fill_diagonal(joined, False)
    ideal = 1 / np.sqrt(max(nodes, 1))
    for temperature in np.linspace(0.1, 0.002, steps):
        apart = places[:, None] - places[None]  # n n 2
        distance = np.maximum(np.linalg.norm(apart, axis=-1), 1e-3)
        force = ideal**2 / distance**2 - joined * distance / ideal
        move = (apart * force[..., None]).sum(1) - 1.6 * places
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        places = places + move / length * np.minimum(length, temperature)
    low, high = places.min(0, initial=0), places.max(0, initial=0)
    return (places - low) / np.maximum(high - low, 1e-9)


def draw_graph(
    axes: Axes,
    edges: Any,
    places: Float[np.ndarray, "n 2"],
    colors: Sequence[Any],
    names: Mapping[int, str] | None = None,
    widths: Sequence[float] | None = None,
    inside: bool = False,
) -> None:
    """Draw nodes in their colors (whatever matplotlib takes for one) and edges in gray.

    `names` stand beside some nodes, or `inside` of them.
    """
    edges = to_numpy(edges).astype(int)
    lines = LineCollection(places[edges.T], colors="#B9BEC5", linewidths=0.9 if widths is None else widths, zorder=1)
    axes.add_collection(lines)
    size = 230 if inside else float(np.clip(9000 / max(len(places), 1), 14, 90))
    axes.scatter(*places.T, s=size, c=list(colors), edgecolors="#444444", linewidths=0.7, zorder=2)
    for node, name in (names or {}).items():
        place = {"ha": "center", "va": "center"} if inside else {"xytext": (6, 5), "textcoords": "offset points"}
        axes.annotate(name, places[node], size=9, zorder=3, **place)
    axes.set(xlim=(-0.08, 1.08), ylim=(-0.08, 1.08), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
