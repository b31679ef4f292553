"""The message explorer as a still picture: the graph after a round, and how depth blurs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from labkit.show.kit.layout import draw_graph
from labkit.show.plots import label_ends
from labkit.show.style import COLOR, CYCLE

# The first ten of colors.js's CLASSES, so that page and picture agree.
CLASSES = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8A6D00", "#7B52C7", "#6B6B6B", "#C23B68"]
UNSURE = "#D9DCE0"


def believed(chances: Float[np.ndarray, "n k"]) -> list[tuple[float, ...]]:
    """A color for each node: of its likeliest class, the paler the less likely it is."""
    classes = chances.shape[1]
    sure = (chances.max(1) - 1 / classes) / (1 - 1 / classes)
    colors = np.array([to_rgb(CLASSES[label % len(CLASSES)]) for label in chances.argmax(1)])
    return [tuple(row) for row in sure[:, None] * colors + (1 - sure[:, None]) * np.array(to_rgb(UNSURE))]


def overview(
    places: Float[np.ndarray, "n 2"],
    edges: Any,
    chances: Float[np.ndarray, "n k"],
    share: Float[np.ndarray, " n"],
    node: int,
    depths: Mapping[str, Any],
    title: str,
) -> Figure:
    """Draw the graph with the nodes that one node has heard from ringed, beside the distances at each depth."""
    figure = Figure(figsize=(10, 4.4), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(5.4, 4.2)) if depths else (figure.subplots(), None)
    draw_graph(left, edges, places, believed(chances))
    heard = share > 0
    left.scatter(*places[heard].T, s=160 * np.sqrt(share[heard]) + 60, facecolors="none", edgecolors=COLOR["black"])
    left.scatter(*places[node], s=260, marker="*", color=COLOR["black"], zorder=4)
    left.set_title(f"{title}\n(ringed: whom the starred node heard from)", size=10.5, weight="bold", loc="left")
    if right is not None:
        ends = []
        for (name, deep), color in zip(depths.items(), CYCLE, strict=False):
            right.plot(np.arange(1, len(deep.apart) + 1), deep.apart, color=color)
            ends.append((float(deep.apart[-1]), name, color))
        right.set(xlabel="layers", ylabel="mean distance of nodes", ylim=(0, None))
        right.set_title("How depth blurs", size=10.5, weight="bold", loc="left")
        label_ends(right, ends)
    return figure
