"""The feature explorer as a still picture.

Axes: c channels of the picture, h w its rows and columns; o channels of a layer, y x its rows and columns.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from labkit.show.features.data import PICTURE, FeatureLayer, patch_of
from labkit.show.style import COLOR, DIVERGING, MAGNITUDE

FRAME = {"fill": False, "edgecolor": COLOR["vermilion"], "linewidth": 2}


def overview(
    picture: Float[np.ndarray, "c h w"],
    layers: Sequence[FeatureLayer],
    maps: Sequence[np.ndarray],
    unit: tuple[int, int, int, int],
) -> Figure:
    """Draw the picture with the unit's field, all maps of its layer, and its own map; below, the unit's arithmetic."""
    layer, channel, row, column = unit
    part, found = layers[layer], maps[layer]
    adds = part.source is not None
    figure = Figure(figsize=(10, 5.6 if adds else 3.7), dpi=110, layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(3.5, 1.9)) if adds else (figure, None)
    left, middle, right = top.subplots(1, 3, width_ratios=(1, 1.7, 1))
    _input(left, picture, part, row, column)
    _tiles(middle, found, channel, part.name)
    shown = _map(right, found[channel], colors(found))
    right.set_title(f"Channel {channel}, unit ({row}, {column})", size=10)
    right.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **FRAME))
    top.colorbar(shown, ax=right, fraction=0.05, pad=0.03).outline.set_visible(False)
    if adds:
        below = picture if part.source == PICTURE else maps[part.source]
        _arithmetic(bottom, part, below, unit[1:], picture.shape[0] if part.source == PICTURE else 0)
    return figure


def colors(maps: Float[np.ndarray, "..."]) -> dict:
    """One scale for all maps of a layer: blue and orange around zero, or from zero up where nothing is negative."""
    limit = float(np.abs(maps).max()) or 1.0
    if maps.min() < 0:
        return {"cmap": DIVERGING, "norm": Normalize(-limit, limit)}
    return {"cmap": MAGNITUDE, "norm": Normalize(0, limit)}


def _map(axes: Axes, values: Float[np.ndarray, "y x"], look: dict):
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    return axes.imshow(values, interpolation="nearest", **look)


def _input(axes: Axes, picture: np.ndarray, layer: FeatureLayer, row: int, column: int) -> None:
    gray = picture.shape[0] == 1
    low, high = float(picture.min()), float(picture.max())
    shown = picture[0] if gray else np.moveaxis((picture - low) / ((high - low) or 1), 0, -1)
    axes.imshow(shown, cmap="gray", interpolation="nearest")
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    axes.set_title("Picture, and what the unit can see" if layer.field else "Picture", size=10)
    if layer.field:
        size, jump, start = layer.field
        box = (start + column * jump - 0.5, start + row * jump - 0.5)
        axes.add_patch(Rectangle(box, size, size, clip_on=False, **FRAME))


def _tiles(axes: Axes, maps: Float[np.ndarray, "o y x"], chosen: int, name: str) -> None:
    """All channels in one axes: many axes would take seconds."""
    count, height, width = maps.shape
    across = min(count, int(np.ceil(np.sqrt(count * 1.6))))
    look = colors(maps)
    for channel, values in enumerate(maps):
        down, right = divmod(channel, across)
        box = (right + 0.04, right + 0.96, down + 0.96, down + 0.04)
        axes.imshow(values, extent=box, interpolation="nearest", **look)
        if channel == chosen:
            axes.add_patch(Rectangle((right, down), 1, 1, **FRAME))
    axes.set(xlim=(-0.05, across + 0.05), ylim=(np.ceil(count / across) + 0.05, -0.05), xticks=[], yticks=[])
    axes.set_aspect(height / width)
    axes.set_title(f"{name}: {count} maps of {height} × {width}", size=10)
    axes.spines[:].set_visible(False)
    axes.grid(False)


def _arithmetic(
    figure: SubFigure, layer: FeatureLayer, below: np.ndarray, unit: tuple[int, int, int], gray: int
) -> None:
    """Patch times kernel of the channel below that counts most, and the whole sum."""
    channel, row, column = unit
    products = patch_of(layer, below, row, column) * layer.filters[channel]
    most = int(np.abs(products.sum(axis=(1, 2))).argmax())
    parts = [patch_of(layer, below, row, column)[most], layer.filters[channel, most], products[most]]
    axes = figure.subplots(1, 3)
    words = "patch" if len(below) == 1 else f"patch of channel {most}"
    for place, values, title in zip(axes, parts, (words, "× kernel", "= products"), strict=True):
        magnitude = place is axes[0] and (gray or values.min() >= 0)
        limit = float(np.abs(values).max()) or 1.0
        look = {"cmap": DIVERGING, "norm": Normalize(-limit, limit)}
        if magnitude:
            look = {"cmap": "gray"} if gray else {"cmap": MAGNITUDE, "norm": Normalize(0, limit)}
        shown = _map(place, values, look)
        _numbers(place, values, shown)
        place.set_title(title, size=10)
    total, bias = products.sum(), layer.bias[channel]
    rest = "" if len(below) == 1 else f" (this channel {products[most].sum():.3g})"
    words = f"{products.size} products add up to {total:.3g}{rest}; with the bias {bias:.3g}: {total + bias:.3g}"
    figure.suptitle(words, size=10.5)


def _numbers(axes: Axes, values: Float[np.ndarray, "i j"], shown) -> None:
    if values.size > 49:
        return
    for (i, j), value in np.ndenumerate(values):
        red, green, blue, _ = shown.cmap(shown.norm(value))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        axes.text(j, i, f"{value:.2f}", ha="center", va="center", size=8, color="white" if dark else "black")
