"""The landscape explorer as a still picture: the map with the path, and the loss along it."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from labkit.show.landscape.data import Surface
from labkit.show.style import COLOR, MAGNITUDE

FINE = 121  # points of the map along each side
LEVELS = 12


def stretched(values: Float[np.ndarray, "*n"], surface: Surface) -> Float[np.ndarray, "*n"]:
    """Heights on the scale of the map: logarithmic above the lowest, so that the bottom of a valley shows."""
    low, middle = float(surface.values.min()), float(np.median(surface.values))
    return np.log1p((np.asarray(values) - low) / max((middle - low) / 10, 1e-12))


def overview(surface: Surface, path: Float[np.ndarray, "n 3"], step: int, title: str, real: bool) -> Figure:
    """Draw the surface from above with the optimizer's path up to `step`, and beside it the loss of every step."""
    figure = Figure(figsize=(9.6, 4.2), dpi=110, layout="constrained")
    axes, beside = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _map(figure, axes, surface)
    if real and len(surface.path):
        axes.plot(*surface.path.T, color="white", linewidth=1.6, linestyle=(0, (4, 2)), label="the real run")
    line = withStroke(linewidth=3, foreground="black")
    axes.plot(*path[: step + 1, :2].T, color=COLOR["orange"], linewidth=1.8, marker="o", markersize=2.5,
              path_effects=[line], label="on this surface")  # fmt: skip
    axes.plot(*path[0, :2], marker="s", color="white", markeredgecolor="black", markersize=8)
    axes.plot(*path[step, :2], marker="o", color=COLOR["orange"], markeredgecolor="black", markersize=9)
    axes.set_title(title)
    axes.legend(loc="upper right", fontsize=8, labelcolor="white", facecolor="#22222299", frameon=True)
    beside.plot(path[:, 2], color=COLOR["blue"])
    beside.plot(step, path[step, 2], marker="o", color=COLOR["orange"], markeredgecolor="black", markersize=8)
    beside.set(title=f"Step {step}: {path[step, 2]:.3g}", xlabel="step", ylabel="height of the surface (loss)")
    return figure


def _map(figure: Figure, axes: Axes, surface: Surface) -> None:
    x, y, heights = surface.map(FINE)
    shown = stretched(heights, surface)
    levels = np.linspace(shown.min(), shown.max(), LEVELS + 2)
    axes.contourf(x, y, shown, levels=levels, cmap=MAGNITUDE)  # bands, not shades: a quarter of the bytes
    lines = axes.contour(x, y, shown, levels=levels[1:-1], colors="white", linewidths=0.6, alpha=0.7)
    low, middle = float(surface.values.min()), float(np.median(surface.values))
    names = {level: f"{low + np.expm1(level) * max((middle - low) / 10, 1e-12):.2g}" for level in levels[1:-1]}
    axes.clabel(lines, levels[1:-1:2], fmt=names, fontsize=7)
    axes.set(xlabel="first direction", ylabel="second direction", xlim=x[[0, -1]], ylim=y[[0, -1]])
    axes.grid(visible=False)
