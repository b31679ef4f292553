"""The latent explorer as a still picture: each plane of codes, and what is decoded at its point."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse

CLASSES = "#0072B2 #E69F00 #009E73 #D55E00 #CC79A7 #56B4E9 #8A6D00 #7B52C7 #6B6B6B #C23B68".split()  # colors.js's


@dataclass(frozen=True)
class View:
    """One space as it is drawn: codes and spreads (n, z), low and high (2, z), the point, and its decoded image."""

    name: str
    codes: Float[np.ndarray, "n z"]
    spreads: Float[np.ndarray, "n z"]
    limits: Float[np.ndarray, "2 z"]
    point: Float[np.ndarray, " z"]
    prior: bool
    decoded: Float[np.ndarray, "h w"]


def overview(
    views: list[View],
    labels: Int[np.ndarray, " n"],
    names: list[str],
    dimensions: tuple[int, int],
    given: Float[np.ndarray, "h w"] | None = None,
    chosen: int = -1,
) -> Figure:
    """Draw the planes side by side, each with its decoded image; the input beside the first, if there is one."""
    pictures = 1 if given is None else 2
    figure = Figure(figsize=(6.2 if len(views) == 1 else 11.2, 4.2), dpi=76, layout="constrained")
    columns = figure.subfigures(1, len(views), squeeze=False)[0]
    for view, column in zip(views, columns, strict=True):
        grid = column.add_gridspec(pictures, 2, width_ratios=(3, 1.15))
        plane = column.add_subplot(grid[:, 0])
        _plane(plane, view, labels, names, dimensions)
        if chosen >= 0:
            _spread(plane, view, chosen, dimensions)
        shown = [("decoded here", view.decoded)] + ([("input", given)] if given is not None else [])
        for place, (title, image) in enumerate(shown):
            axes = column.add_subplot(grid[place, 1])
            axes.imshow(1 - image, cmap="gray", vmin=0, vmax=1)
            axes.set_title(title, size=9.5, loc="left")
            axes.set(xticks=[], yticks=[])
            axes.grid(False)
    return figure


def _plane(axes: Axes, view: View, labels: np.ndarray, names: list[str], dimensions: tuple[int, int]) -> None:
    i, j = dimensions
    for label, name in enumerate(names):
        own = view.codes[labels == label]
        if not len(own):
            continue
        color = CLASSES[label % len(CLASSES)]
        axes.scatter(own[:, i], own[:, j], s=8, color=color, linewidths=0)
        place = own[:, [i, j]].mean(axis=0)
        box = {"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": color, "linewidth": 1.2}
        axes.text(*place, name, size=9, weight="bold", ha="center", va="center", color=color, bbox=box)
    if view.prior:
        for radius in (1, 2):
            axes.add_patch(Circle((0, 0), radius, fill=False, linestyle=":", edgecolor="#777777"))
    axes.plot(
        *view.point[[i, j]], "o", markersize=11, markerfacecolor="none", markeredgecolor="black", markeredgewidth=2
    )
    low, high = view.limits
    axes.set(xlim=(low[i], high[i]), ylim=(low[j], high[j]), xlabel=f"z{i + 1}", ylabel=f"z{j + 1}")
    axes.set_title(
        view.name + (" (dotted: 1 and 2 deviations of the prior)" if view.prior else ""), size=10, loc="left"
    )


def _spread(axes: Axes, view: View, chosen: int, dimensions: tuple[int, int]) -> None:
    """Two standard deviations of the chosen image's posterior."""
    i, j = dimensions
    center, wide = view.codes[chosen], 4 * view.spreads[chosen]
    axes.add_patch(Ellipse(center[[i, j]], wide[i], wide[j], fill=False, edgecolor="black", linewidth=1.5))
