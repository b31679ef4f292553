"""The few plots that many lectures share; each returns a matplotlib Figure with a title and labelled axes."""

from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from labkit.show.kit.arrays import to_numpy
from labkit.show.style import COLOR, CYCLE, DIVERGING, MAGNITUDE


def heatmap(
    matrix: Any,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    title: str = "",
    axes_labels: tuple[str, str] = ("row", "column"),
    diverging: bool = False,
) -> Figure:
    """Draw a (rows, columns) matrix with a color bar; `diverging` centers blue and orange on zero.

    Cells carry their numbers where there are at most 64 of them. Raises ValueError if the names do not fit the matrix.
    """
    matrix = _checked(matrix, rows, columns)
    height = float(np.clip(6.4 * matrix.shape[0] / matrix.shape[1], 2.2, 5.6))
    figure = Figure(figsize=(6.4, height), dpi=110, layout="constrained")
    axes = figure.subplots()
    limit = np.nanmax(np.abs(matrix)) or 1.0
    look = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit} if diverging else {"cmap": MAGNITUDE}
    picture = axes.imshow(matrix, interpolation="nearest", aspect="auto", **look)
    axes.set(title=title, ylabel=axes_labels[0], xlabel=axes_labels[1])
    axes.grid(False)
    _name_ticks(axes, rows, columns)
    figure.colorbar(picture, ax=axes, fraction=0.05, pad=0.02).outline.set_visible(False)
    if matrix.size <= 64:
        _write_numbers(axes, matrix, picture)
    return figure


def _checked(
    matrix: Any, rows: Sequence[str] | None, columns: Sequence[str] | None
) -> Float[np.ndarray, "rows columns"]:
    matrix = to_numpy(matrix).astype(float)
    if matrix.ndim != 2:
        raise ValueError(f"heatmap takes a matrix of rows and columns, not an array of shape {matrix.shape}")
    for name, names, size in zip(("rows", "columns"), (rows, columns), matrix.shape, strict=True):
        if names is not None and len(names) != size:
            raise ValueError(f"{len(names)} names for {size} {name}")
    return matrix


def _name_ticks(axes: Axes, rows: Sequence[str] | None, columns: Sequence[str] | None) -> None:
    if rows is not None:
        every = -(-len(rows) // 34)
        axes.set_yticks(range(0, len(rows), every), rows[::every], size=9)
    if columns is not None:
        every = -(-len(columns) // 40)
        upright = len(columns) > 8 or max(map(len, columns)) > 8
        axes.set_xticks(range(0, len(columns), every), columns[::every], size=9, rotation=90 if upright else 0)


def _write_numbers(axes: Axes, matrix: Float[np.ndarray, "rows columns"], picture) -> None:
    for (i, j), value in np.ndenumerate(matrix):
        red, green, blue, _ = picture.cmap(picture.norm(value))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        axes.text(j, i, f"{value:.2g}", ha="center", va="center", size=8, color="white" if dark else "black")


def curves(
    series: Mapping[str, tuple[Any, Any]],
    title: str,
    x: str,
    y: str,
    log: bool = False,
) -> Figure:
    """Draw named (x values, y values), each labelled at its end in its color; `log` is for the y axis."""
    figure = Figure(figsize=(7.2, 3.4), dpi=110, layout="constrained")
    axes = figure.subplots()
    ends = []
    for (name, (xs, ys)), color in zip(series.items(), _colors(len(series)), strict=True):
        xs, ys = to_numpy(xs), to_numpy(ys)
        axes.plot(xs, ys, color=color, marker="o" if len(xs) <= 12 else None, markersize=4)
        ends.append((float(ys[-1]), name, color))
    axes.set(title=title, xlabel=x, ylabel=y)
    if log:
        use_log_scale(axes)
    label_ends(axes, ends)
    return figure


def use_log_scale(axes: Axes) -> None:
    """Make the y axis logarithmic, with plain numbers: powers of ten, and 2 and 5 between where there is room."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter("{x:g}" if high < 100 * low else NullFormatter())


def label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write each (y, text, color) right of the plot at the height of y, moved apart where two would overlap."""
    axes.figure.canvas.draw_idle()
    low, high = axes.transData.transform([(0, v) for v in axes.get_ylim()])[:, 1] if ends else (0, 1)
    place = [float((axes.transData.transform((0, y))[1] - low) / (high - low)) for y, _, _ in ends]
    height = axes.get_window_extent().height / axes.figure.dpi * 72
    for at, (_, text, color) in zip(apart(place, 12 / height), ends, strict=True):
        axes.annotate(text, (1, at), (6, 0), xycoords="axes fraction", textcoords="offset points", color=color,
                      va="center", size=9.5, annotation_clip=False)  # fmt: skip


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Return the places moved so that any two are at least `gap` apart, in the same order, as little as a sweep can."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved, last = list(places), -np.inf
    for i in order:
        moved[i] = last = max(places[i], last + gap)
    shift = max(0.0, last - max(1.0, max(places, default=1.0))) if places else 0.0
    return [place - shift for place in moved]


def bars(values: Mapping[str, SupportsFloat | tuple], title: str, y: str) -> Figure:
    """Draw one bar for each name, with its number; (value, low, high) adds an interval."""
    figure = Figure(figsize=(7.2, 3.0), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, ylabel=y)
    for place, value in enumerate(values.values()):
        middle, low, high = value if isinstance(value, tuple) else (value, value, value)
        axes.bar(place, middle, width=0.6, color=COLOR["blue"])
        if high > low:
            axes.errorbar(place, middle, [[middle - low], [high - middle]], color="#333333", capsize=4, linewidth=1.2)
        axes.annotate(f"{middle:.3g}", (place, max(high, 0)), (0, 3), textcoords="offset points", ha="center", size=9.5)
    axes.set_xticks(range(len(values)), list(values))
    axes.margins(y=0.15)
    axes.grid(axis="x", visible=False)
    return figure


def _colors(count: int) -> list[str]:
    return [CYCLE[i % len(CYCLE)] for i in range(count)]
