"""Figures without a ground of their own, so that they are read on a light page and on a dark one.

What stands on the page itself, text and axes and thin lines, gets a color that stands out on both. What stands on
something opaque, a number on a heat map or a word in a box, keeps its own.
"""

import colorsys
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Text

LIGHT, DARK = "#FFFFFF", "#111111"  # JupyterLab's pages
TEXT, LINE = 3.5, 2.5  # contrast to both, at least; a line may be bright on white, as yellow is
INK = "#767676"  # as far from one page as from the other


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))


def legible(color: str, least: float = TEXT) -> str:
    """Return the color itself, or the nearest of its hue that has this contrast to both pages."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*to_rgb(color))
    for step in np.linspace(0, 1, 101):
        for tried in (lightness - step, lightness + step):
            made = to_hex(colorsys.hls_to_rgb(hue, min(max(tried, 0.0), 1.0), saturation))
            if min(contrast(made, page) for page in (LIGHT, DARK)) >= least:
                return made
    return INK


def use_any_ground(figure: Figure) -> None:
    """Take the white grounds out of a figure's axes, and make what stands on the page legible on both pages.

    The figure's own ground is left out where it is saved: Jupyter would lay white under a figure that has none.
    """
    figure.draw_without_rendering()  # so that everything has its place
    for ground in [axes.patch for axes in figure.axes]:
        if to_hex(ground.get_facecolor()) == to_hex(LIGHT):
            ground.set_facecolor("none")
    for text in figure.findobj(Text):
        if text.get_text().strip() and not _stands_on_something(text):
            text.set_color(legible(text.get_color()))
        arrow = getattr(text, "arrow_patch", None)
        if arrow is not None:
            arrow.set(facecolor=_seen(arrow.get_facecolor()), edgecolor=_seen(arrow.get_edgecolor()))
    for line in figure.findobj(Line2D):
        line.set_markeredgecolor(_seen(line.get_markeredgecolor()))
        if line.axes is None or not _is_covered(line.axes):
            line.set_color(_seen(line.get_color()))
    for axes in figure.axes:
        if not _is_covered(axes):
            _see_edges(axes)


def _see_edges(axes: Axes) -> None:
    for made in axes.collections:
        if isinstance(made, LineCollection):
            made.set_color([_seen(color) for color in made.get_colors()])
    for patch in (*axes.patches, *axes.spines.values()):
        if to_rgba(patch.get_facecolor())[3] == 0 or isinstance(patch, FancyArrowPatch):
            patch.set_edgecolor(_seen(patch.get_edgecolor()))
        if isinstance(patch, FancyArrowPatch):
            patch.set_facecolor(_seen(patch.get_facecolor()))


def _seen(color: Any) -> Any:
    """A line's color, made lighter where it would vanish on a dark page."""
    opaque = to_rgba(color)
    if opaque[3] == 0 or contrast(to_hex(color), DARK) >= LINE:
        return color
    return to_rgba(legible(to_hex(color)), opaque[3])


def _is_covered(axes: Axes) -> bool:
    """Whether a picture or a surface fills the axes."""
    return bool(axes.images) or any(
        isinstance(made, QuadMesh) or (isinstance(made, QuadContourSet) and made.filled) for made in axes.collections
    )


def _stands_on_something(text: Text) -> bool:
    box, axes = text.get_bbox_patch(), text.axes
    if box is not None and to_rgba(box.get_facecolor())[3] > 0.5:
        return True
    if axes is None:
        return False
    extent = text.get_window_extent()
    at = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
    if _is_covered(axes) and axes.get_window_extent().contains(*at):
        return True
    return any(_covers(patch, at) for patch in axes.patches) or any(
        math.dist(at, place) <= radius for place, radius in _dots(axes)
    )


def _covers(patch: Patch, at: tuple[float, float]) -> bool:
    """Whether the patch is drawn at a pixel. A bar of height 0 has no inverse transform, so compare on the screen."""
    inside = patch.get_path().transformed(patch.get_transform()).contains_point(at)
    return inside and to_rgba(patch.get_facecolor())[3] > 0.5


def _dots(axes: Axes) -> Iterator[tuple[tuple[float, float], float]]:
    """The middle and the radius, in pixels, of every dot that is large enough to be written on."""
    pixels = axes.figure.dpi / 72
    for line in axes.lines:
        if isinstance(line, Line2D) and line.get_marker() not in ("None", None, "") and line.get_markersize() >= 8:
            yield from (
                (tuple(p), line.get_markersize() / 2 * pixels)
                for p in line.get_transform().transform(line.get_xydata())
            )
    for made in axes.collections:
        if isinstance(made, PathCollection) and len(made.get_sizes()):
            radius = math.sqrt(max(made.get_sizes())) / 2 * pixels
            if radius >= 4 * pixels:
                yield from ((tuple(p), radius) for p in made.get_offset_transform().transform(made.get_offsets()))
