"""Rows of small pictures, large enough to look at."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Num
from matplotlib.figure import Figure

from labkit.show.kit.arrays import to_numpy


def tiles(
    rows: Mapping[str, Any],
    title: str,
    below: str = "",
    across: int = 10,
    limits: tuple[float, float] = (0.0, 1.0),
    cmap: str = "gray_r",
) -> Figure:
    """Draw each row of pictures, n x h x w or n x c x h x w with c = 1 or 3, with its name on the left.

    At most `across` pictures a row; `limits` are the values of the two ends of the color map. Each picture is at least
    60 pixels wide on the page. Raises ValueError for no rows, for empty ones, or for other shapes.
    """
    strips = {name: _strip(name, to_numpy(pictures)[:across]) for name, pictures in rows.items()}
    if not strips:
        raise ValueError("tiles takes at least one row of pictures")
    shown = max(min(across, len(to_numpy(pictures))) for pictures in rows.values())
    figure = Figure(figsize=(1.6 + 0.82 * shown, 0.45 + 0.84 * len(strips)), dpi=80, layout="constrained")
    axes = figure.subplots(len(strips), 1, squeeze=False)
    for (name, strip), row in zip(strips.items(), axes[:, 0], strict=True):
        row.imshow(strip, cmap=cmap, vmin=limits[0], vmax=limits[1], interpolation="nearest")
        row.set_ylabel(name, rotation=0, ha="right", va="center", size=10)
        row.set(xticks=[], yticks=[])
        row.grid(visible=False)
        row.spines[:].set_visible(False)
    axes[0, 0].set_title(title)
    axes[-1, 0].set_xlabel(below)
    return figure


def _strip(name: str, pictures: Num[np.ndarray, "..."]) -> Num[np.ndarray, "h w *channels"]:
    """The pictures of a row side by side."""
    if pictures.ndim == 4 and pictures.shape[1] in (1, 3):
        pictures = pictures[:, 0] if pictures.shape[1] == 1 else np.moveaxis(pictures, 1, -1)
    if pictures.ndim not in (3, 4) or not len(pictures):
        raise ValueError(f"row {name!r} is {pictures.shape}: tiles takes pictures of n x h x w or n x c x h x w")
    return np.concatenate(list(pictures), axis=1)
