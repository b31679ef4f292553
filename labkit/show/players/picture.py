"""The player explorer as a still picture: all games side by side at one moment."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.show.players.data import Game, Shown
from labkit.show.style import COLOR, DIVERGING

LEVELS = np.linspace(-0.75, 0.75, 7)
STEPS = np.linspace(-1, 1, 17)  # of the colors: few, so that the picture stays small
LONGEST = 0.14  # of the square's width: an arrow of full length


def overview(
    games: Mapping[str, Game],
    shown: Mapping[str, Shown],
    real: Float[np.ndarray, "m 2"],
    moment: int,
    reach: float,
    units: Mapping[str, float],
    sample: int = -1,
) -> Figure:
    """Draw the discriminator's field, real samples as crosses, generated ones as dots with their arrows."""
    figure = Figure(figsize=(1.0 + 3.3 * len(games), 4.1), dpi=72, layout="constrained")
    for panel, (name, game) in zip(figure.subplots(1, len(games), squeeze=False)[0], games.items(), strict=True):
        picture = _ground(panel, shown[name].fields[moment], reach)
        panel.scatter(*real.T, marker="x", s=14, linewidths=0.8, color="#444444", label="real")
        _generated(panel, game, moment, units[name], reach)
        if sample >= 0:
            panel.plot(*game.samples[: moment + 1, sample].T, color=COLOR["black"], linewidth=1.2)
        panel.set_title(f"{name}, turn {game.turns[moment]:.0f}", size=10.5, weight="bold", loc="left")
        panel.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel=_words(game, moment))
        panel.grid(visible=False)
        _scale(figure, picture, panel, game, shown[name], moment)
    figure.suptitle(
        "Crosses: real. Dots: generated; arrows: where the gradient sends them.", size=10, x=0.01, ha="left"
    )
    return figure


def _ground(panel: Axes, field: Float[np.ndarray, "g g"], reach: float):
    axis = np.linspace(-reach, reach, len(field))
    picture = panel.contourf(
        axis, axis, field, levels=STEPS, cmap=DIVERGING, vmin=-1, vmax=1, alpha=0.6, antialiased=True
    )
    panel.contour(axis, axis, field, levels=LEVELS, colors="#555555", linewidths=0.5, linestyles="solid")
    return picture


def _generated(panel: Axes, game: Game, moment: int, unit: float, reach: float) -> None:
    points, arrows = game.samples[moment], game.directions[moment] / unit
    arrows = arrows / np.maximum(1, np.linalg.norm(arrows, axis=-1, keepdims=True)) * 2 * reach * LONGEST
    look = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004, "color": COLOR["black"], "alpha": 0.75}
    panel.quiver(*points.T, *arrows.T, **look)
    panel.scatter(*points.T, s=11, color="white", edgecolors=COLOR["black"], linewidths=0.7, zorder=3)


def _scale(figure: Figure, picture, panel: Axes, game: Game, shown: Shown, moment: int) -> None:
    bar = figure.colorbar(picture, ax=panel, ticks=(-1, 0, 1), shrink=0.72, pad=0.02)
    limit, middle = shown.limit[moment], shown.middle[moment]
    ends = ("0", "0.5", "1") if game.verdicts else [f"{middle + side * limit:.1f}" for side in (-1, 0, 1)]
    bar.ax.set_yticklabels(ends, size=8)
    bar.ax.set_title("D" if game.verdicts else "f", size=9)
    bar.outline.set_visible(False)


def _words(game: Game, moment: int) -> str:
    return "\n".join(f"{name}: {values[moment]:.3g}" for name, values in game.curves.items())
