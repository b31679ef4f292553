"""The attention explorer as a still picture: one head's heat map beside all heads at a glance."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from labkit.show.attention.entropy import mean_entropy, most
from labkit.show.style import COLOR, DIMENSION, MAGNITUDE

SCALE = PowerNorm(0.5, 0, 1)  # the same for every head; the root lets small weights show
TICKS = [0, 0.01, 0.05, 0.25, 0.5, 1]


def overview(
    weights: Float[np.ndarray, "layers heads queries keys"],
    queries: list[str],
    keys: list[str],
    mask: Bool[np.ndarray, "queries keys"] | None,
    chosen: tuple[int, int],
    title: str,
) -> Figure:
    """Draw the chosen (layer, head) with its tokens, and every head as a thumbnail with its entropy."""
    layers, heads = weights.shape[:2]
    figure = Figure(figsize=(10, 4.8), dpi=110, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5.4, 4.6), wspace=0.02)
    axes = left.subplots()
    axes.set_title(title, size=10.5, weight="bold", loc="left")
    _one_head(left, axes, weights[chosen], mask)
    _tokens(axes, queries, keys)
    limit = most(mask, len(keys))
    _all_heads(right.subplots(), weights, mask, chosen)
    heading = f"All {layers} × {heads} heads, with mean entropy in bits (at most {limit:.1f})"
    right.suptitle(heading, size=10.5, weight="bold", x=0.02, ha="left")
    return figure


def _one_head(figure: SubFigure, axes: Axes, weights: np.ndarray, mask: np.ndarray | None) -> None:
    picture = axes.imshow(weights, cmap=MAGNITUDE, norm=SCALE, aspect="equal")
    if mask is not None:
        extent = (-0.5, mask.shape[1] - 0.5, mask.shape[0] - 0.5, -0.5)
        axes.imshow(hatched(mask), extent=extent, aspect="equal", interpolation="nearest")
    bar = figure.colorbar(picture, ax=axes, fraction=0.045, pad=0.02, ticks=TICKS, format="{x:g}")
    bar.set_label("weight" if mask is None else "weight (hatched: masked)")
    bar.outline.set_visible(False)


def _tokens(axes: Axes, queries: list[str], keys: list[str]) -> None:
    every = -(-max(len(queries), len(keys)) // 34)  # a label for each token, or for every second, third, ...
    axes.grid(False)
    axes.set_xticks(range(0, len(keys), every), [readable(token) for token in keys[::every]], rotation=90, size=8)
    axes.set_yticks(range(0, len(queries), every), [readable(token) for token in queries[::every]], size=8)
    axes.set_xlabel("key s: is looked at", color=DIMENSION["s"])
    axes.set_ylabel("query t: looks", color=DIMENSION["t"])
    axes.tick_params(length=0)


def _all_heads(axes: Axes, weights: np.ndarray, mask: np.ndarray | None, chosen: tuple[int, int]) -> None:
    """All heads in one axes, a unit square each: fifty axes would take seconds."""
    (layers, heads), bits = weights.shape[:2], mean_entropy(weights)
    colors = MAGNITUDE(SCALE(weights))[..., :3]
    if mask is not None:
        colors[..., ~mask, :] = 0.87
    for layer in range(layers):
        for head in range(heads):
            left, top, size = head + 0.07, layer + 0.22, 0.76
            box = (left, left + size, top + size, top)
            axes.imshow(colors[layer, head], extent=box, interpolation="nearest")
            axes.text(head + 0.45, layer + 0.17, f"{bits[layer, head]:.1f}", size=8, ha="center")
            if (layer, head) == chosen:
                frame = {"fill": False, "edgecolor": COLOR["vermilion"], "linewidth": 2.5}
                axes.add_patch(Rectangle((left, top), size, size, **frame))
    axes.set(xlim=(0, heads), ylim=(layers, 0), aspect="equal", anchor="NW")
    axes.set_xticks(np.arange(heads) + 0.45, [f"head {head}" if heads < 6 else f"H{head}" for head in range(heads)])
    axes.set_yticks(np.arange(layers) + 0.6, [f"layer {layer}" for layer in range(layers)])
    axes.tick_params(length=0, labelsize=8)
    axes.spines[:].set_visible(False)
    axes.grid(False)


def hatched(mask: Bool[np.ndarray, "queries keys"]) -> UInt8[np.ndarray, "tall wide 4"]:
    """Return a picture that covers what is masked with gray stripes, and is clear elsewhere."""
    fine = -(-400 // max(mask.shape))  # pixels per cell, so that stripes look alike for few tokens and for many
    closed = np.kron(~mask, np.ones((fine, fine), bool))
    rows, columns = np.indices(closed.shape)
    gray = np.where((rows + columns) % 8 < 1, 165, 222)
    return np.stack([gray, gray, gray, 255 * closed], -1).astype(np.uint8)


def readable(token: str, longest: int = 12) -> str:
    """Return a token as a label: blanks made visible, and no longer than fits beside a row."""
    token = token.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"
    return token if len(token) <= longest else token[: longest - 1] + "…"
